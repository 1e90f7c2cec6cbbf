import Contracts
import HTTPTypes
import Hummingbird
import TaskAPICore

extension OriginPolicy {
    /// What is to be made of a request, by its headers.
    func verdict(of request: Request) -> Verdict {
        verdict(
            origin: request.headers[.origin], host: request.head.authority,
            forwardedHost: request.headers[.forwardedHost])
    }
}

extension OriginPolicy.Verdict {
    private static let methodsThatChangeNothing: Set<HTTPRequest.Method> = [.get, .head, .options]

    /// - Throws: `Problem` for a request that must have no effect.
    func check(_ request: Request) throws(Problem) {
        switch self {
        case .own, .allowed: return
        case .foreign:
            // A browser keeps the answer from the page.
            if Self.methodsThatChangeNothing.contains(request.method) { return }
            throw Problem(.originRefused, detail: "The request comes from a page of another origin.")
        case .misdirected:
            throw Problem(
                .originRefused,
                detail: "While nobody is asked who they are, this service answers to localhost and addresses only.")
        }
    }

    /// The answer to a browser that asks whether a page may send a request (Fetch, "CORS-preflight"); nil for others.
    /// - Parameter methods: those of the address.
    func preflight(_ request: Request, methods: [String]?) -> Response? {
        guard case .allowed = self, request.method == .options, request.headers[.accessControlRequestMethod] != nil,
            let methods
        else { return nil }
        var response = Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: methods.joined(separator: ", "),
                .accessControlAllowHeaders:
                    "Authorization, Content-Type, Accept, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
                    + "X-Correlation-ID, X-Tenant-ID, X-User-ID, traceparent",
                .accessControlMaxAge: "600",
            ])
        name(in: &response)
        response.headers.secure()
        return response
    }

    /// Says in an answer that its page may read it.
    func name(in response: inout Response) {
        guard case .allowed(let origin) = self else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] =
            "ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Correlation-ID"
        response.headers[values: .vary].append("Origin")
        response.headers[.crossOriginResourcePolicy] = "cross-origin"
    }
}

extension HTTPFields {
    /// What goes with every answer: nothing guessed, framed, kept by others or told to other sites.
    mutating func secure() {
        self[.xContentTypeOptions] = "nosniff"
        if self[.contentSecurityPolicy] == nil {
            self[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        if self[.referrerPolicy] == nil { self[.referrerPolicy] = "no-referrer" }
        if self[.cacheControl] == nil { self[.cacheControl] = "no-store" }
        if self[.crossOriginResourcePolicy] == nil { self[.crossOriginResourcePolicy] = "same-origin" }
    }
}

extension HTTPField.Name {
    static let forwardedHost = fieldName("X-Forwarded-Host")
    static let crossOriginResourcePolicy = fieldName("Cross-Origin-Resource-Policy")
}

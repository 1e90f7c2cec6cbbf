import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import Postgres
import TaskAPICore

extension Problem {
    /// The problem that an error is to a client; says nothing of our insides.
    init(describing error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let limited as Limited: self.init(describing: limited.error)
        case let refusal as RateLimiter.Refusal:
            let quota = refusal.quota
            self.init(
                .rateLimited,
                detail:
                    "The quota \"\(quota.name)\" of \(quota.requests) requests in \(quota.window.wholeSeconds) s is used up."
            )
        case let rejection as EventCoder.Rejection:
            self.init(.invalidField, detail: rejection.reason, errors: rejection.brokenRules)
        case let error as DatabaseError where error.code == .overloaded:
            self.init(.overloaded, detail: "Try again in a moment; nothing was stored.")
        case let error as DatabaseError where error.isConnectivity || error.isRetriable:
            self.init(
                .databaseUnavailable,
                detail:
                    "The database does not answer. What was sent may be stored all the same: send it again with the same Idempotency-Key, or look first."
            )
        case let error as DatabaseError where error.sqlState?.hasPrefix("22") == true:
            self.init(.invalidField, detail: "A value can't be stored as it is.")
        case let error as HTTPError:
            switch error.status {
            case .notFound: self.init(.routeNotFound, detail: "No such path.")
            case .contentTooLarge:
                self.init(.bodyTooLarge, detail: "The body is larger than this address takes.")
            default: self.init(.invalidParameter, detail: error.body ?? "The request can't be understood.")
            }
        default: self.init(.internalError, detail: "The error is logged under the correlation id.")
        }
    }

    var response: Response {
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if status == 503 { headers[.retryAfter] = "1" }
        headers[.wwwAuthenticate] = challenge
        headers[.correlationID] = correlationID
        // Encoding a problem can't fail: it holds nothing but strings and numbers.
        let body = (try? ContractJSON.encode(self)) ?? []
        return Response(
            status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// What credentials are wanted (RFC 6750, 3); each 401 says so (RFC 9110, 11.6.1).
    private var challenge: String? {
        switch code {
        case .credentialsMissing: "Bearer"
        case .credentialsInvalid, .credentialsExpired, .credentialsRevoked: "Bearer error=\"invalid_token\""
        case .roleMissing: "Bearer error=\"insufficient_scope\""
        // HTTP has no scheme for it: a word of our own, which no client takes for one that it knows.
        case .signatureInvalid: "Webhook-Signature realm=\"intake\""
        default: nil
        }
    }
}

import Contracts
import HTTPTypes
import Hummingbird
import TaskAPIContract
import TaskAPICore

/// In whose name a request acts.
struct Caller: Hashable, Sendable {
    var tenant: String
    var user: String

    static let nobody = Caller(tenant: "", user: "")

    init(tenant: String, user: String) {
        self.tenant = tenant
        self.user = user
    }
}

/// Who asks, what they may, and how that is known.
struct Identity: Sendable {
    let caller: Caller
    let role: CallerRole
    let means: CallerView.Means
    /// Tells the credential from others, for limits: a key's id, or issuer and subject of a token; nil where none is
    /// asked for. No secret.
    let credential: String?

    /// - Throws: `Problem` for names that break their rule, or that aren't the caller's own.
    init(_ admission: Gate.Admission, _ gate: Gate, _ request: Request, _ query: QueryItems) throws(Problem) {
        switch admission {
        case .nobody: self.init(.nobody, .user, .believed, nil)
        case .believed:
            let (tenant, user) = try Self.names(request, query)
            // Whoever reaches an open service runs it.
            self.init(Caller(tenant: tenant ?? "default", user: user ?? "anonymous"), .operator, .believed, nil)
        case .known(let principal):
            let (tenant, user) = try Self.names(request, query)
            do throws(IdentityRefusal) {
                let name = try principal.acting(tenant: tenant, user: user)
                self.init(
                    Caller(tenant: name.tenant, user: name.user), principal.role, principal.means, principal.credential)
            } catch {
                throw gate.refused(error)
            }
        }
    }

    private init(_ caller: Caller, _ role: CallerRole, _ means: CallerView.Means, _ credential: String?) {
        self.caller = caller
        self.role = role
        self.means = means
        self.credential = credential
    }

    /// What the request says of itself: in `X-Tenant-ID` and `X-User-ID` or, where the route takes them there, the query.
    private static func names(
        _ request: Request, _ query: QueryItems
    ) throws(Problem) -> (tenant: String?, user: String?) {
        (
            try value(
                request.headers[.tenantID], CallParameters.tenant, query["tenant"], CallParameters.tenantInQuery),
            try value(request.headers[.userID], CallParameters.user, query["user"], CallParameters.userInQuery)
        )
    }

    private static func value(
        _ header: String?, _ inHeader: Parameter<String>, _ text: String?, _ inQuery: Parameter<String>
    ) throws(Problem) -> String? {
        if let header { return try inHeader.value(of: header) }
        if let text { return try inQuery.value(of: text) }
        return nil
    }
}

extension HTTPField.Name {
    static let tenantID = fieldName("X-Tenant-ID")
    static let userID = fieldName("X-User-ID")
    static let correlationID = fieldName("X-Correlation-ID")
    static let traceparent = fieldName("traceparent")
    static let lastEventID = fieldName("Last-Event-ID")
    static let retryAfter = fieldName("Retry-After")
    static let idempotencyReplayed = fieldName("Idempotency-Replayed")
    static let link = fieldName("Link")
}

package import Contracts
package import TaskAPICore

/// What a token must say to be let in, and what follows from it; pure.
package struct TokenRules: Sendable {
    /// As `iss` has it, to the letter.
    package var issuer: String
    /// One of them must be in `aud`.
    package var audiences: Set<String>
    /// How far clocks may be apart, in seconds.
    package var leewaySeconds: Int
    package var tenantClaim: String
    /// For tokens without a tenant; nil: they are refused.
    package var defaultTenant: String?
    package var userClaim: String
    package var rolesClaim: String
    /// The issuer's names of our roles; `*` gives `user` to every token of the audience.
    package var userRoles: Set<String>
    package var operatorRoles: Set<String>

    package init(
        issuer: String, audiences: Set<String>, leewaySeconds: Int = 60, tenantClaim: String = "tenant",
        defaultTenant: String? = nil, userClaim: String = "sub", rolesClaim: String = "roles",
        userRoles: Set<String> = ["user"], operatorRoles: Set<String> = ["operator"]
    ) {
        self.issuer = issuer
        self.audiences = audiences
        self.leewaySeconds = leewaySeconds
        self.tenantClaim = tenantClaim
        self.defaultTenant = defaultTenant
        self.userClaim = userClaim
        self.rolesClaim = rolesClaim
        self.userRoles = userRoles
        self.operatorRoles = operatorRoles
    }

    /// Who a token with these claims is, whose signature is right.
    package func principal(_ claims: JSONValue, at now: EventTime) throws(IdentityRefusal) -> Principal {
        guard claims["iss"]?.stringValue == issuer else { throw .issuer }
        guard !audiences.isDisjoint(with: Self.texts(claims["aud"])) else { throw .audience }
        try checkTimes(claims, seconds: Double(now.microseconds) / 1_000_000)
        guard let subject = claims["sub"]?.stringValue, let user = Self.name(claim(userClaim, claims)) else {
            throw .claims
        }
        let tenant: String
        if let given = claim(tenantClaim, claims) {
            guard let name = Self.name(given) else { throw .claims }
            tenant = name
        } else {
            guard let defaultTenant else { throw .claims }
            tenant = defaultTenant
        }
        return Principal(
            tenant: tenant, user: user, role: try role(claims), means: .token, credential: "\(issuer) \(subject)")
    }

    private func checkTimes(_ claims: JSONValue, seconds now: Double) throws(IdentityRefusal) {
        let leeway = Double(leewaySeconds)
        guard let end = Self.number(claims["exp"]) else { throw .claims }
        guard now < end + leeway else { throw .expired }
        for name in ["nbf", "iat"] {
            guard let value = claims[name] else { continue }
            guard let begin = Self.number(value) else { throw .claims }
            guard begin <= now + leeway else { throw .notYetValid }
        }
    }

    private func role(_ claims: JSONValue) throws(IdentityRefusal) -> CallerRole {
        let names = Set(Self.texts(claim(rolesClaim, claims)))
        if !operatorRoles.isDisjoint(with: names) { return .operator }
        if userRoles.contains("*") || !userRoles.isDisjoint(with: names) { return .user }
        throw .noRole
    }

    /// A claim of that name or, where there is none, of that path (`realm_access.roles`).
    private func claim(_ name: String, _ claims: JSONValue) -> JSONValue? {
        if let value = claims[name] { return value }
        return name.split(separator: ".").reduce(claims as JSONValue?) { $0?[String($1)] }
    }

    /// Texts of an array, or of one text with spaces or commas between (`scope`).
    private static func texts(_ value: JSONValue?) -> [String] {
        switch value {
        case .array(let items): items.compactMap(\.stringValue)
        case .string(let text): [text] + text.split { $0 == " " || $0 == "," }.map(String.init)
        default: []
        }
    }

    private static func number(_ value: JSONValue?) -> Double? {
        guard case .number(let number)? = value else { return nil }
        return number
    }

    /// A name as tasks and keys may have it.
    private static func name(_ value: JSONValue?) -> String? {
        guard let text = value?.stringValue, !text.isEmpty,
            APIKeyDraft(name: "x", user: text).brokenRules().isEmpty
        else { return nil }
        return text
    }
}

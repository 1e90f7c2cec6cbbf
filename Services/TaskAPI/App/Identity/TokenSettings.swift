import Settings
import TaskAPIIdentity

/// Whose tokens are taken, and what they must say.
package struct TokenSettings: Sendable {
    var rules: TokenRules
    var fetching: TokenVerifier.Fetching
    /// PEM file of the authorities to trust in place of the system's.
    var authorities: String?

    /// - Parameter isNeeded: whether tokens are taken.
    init(reader: inout SettingsReader, isNeeded: Bool) {
        let issuer = reader.optionalString(
            "OIDC_ISSUER", summary: "issuer of the tokens, as its discovery document and `iss` name it; https://")
        let audiences = Self.names(
            reader.optionalString(
                "OIDC_AUDIENCE", summary: "what `aud` must name, one of them, with commas between"))
        rules = TokenRules(issuer: issuer ?? "", audiences: audiences)
        rules.tenantClaim = reader.string(
            "OIDC_TENANT_CLAIM", default: rules.tenantClaim, summary: "claim that names the tenant")
        rules.defaultTenant = reader.optionalString(
            "OIDC_TENANT", summary: "tenant of tokens without that claim; without it they are refused")
        rules.userClaim = reader.string(
            "OIDC_USER_CLAIM", default: rules.userClaim,
            summary: "claim that names the user, such as preferred_username or email")
        rules.rolesClaim = reader.string(
            "OIDC_ROLES_CLAIM", default: rules.rolesClaim,
            summary: "claim that lists roles: an array or a text with spaces; realm_access.roles is a path")
        rules.userRoles = Self.names(
            reader.string(
                "OIDC_USER_ROLES", default: "user",
                summary: "the issuer's roles that are users here; *: every token of the audience is"))
        rules.operatorRoles = Self.names(
            reader.string(
                "OIDC_OPERATOR_ROLES", default: "operator", summary: "the issuer's roles that are operators here"))
        rules.leewaySeconds = reader.integer(
            "OIDC_LEEWAY", default: rules.leewaySeconds, in: 0...600, unit: "seconds",
            summary: "how far the issuer's clock may be from ours")
        fetching = Self.fetching(&reader)
        authorities = reader.optionalString(
            "OIDC_CA_FILE", summary: "PEM file of the authorities to trust for the issuer, in place of the system's")
        guard isNeeded else { return }
        check(&reader, issuer)
    }

    private static func fetching(_ reader: inout SettingsReader) -> TokenVerifier.Fetching {
        TokenVerifier.Fetching(
            lifetime: reader.duration(
                "OIDC_KEYS_LIFETIME", default: .seconds(3_600), in: .seconds(10)...(.seconds(86_400)),
                summary: "after this the issuer's keys are fetched anew"),
            staleLimit: reader.duration(
                "OIDC_KEYS_STALE", default: .seconds(86_400), in: .seconds(60)...(.seconds(2_592_000)),
                summary: "how long known keys go on while the issuer doesn't answer"),
            pause: reader.duration(
                "OIDC_KEYS_PAUSE", default: .seconds(10), in: .milliseconds(100)...(.seconds(600)),
                summary: "least time between two fetches; a token with a key id that isn't known asks for one"),
            deadline: reader.duration(
                "OIDC_TIMEOUT", default: .seconds(5), in: .milliseconds(100)...(.seconds(60)),
                summary: "how long the issuer may take for an answer"))
    }

    private func check(_ reader: inout SettingsReader, _ issuer: String?) {
        if let issuer {
            if !IssuerAddress.isTaken(issuer) {
                reader.fault("OIDC_ISSUER", "must be an https:// address, or http:// on this machine")
            }
        } else {
            reader.fault("OIDC_ISSUER", "is required with IDENTITY=oidc and both")
        }
        if rules.audiences.isEmpty {
            reader.fault(
                "OIDC_AUDIENCE", "is required with IDENTITY=oidc and both: else tokens for other services would do here"
            )
        }
        if rules.operatorRoles.contains("*") {
            reader.fault("OIDC_OPERATOR_ROLES", "can't be *: everybody would run the system")
        }
    }

    private static func names(_ text: String?) -> Set<String> {
        Set((text ?? "").split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") })
    }
}

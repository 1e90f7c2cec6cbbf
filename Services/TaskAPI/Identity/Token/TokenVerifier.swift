package import Contracts
package import CurlHTTP
package import Logging
package import TaskAPICore

/// Tokens of one OpenID Connect issuer: whether they are good and who they are.
package struct TokenVerifier: TokenReading {
    /// How the issuer's keys are fetched.
    package struct Fetching: Sendable {
        package var lifetime: Duration
        package var staleLimit: Duration
        package var pause: Duration
        package var deadline: Duration

        package init(
            lifetime: Duration = .seconds(3_600), staleLimit: Duration = .seconds(86_400),
            pause: Duration = .seconds(10), deadline: Duration = .seconds(5)
        ) {
            self.lifetime = lifetime
            self.staleLimit = staleLimit
            self.pause = pause
            self.deadline = deadline
        }
    }

    private let rules: TokenRules
    private let keys: IssuerKeys
    private let now: @Sendable () -> EventTime

    package init(
        rules: TokenRules, fetching: Fetching, http: HTTPClient, logger: Logger,
        now: @escaping @Sendable () -> EventTime = { .now }
    ) {
        self.rules = rules
        self.now = now
        keys = IssuerKeys(
            client: IssuerClient(issuer: rules.issuer, http: http, deadline: fetching.deadline),
            schedule: KeySetSchedule(
                lifetime: fetching.lifetime, staleLimit: fetching.staleLimit, pause: fetching.pause), logger: logger)
    }

    package func principal(of text: String) async throws(IdentityRefusal) -> Principal {
        let token = try JSONWebToken(text)
        // Whoever names another issuer needs no key of this one: nothing is fetched for strangers.
        guard token.claims["iss"]?.stringValue == rules.issuer else { throw .issuer }
        var isSigned = try await keys.candidates(for: token).contains { $0.signed(token) }
        if !isSigned, token.keyID == nil {
            // A token that names no key may be of a new one.
            isSigned = try await keys.candidates(for: token, isRefused: true).contains { $0.signed(token) }
        }
        guard isSigned else { throw .signature }
        return try rules.principal(token.claims, at: now())
    }
}

import Logging
import TaskAPICore

/// The keys of an issuer, fetched when they are needed and kept; one request at a time asks for them.
actor IssuerKeys {
    private let client: IssuerClient
    private let schedule: KeySetSchedule
    private let logger: Logger
    private let start = ContinuousClock.now
    private var keys: JSONWebKeySet?
    private var state = KeySetSchedule.State()
    private var fetching: Task<Void, Never>?

    init(client: IssuerClient, schedule: KeySetSchedule, logger: Logger) {
        self.client = client
        self.schedule = schedule
        self.logger = logger
    }

    /// The keys that may have signed the token.
    /// - Parameter isRefused: whether the ones that were known haven't.
    /// - Throws: `.unknownSigner` when the issuer has none, `.providerUnavailable` when that can't be told.
    func candidates(
        for token: JSONWebToken, isRefused: Bool = false
    ) async throws(IdentityRefusal) -> [JSONWebKey] {
        // A fetch at most: after it, it is too early for another one.
        for round in 0..<2 {
            var found = keys?.candidates(for: token) ?? []
            var isKnown = !found.isEmpty && !(isRefused && round == 0)
            if !isKnown, let fetching {
                // Somebody asks already: that is this round's fetch.
                await fetching.value
                found = keys?.candidates(for: token) ?? []
                isKnown = !found.isEmpty
            }
            switch schedule.step(state, isKnown: isKnown, at: ContinuousClock.now - start) {
            case .use:
                guard !found.isEmpty else { throw .unknownSigner }
                return found
            case .useAndFetch:
                _ = fetch()
                return found
            case .unavailable: throw .providerUnavailable
            case .fetch: await fetch().value
            }
        }
        let found = keys?.candidates(for: token) ?? []
        guard found.isEmpty else { return found }
        throw state.wasLastTrySuccessful ? .unknownSigner : .providerUnavailable
    }

    /// Begins to fetch, or joins whoever does.
    private func fetch() -> Task<Void, Never> {
        if let fetching { return fetching }
        state.triedAt = ContinuousClock.now - start
        // On its own: whoever waits for it may be cancelled while others wait too. The deadline ends it.
        let task = Task { await self.load() }
        fetching = task
        return task
    }

    private func load() async {
        do {
            keys = try await client.keys()
            state.fetchedAt = ContinuousClock.now - start
            state.wasLastTrySuccessful = true
        } catch {
            state.wasLastTrySuccessful = false
            logger.warning(
                "the issuer's keys can't be had",
                metadata: ["reason": "\(error)", "error_code": "IDENTITY_PROVIDER_UNAVAILABLE"])
        }
        fetching = nil
    }
}

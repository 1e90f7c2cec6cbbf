import APIKeys
import Contracts
import Logging
import Postgres
import Synchronization
import TaskAPICore

/// API keys as this replica knows them: asked of the database once, then believed for a moment.
///
/// Whoever sends keys that are none makes others forget nothing: those have a memory of their own. Questions of many
/// requests are one statement, and more than so many that wait are refused.
final class KeyRing: Sendable {
    private static let pendingLimit = 1_000

    private struct State {
        var known: ExpiringCache<APIKeyHash, StoredKey>
        var unknown: ExpiringCache<APIKeyHash, Void>
        /// Not written yet.
        var uses: [Identifier: EventTime] = [:]
    }

    let store: KeyStore
    private let state: Mutex<State>
    private let lookups: Coalescer<APIKeyHash, StoredKey?>
    private let start = ContinuousClock.now
    private let useInterval: Duration
    private let logger: Logger

    init(store: KeyStore, settings: IdentitySettings, logger: Logger) {
        self.store = store
        self.logger = logger
        useInterval = settings.useInterval
        state = Mutex(
            State(
                known: ExpiringCache(lifetime: settings.keyLifetime, limit: settings.keysRemembered),
                unknown: ExpiringCache(lifetime: settings.keyLifetime, limit: settings.keysRemembered)))
        lookups = Coalescer(maximumBatch: 100, lanes: 2, pendingLimit: Self.pendingLimit) { hashes in
            try await store.find(hashes)
        }
    }

    /// Who holds the secret.
    /// - Throws: `IdentityRefusal`, or what the database says when it had to be asked.
    func principal(of secret: APIKeySecret) async throws -> Principal {
        guard let key = try await key(of: secret.hash) else { throw IdentityRefusal.unknownKey }
        let now = EventTime.now
        guard key.revokedAt == nil else { throw IdentityRefusal.revoked }
        if let end = key.expiresAt, end <= now { throw IdentityRefusal.expired }
        state.withLock { $0.uses[key.id] = now }
        return Principal(
            tenant: key.tenant, user: key.user, role: key.role, actsForUsers: key.actsForUsers, means: .apiKey,
            credential: key.id.description)
    }

    private func key(of hash: APIKeyHash) async throws -> StoredKey? {
        let now = ContinuousClock.now - start
        let remembered: StoredKey?? = state.withLock { state in
            if let key = state.known.value(of: hash, at: now) { return .some(key) }
            return state.unknown.value(of: hash, at: now) == nil ? nil : .some(nil)
        }
        if let remembered { return remembered }
        let key = try await lookups.submit(hash)
        // What was so when it was asked, not when the answer came.
        state.withLock { state in
            if let key {
                state.known.insert(key, for: hash, at: now)
            } else {
                state.unknown.insert((), for: hash, at: now)
            }
        }
        return key
    }

    /// Writes when keys were last used, now and then, until the task is cancelled; then once more.
    func run() async throws {
        while true {
            do {
                try await Task.sleep(for: useInterval)
            } catch {
                // Not in this task: a cancelled one sends nothing any more.
                await Task { await self.writeUses() }.value
                throw error
            }
            await writeUses()
        }
    }

    private func writeUses() async {
        let uses = state.withLock { state in
            defer { state.uses = [:] }
            return state.uses
        }
        guard !uses.isEmpty else { return }
        do {
            try await store.markUsed(uses.map { (id: $0.key, at: $0.value) })
        } catch {
            // Kept for the next time, unless the key was used since.
            state.withLock { $0.uses.merge(uses) { newer, _ in newer } }
            logger.info("last uses of API keys wait", metadata: ["reason": "\(error)"])
        }
    }
}

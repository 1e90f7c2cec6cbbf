import Contracts
import Logging
import Postgres

/// Cleans this machine's snapshots of what was erased while it was down, at another replica, or while a snapshot was
/// being written.
struct ErasureSweep: Sendable {
    /// Longer than a snapshot takes to write: what was erased in this last time is looked for again.
    static let lookBack = Duration.seconds(600)

    let store: ErasureStore
    let snapshots: ErasedSnapshots
    let logger: Logger
    var interval = Duration.seconds(60)

    /// Until the task is cancelled.
    func run() async throws {
        var since: Timestamp?
        while true {
            do {
                since = try await sweep(since: since)
            } catch {
                try Task.checkCancellation()
                logger.warning("snapshots can't be cleaned of erased tasks yet", metadata: ["reason": "\(error)"])
            }
            try await Task.sleep(for: interval)
        }
    }

    /// - Returns: from when on to look the next time.
    private func sweep(since: Timestamp?) async throws -> Timestamp? {
        try await store.removeLate()
        let (erased, until) = try await store.erased(since: since)
        guard let until else { return since }
        let (tasks, snapshots) = (Set(erased), snapshots)
        let lost = try await offPool { try snapshots.remove(tasks, at: .now) }
        if !lost.isEmpty {
            logger.notice("snapshots are cleaned of erased tasks", metadata: ["tasks": "\(lost.count)"])
        }
        return Timestamp(microseconds: until.microseconds - Self.lookBack.components.seconds * 1_000_000)
    }
}

import AIAnalyzerCore
import Contracts
import Logging
import Messaging
import Observability
import Postgres
import Synchronization

/// Counts what this replica sees of both versions, and tells it about once a second through the outbox.
///
/// What was counted and not told yet is lost with the process: some analyses of thousands, and none of what people said.
final class RolloutObserver: Sendable {
    private static let interval = Duration.seconds(1)

    private let pool: DatabasePool
    private let outbox: Outbox
    private let relay: Relay
    private let replica: String
    private let logger: Logger
    private let counts = Mutex<[Identifier: RolloutCounts]>([:])

    init(pool: DatabasePool, outbox: Outbox, relay: Relay, replica: String, logger: Logger) {
        self.pool = pool
        self.outbox = outbox
        self.relay = relay
        self.replica = replica
        self.logger = logger
    }

    /// Counts something of a rollout.
    func count(_ rollout: Identifier, _ body: (inout RolloutCounts) -> Void) {
        counts.withLock { body(&$0[rollout, default: RolloutCounts()]) }
    }

    /// Until it is cancelled; what is left is told then as far as it goes.
    func run() async throws {
        while true {
            try await Task.sleep(for: Self.interval)
            do {
                try await tell()
            } catch {
                try Task.checkCancellation()
                logger.warning("what was seen of a rollout can't be told yet", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func tell() async throws {
        let seen = counts.withLock { counts in
            defer { counts = [:] }
            return counts.filter { !$0.value.isEmpty }
        }
        if seen.isEmpty { return }
        do {
            let messages = try seen.map { try message(of: $0, $1) }
            _ = try await pool.transaction([outbox.insertion(of: messages)])
            await relay.enqueue(messages)
        } catch {
            counts.withLock { counts in
                for (rollout, earlier) in seen { counts[rollout, default: RolloutCounts()].add(earlier) }
            }
            throw error
        }
    }

    private func message(of rollout: Identifier, _ counts: RolloutCounts) throws -> OutboxMessage {
        try OutboxMessage(
            CloudEvent(
                source: .aiAnalyzer, subject: rollout.description, story: Story(correlationID: rollout.description),
                data: RolloutObserved(
                    rolloutID: rollout, replica: replica, arms: counts.observations, agreement: counts.agreement,
                    fault: counts.fault.map { String($0.unicodeScalars.prefix(1_000)) }, observedAt: .now)))
    }
}

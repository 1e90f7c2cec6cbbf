import Logging
import Postgres
import Rollout

/// Lets time pass for the rollout that is under way: a share that has lasted long enough, a horizon that is reached.
/// It also forgets which control events were handled long ago: each replica of ai-analyzer tells something every second.
struct RolloutClock: Sendable {
    /// No delivery comes twice so far apart.
    private static let inboxDays = 3.0
    private static let forgetting = Duration.seconds(3_600)

    let rollouts: RolloutStore
    let telling: RolloutTelling
    let interval: Duration
    let logger: Logger

    /// Until it is cancelled.
    func run() async throws {
        var forgotten: ContinuousClock.Instant?
        while true {
            try await Task.sleep(for: interval)
            do {
                try await tick()
                if forgotten.map({ .now - $0 > Self.forgetting }) ?? true {
                    try await rollouts.pool.execute(
                        "DELETE FROM training.inbox WHERE written_at < now() - make_interval(secs => $1)",
                        [Self.inboxDays * 86_400])
                    forgotten = .now
                }
            } catch {
                try Task.checkCancellation()
                logger.warning("a rollout has to wait", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func tick() async throws {
        guard try await rollouts.isUnderWay() else { return }
        let changes = try await rollouts.pool.transaction { transaction -> RolloutStore.Changes in
            guard var held = try await rollouts.hold(transaction) else { return RolloutStore.Changes() }
            try await rollouts.take(.tick, &held, transaction)
            // That time passed needs no record by itself.
            if !held.changes.messages.isEmpty { try await rollouts.finish(held, transaction) }
            return held.changes
        }
        await telling.tell(changes)
    }
}

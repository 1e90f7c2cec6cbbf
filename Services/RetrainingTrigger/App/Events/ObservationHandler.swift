import Contracts
import Logging
import Messaging
import Observability
import Postgres
import Rollout

/// Takes in what the replicas of ai-analyzer saw of both versions: a transaction each, with the inbox, so that nothing
/// counts twice.
struct ObservationHandler: Sendable {
    let rollouts: RolloutStore
    let telling: RolloutTelling
    let logger: Logger

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for event in events {
            do {
                let observed = try event.decode(RolloutObserved.self)
                await telling.tell(try await take(observed))
                if let fault = observed.data.fault {
                    logger.event(
                        .error, "a replica can't run the challenger", story: observed.ownStory, eventID: observed.id,
                        eventType: observed.type, more: ["replica": "\(observed.data.replica)", "reason": "\(fault)"])
                }
                outcomes.append(.done)
            } catch let rejection as EventCoder.Rejection {
                outcomes.append(.deadLetter(rejection))
            }
        }
        return outcomes
    }

    private func take(_ event: CloudEvent<RolloutObserved>) async throws -> RolloutStore.Changes {
        try await rollouts.pool.transaction { transaction in
            let held = try await rollouts.hold(transaction)
            guard try await transaction.isNew(event.id), var held, held.row.id == event.data.rolloutID else {
                return RolloutStore.Changes()
            }
            let now = EventTime.now
            for served in event.data.counts.events {
                try await rollouts.take(served, &held, at: now, transaction)
            }
            if let agreement = event.data.agreement { held.row.agreement.add(agreement) }
            if let fault = event.data.fault {
                try await rollouts.take(
                    .broken(reason: "a replica can't run the challenger: \(fault)"), &held, at: now, transaction)
            }
            try await rollouts.finish(held, transaction)
            return held.changes
        }
    }
}

extension RolloutObserved {
    /// As the rollout takes them in.
    fileprivate var counts: ServedCounts {
        func arm(_ name: RolloutArm) -> ServedCounts.Arm {
            guard let arm = arms.first(where: { $0.arm == name }) else { return ServedCounts.Arm() }
            return ServedCounts.Arm(
                failures: arm.failures, latencies: arm.latencies.map { ($0.milliseconds, $0.count) })
        }
        return ServedCounts(champion: arm(.champion), challenger: arm(.challenger))
    }
}

extension ShadowAgreement {
    fileprivate mutating func add(_ other: ShadowAgreement) {
        compared += other.compared
        category += other.category
        priority += other.priority
    }
}

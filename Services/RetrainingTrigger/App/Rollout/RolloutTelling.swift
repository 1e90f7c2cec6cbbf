import Contracts
import Logging
import Messaging
import Metrics
import Observability

/// Tells of what a committed transaction changed in a rollout: the broker, the log, the metrics.
struct RolloutTelling: Sendable {
    let relay: Relay
    /// Looks at the trigger now: an ended rollout leaves room for a training.
    let wake: @Sendable () -> Void
    let logger: Logger

    func tell(_ changes: RolloutStore.Changes) async {
        guard !changes.messages.isEmpty else { return }
        await relay.enqueue(changes.messages)
        for event in changes.rollouts {
            guard let standing = event.data.rollout else { continue }
            MetricCatalogue.rolloutChanges.counter([("status", standing.status.rawValue), ("cause", standing.cause)])
                .increment()
            logger.event(
                standing.cause == "failing" ? .error : .notice, "a rollout changed", story: event.ownStory,
                eventID: event.id, eventType: event.type,
                more: [
                    "rollout_id": "\(standing.rolloutID)", "model_version": "\(standing.challenger)",
                    "status": "\(standing.status.rawValue)", "share_percent": "\(standing.sharePercent)",
                    "reason": "\(event.data.reason)",
                ])
        }
        for event in changes.trainings {
            MetricCatalogue.trainings.counter([("state", event.data.state.rawValue)]).increment()
            if event.data.state.isFinal { wake() }
        }
    }
}

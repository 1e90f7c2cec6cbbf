// Pure decisions of retraining-trigger: when to train, on what, whether the result may serve, what follows a step.
// No clock, database, broker or file is read here.
package import Contracts

/// When a training starts by itself.
package struct TriggerPolicy: Hashable, Sendable {
    /// New feedback items that fire a training.
    package let minimumFeedback: Int
    /// The least time between the end of a training and the start of the next.
    package let cooldown: Duration

    package init(minimumFeedback: Int, cooldown: Duration) {
        self.minimumFeedback = minimumFeedback
        self.cooldown = cooldown
    }

    /// Equal input gives an equal answer; the reason carries the numbers.
    package func decide(on facts: TriggerFacts, now: EventTime) -> TriggerDecision {
        if facts.isTraining { return .wait(reason: "a training is under way") }
        let count = "\(facts.newFeedback) new feedback item\(facts.newFeedback == 1 ? "" : "s")"
        guard facts.newFeedback >= minimumFeedback else {
            return .wait(reason: "\(count), \(minimumFeedback) needed")
        }
        if let ended = facts.lastTrainingEnded {
            let elapsed = Duration.microseconds(now.microseconds - ended.microseconds)
            guard elapsed >= cooldown else {
                return .wait(
                    reason: "\(count), but the last training ended \(max(0, elapsed.components.seconds)) s ago, "
                        + "\(cooldown.components.seconds) s needed")
            }
        }
        return .start(reason: "\(count), \(minimumFeedback) needed")
    }
}

/// What the policy decides on.
package struct TriggerFacts: Hashable, Sendable {
    /// Items that no training has counted yet.
    package var newFeedback: Int
    package var isTraining: Bool
    /// When the last training ended, in whatever way.
    package var lastTrainingEnded: EventTime?

    package init(newFeedback: Int, isTraining: Bool, lastTrainingEnded: EventTime?) {
        self.newFeedback = newFeedback
        self.isTraining = isTraining
        self.lastTrainingEnded = lastTrainingEnded
    }
}

/// Whether to train now, and why.
package enum TriggerDecision: Hashable, Sendable {
    case start(reason: String)
    case wait(reason: String)
}

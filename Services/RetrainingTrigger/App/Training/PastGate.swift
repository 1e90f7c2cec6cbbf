import Contracts
import Logging
import Observability
import RetrainingTriggerCore

extension TrainingRow {
    /// What follows when the gate says no: the end, unless a person has asked for the rollout all the same.
    func pastGate(_ verdict: String, _ logger: Logger) -> StepOutcome {
        guard let pastGate else { return .rejected(reason: verdict) }
        logger.event(
            .error, "a version goes past the gate because a person said so", story: story,
            more: [
                "training_id": "\(id)", "model_version": "\(version)", "asked_by": "\(pastGate)",
                "reason": "\(verdict)",
            ])
        return .done(reason: "past the gate, as asked by \(pastGate); the gate said: \(verdict)")
    }
}

import Contracts
import Logging
import Metrics
import Observability
import RetrainingTriggerCore

extension ValidationReport {
    /// Counts each check by its level, and logs those that somebody should look at.
    func tell(_ row: TrainingRow, _ logger: Logger) {
        for check in checks {
            Counter(
                label: "triageloop_data_checks_total",
                dimensions: [("check", check.name), ("level", check.level.rawValue)]
            ).increment()
            guard check.level == .warning || check.level == .failure else { continue }
            logger.event(
                check.level == .failure ? .error : .warning, "a check of the training data wants attention",
                story: row.story,
                more: [
                    "training_id": "\(row.id)", "check": "\(check.name)", "level": "\(check.level)",
                    "observed": "\(check.observed ?? 0)", "limit": "\(check.limit ?? 0)",
                ])
        }
    }
}

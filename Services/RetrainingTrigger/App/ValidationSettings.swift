import RetrainingTriggerCore
import Settings

extension ValidationLimits {
    /// Two settings for each check, one where it never fails: `TRAINING_CHECK_<NAME>_WARNING` and `_FAILURE`.
    init(reader: inout SettingsReader) {
        self.init()
        for check in CheckName.allCases {
            let fallback = Self.defaults(check)
            let unit = check == .minimumSize ? "tasks" : "share"
            let side = check.isLowBad ? "below" : "above"
            var limit = CheckLimit(
                reader.number(
                    "TRAINING_CHECK_\(check.settingName)_WARNING", default: fallback.warning, in: Self.bounds(check),
                    unit: unit, summary: "\(side) this the check \(check.rawValue) of the training data warns"))
            if let failure = fallback.failure {
                limit.failure = reader.number(
                    "TRAINING_CHECK_\(check.settingName)_FAILURE", default: failure, in: Self.bounds(check), unit: unit,
                    summary: "\(side) this the check \(check.rawValue) rejects the training")
            }
            self[check] = limit
        }
        labelNoiseTasks = reader.integer(
            "TRAINING_CHECK_LABEL_NOISE_TASKS", default: Self.defaultLabelNoiseTasks, in: Self.labelNoiseTasksBounds,
            unit: "tasks", summary: "tasks with a category that the check label-noise takes to judge")
    }
}

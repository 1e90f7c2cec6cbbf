import RetrainingTriggerCore
import Settings

extension TriggerPolicy {
    /// Reads the rules and their limits.
    init(reader: inout SettingsReader) {
        self.init(
            minimumFeedback: reader.integer(
                "TRAINING_MINIMUM_FEEDBACK", default: 50, in: 1...1_000_000, unit: "items",
                summary: "new feedback items that start a training"),
            cooldown: reader.duration(
                "TRAINING_COOLDOWN", default: .seconds(60), in: .zero...(.seconds(30 * 86_400)),
                summary:
                    "least time between the end of a training and the start of the next; doubled with each in a row "
                    + "that gave no champion, up to a day"))
        minimumSample = reader.integer(
            "TRAINING_MINIMUM_SAMPLE", default: minimumSample, in: 1...1_000_000, unit: "items",
            summary: "new feedback items below which neither acceptance, drift nor schedule start a training")
        schedule = reader.duration(
            "TRAINING_SCHEDULE", default: schedule, in: .zero...(.seconds(365 * 86_400)),
            summary: "a training starts so long after the last one's end at the latest; 0s: no schedule")
        labelsQuiet = reader.duration(
            "TRAINING_LABELS_QUIET", default: labelsQuiet, in: .zero...(.seconds(7 * 86_400)),
            summary: "labels must be unchanged for so long before their changes start a training")
        acceptanceDrop = reader.number(
            "TRAINING_ACCEPTANCE_DROP", default: acceptanceDrop, in: 0.01...1, unit: "share",
            summary: "fall of the share of accepted suggestions that starts a training, if it is no chance")
        driftIndex = reader.number(
            "TRAINING_DRIFT_INDEX", default: driftIndex, in: 0.01...100, unit: "index",
            summary: "stability index of labels, suggestions or lengths that starts a training, if it is no chance")
    }
}

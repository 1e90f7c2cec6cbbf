package import Embeddings
package import RetrainingTriggerMLflow
package import Settings

/// What retraining-trigger needs to know beyond what every service does.
package struct RetrainingTriggerSettings: Sendable {
    package var minimumFeedback: Int
    package var cooldown: Duration
    package var workFolder: String
    package var memoryMegabytes: Int
    package var timeout: Duration
    package var limits = TrainingLimits()
    /// Nil: words alone train.
    package var embeddings: EmbeddingsConfiguration?
    /// Nil: the own registry alone.
    package var mlflow: MLflowConfiguration?

    package init(reader: inout SettingsReader) {
        minimumFeedback = reader.integer(
            "TRAINING_MINIMUM_FEEDBACK", default: 50, in: 1...1_000_000, unit: "items",
            summary: "new feedback items that start a training")
        cooldown = reader.duration(
            "TRAINING_COOLDOWN", default: .seconds(60), in: .zero...(.seconds(30 * 86_400)),
            summary: "least time between the end of a training and the start of the next")
        workFolder = reader.string(
            "TRAINING_WORK_FOLDER", default: "/var/tmp/triageloop-training",
            summary: "folder for snapshots and candidates; what is missing in it is made again")
        memoryMegabytes = reader.integer(
            "TRAINING_MEMORY_MEGABYTES", default: 1_024, in: 128...1_000_000, unit: "MiB",
            summary: "most memory of the process that trains")
        timeout = reader.duration(
            "TRAINING_TIMEOUT", default: .seconds(1_800), in: .seconds(1)...(.seconds(7 * 86_400)),
            summary: "longest time that one step of a training may take")
        mlflow = MLflowConfiguration.read(&reader)
        embeddings = EmbeddingsConfiguration.read(&reader)
        // Here nobody waits: what an analysis may take is no measure.
        embeddings?.deadline = .seconds(300)
        embeddings?.requestTimeout = .seconds(60)
    }

    package init(workFolder: String, minimumFeedback: Int = 50) {
        self.workFolder = workFolder
        self.minimumFeedback = minimumFeedback
        cooldown = .seconds(60)
        memoryMegabytes = 1_024
        timeout = .seconds(1_800)
    }
}

/// The clockwork of the trainings; other values than these are for tests.
package struct TrainingLimits: Sendable {
    /// How often the trigger is looked at when nothing wakes it.
    package var poll: Duration = .seconds(1)
    /// A training whose owner was silent this long is taken over.
    package var lease: Duration = .seconds(15)
    package var heartbeat: Duration = .seconds(4)
    /// Before a failed step is tried again.
    package var pause: Duration = .seconds(2)
    /// The program that trains and compares: this very one.
    package var program = "/proc/self/exe"
    package init() {}
}

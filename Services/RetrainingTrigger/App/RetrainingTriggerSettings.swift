package import Embeddings
package import RetrainingTriggerCore
package import RetrainingTriggerMLflow
package import Settings
package import TriageModel

/// What retraining-trigger needs to know beyond what every service does.
package struct RetrainingTriggerSettings: Sendable {
    /// When a training starts by itself.
    package var trigger: TriggerPolicy
    package var workFolder: String
    package var memoryMegabytes: Int
    package var timeout: Duration
    package var limits = TrainingLimits()
    /// How much of a field's weight one person may have.
    package var influence = InfluenceCap()
    /// From where on checks of the data warn and fail.
    package var validation = ValidationLimits()
    /// What serves first, and what every training starts from; nil: the model that ships with the package.
    package var baseModel: TriageModel?
    /// Who trains.
    package var trainer = TrainerSettings()
    /// How a version that passed its gate comes to serve.
    package var rollout = RolloutPlanning()
    /// By what a challenger is judged.
    package var gate = GateLimits()
    /// Nil: words alone train.
    package var embeddings: EmbeddingsConfiguration?
    /// Nil: the own registry alone.
    package var mlflow: MLflowConfiguration?

    package init(reader: inout SettingsReader) {
        trigger = TriggerPolicy(reader: &reader)
        workFolder = reader.string(
            "TRAINING_WORK_FOLDER", default: "/var/tmp/triageloop-training",
            summary: "folder for snapshots and candidates; what is missing in it is made again")
        if let fault = StartChecks.fault(ofFolder: workFolder) { reader.fault("TRAINING_WORK_FOLDER", fault) }
        memoryMegabytes = reader.integer(
            "TRAINING_MEMORY_MEGABYTES", default: 1_024, in: 128...1_000_000, unit: "MiB",
            summary: "most memory of the process that trains")
        timeout = reader.duration(
            "TRAINING_TIMEOUT", default: .seconds(1_800), in: .seconds(1)...(.seconds(7 * 86_400)),
            summary: "longest time that one step of a training may take")
        mlflow = MLflowConfiguration.read(&reader)
        influence.share = reader.number(
            "TRAINING_USER_SHARE", default: InfluenceCap.defaultShare, in: InfluenceCap.shareBounds, unit: "share",
            summary: "most of a field's training weight that one person's labels may have; 1 is no cap")
        influence.minimumJudges = reader.integer(
            "TRAINING_USER_SHARE_JUDGES", default: InfluenceCap.defaultMinimumJudges,
            in: InfluenceCap.minimumJudgesBounds, unit: "people",
            summary: "people who must have judged before TRAINING_USER_SHARE caps anybody")
        validation = ValidationLimits(reader: &reader)
        baseModel = reader.file(
            "BASE_MODEL", summary: "artifact to begin with instead of the shipped one; the same for ai-analyzer"
        ) { try TriageModel.load(path: $0) }
        trainer = TrainerSettings(reader: &reader)
        rollout = RolloutPlanning(reader: &reader)
        gate = GateLimits(reader: &reader)
        embeddings = EmbeddingsConfiguration.read(&reader)
        // Here nobody waits: what an analysis may take is no measure.
        embeddings?.deadline = .seconds(300)
        embeddings?.requestTimeout = .seconds(60)
    }

    package init(workFolder: String, minimumFeedback: Int = 50) {
        self.workFolder = workFolder
        trigger = TriggerPolicy(minimumFeedback: minimumFeedback, cooldown: .seconds(60))
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
    /// How often the trigger looks at the feedback itself, besides counting it.
    package var signsInterval: Duration = .seconds(30)
    /// Before a failed step is tried again.
    package var pause: Duration = .seconds(2)
    /// How often time passes for a rollout.
    package var rolloutTick: Duration = .seconds(1)
    /// The program that trains and compares: this very one.
    package var program = "/proc/self/exe"
    package init() {}
}

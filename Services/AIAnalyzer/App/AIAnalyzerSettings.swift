package import AIAnalyzerCore
package import Embeddings
package import Settings
package import TriageModel

/// What ai-analyzer needs to know beyond what every service does.
package struct AIAnalyzerSettings: Sendable {
    /// Which queues this replica takes from.
    package var work: Set<AnalyzerWork>
    package var batch: Int
    package var similarTasks: Int
    package var registryInterval: Duration
    package var shadowQueue: Int
    /// Versions that are kept loaded for replays.
    package var replayModels: Int
    /// Of what remote models write while they write it.
    package var progress: ProgressCoalescer.Limits
    /// What answers until the registry names a champion; nil: the model that ships with the package.
    package var baseModel: TriageModel?
    /// Nil: words alone answer.
    package var embeddings: EmbeddingsConfiguration?
    /// Nil: the embedded model serves everybody.
    package var ladder: LadderSettings?
    /// Whether features are served, logged and kept a history of.
    package var features: Bool
    package var featureStates: Int

    package init(reader: inout SettingsReader) {
        work = AnalyzerWork.read(&reader)
        batch = reader.integer(
            "ANALYSIS_BATCH", default: 256, in: 1...2_000, unit: "tasks", summary: "most tasks in one transaction")
        similarTasks = reader.integer(
            "SIMILAR_TASKS", default: 100_000, in: 1...5_000_000, unit: "tasks",
            summary: "latest tasks that similar ones are looked for among")
        registryInterval = reader.duration(
            "REGISTRY_INTERVAL", default: .seconds(30), in: .seconds(1)...(.seconds(3_600)),
            summary: "how often the registry is asked for the champion, besides when it is announced")
        shadowQueue = reader.integer(
            "SHADOW_QUEUE", default: 1_000, in: 1...100_000, unit: "tasks",
            summary: "tasks that may wait for a challenger in shadow; what comes on top of them it doesn't see")
        replayModels = reader.integer(
            "REPLAY_MODELS", default: 2, in: 1...20, unit: "models",
            summary: "versions beside the serving one that are kept loaded for replays")
        progress = ProgressCoalescer.Limits(
            interval: reader.duration(
                "PROGRESS_INTERVAL", default: .milliseconds(100), in: .milliseconds(100)...(.seconds(10)),
                summary: "least time between two progress events of one task"),
            tasks: reader.integer(
                "PROGRESS_TASKS", default: 256, in: 1...10_000, unit: "tasks",
                summary: "analyses whose progress is told at once"),
            inFlight: reader.integer(
                "PROGRESS_IN_FLIGHT", default: 64, in: 1...500, unit: "events",
                summary: "progress events that the broker has not confirmed yet, at most"))
        baseModel = reader.file(
            "BASE_MODEL", summary: "artifact to begin with instead of the shipped one; the same for retraining-trigger"
        ) { try TriageModel.load(path: $0) }
        embeddings = EmbeddingsConfiguration.read(&reader)
        ladder = LadderSettings.read(&reader)
        features = reader.flag(
            "FEATURES", default: true, summary: "whether features are served and a history is kept for them")
        featureStates = reader.integer(
            "FEATURE_STATES", default: 20_000, in: 100...1_000_000, unit: "entities",
            summary: "users and projects whose state stays in memory; at most 7 KiB each")
    }
}

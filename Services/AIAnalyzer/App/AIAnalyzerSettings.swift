package import AIAnalyzerCore
package import Embeddings
package import Settings

/// What ai-analyzer needs to know beyond what every service does.
package struct AIAnalyzerSettings: Sendable {
    package var batch: Int
    package var similarTasks: Int
    package var registryInterval: Duration
    /// Of what remote models write while they write it.
    package var progress: ProgressCoalescer.Limits
    /// Nil: words alone answer.
    package var embeddings: EmbeddingsConfiguration?
    /// Nil: the embedded model serves everybody.
    package var ladder: LadderSettings?

    package init(reader: inout SettingsReader) {
        batch = reader.integer(
            "ANALYSIS_BATCH", default: 256, in: 1...2_000, unit: "tasks", summary: "most tasks in one transaction")
        similarTasks = reader.integer(
            "SIMILAR_TASKS", default: 100_000, in: 1...5_000_000, unit: "tasks",
            summary: "latest tasks that similar ones are looked for among")
        registryInterval = reader.duration(
            "REGISTRY_INTERVAL", default: .seconds(30), in: .seconds(1)...(.seconds(3_600)),
            summary: "how often the registry is asked for the champion, besides when it is announced")
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
        embeddings = EmbeddingsConfiguration.read(&reader)
        ladder = LadderSettings.read(&reader)
    }
}

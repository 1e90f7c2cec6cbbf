package import Embeddings
package import Settings

/// What ai-analyzer needs to know beyond what every service does.
package struct AIAnalyzerSettings: Sendable {
    package var batch: Int
    package var similarTasks: Int
    package var registryInterval: Duration
    /// Nil: words alone answer.
    package var embeddings: EmbeddingsConfiguration?

    package init(reader: inout SettingsReader) {
        batch = reader.integer(
            "ANALYSIS_BATCH", default: 256, in: 1...2_000, unit: "tasks", summary: "most tasks in one transaction")
        similarTasks = reader.integer(
            "SIMILAR_TASKS", default: 100_000, in: 1...5_000_000, unit: "tasks",
            summary: "latest tasks that similar ones are looked for among")
        registryInterval = reader.duration(
            "REGISTRY_INTERVAL", default: .seconds(30), in: .seconds(1)...(.seconds(3_600)),
            summary: "how often the registry is asked for the champion, besides when it is announced")
        embeddings = EmbeddingsConfiguration.read(&reader)
    }
}

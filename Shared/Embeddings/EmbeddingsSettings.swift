package import Settings

extension EmbeddingsConfiguration {
    /// What the settings `EMBEDDINGS_…` say; nil without an address.
    ///
    /// - Parameter deadline: the longest time of one call, unless the setting of a service says another.
    package static func read(
        _ reader: inout SettingsReader, deadline: Duration = .milliseconds(500)
    ) -> EmbeddingsConfiguration? {
        let url = reader.optionalString(
            "EMBEDDINGS_URL", summary: "OpenAI-compatible server that makes vectors of texts; none: words alone answer")
        let model = reader.optionalString("EMBEDDINGS_MODEL", summary: "name of the embedding model at that server")
        let key = reader.optionalString("EMBEDDINGS_KEY", summary: "key of that server", isSecret: true)
        let authorities = reader.optionalString(
            "EMBEDDINGS_CA_FILE", summary: "PEM file of the authorities that its https trusts")
        let batch = reader.integer(
            "EMBEDDINGS_BATCH", default: 16, in: 1...2_048, unit: "texts", summary: "most texts in one request")
        let requests = reader.integer(
            "EMBEDDINGS_REQUESTS", default: 2, in: 1...16, unit: "requests", summary: "most requests at the same time")
        let timeout = reader.duration(
            "EMBEDDINGS_TIMEOUT", default: deadline, in: .milliseconds(10)...(.seconds(60)),
            summary: "longest time that analyses wait for the vectors of their texts, repetitions included")
        guard let url else { return nil }
        guard let model else {
            reader.fault("EMBEDDINGS_MODEL", "is needed with \(SettingsReader.prefix)EMBEDDINGS_URL")
            return nil
        }
        var configuration = EmbeddingsConfiguration(url: url, model: model, apiKey: key)
        configuration.caFile = authorities
        configuration.batchSize = batch
        configuration.maximumConcurrentRequests = requests
        configuration.deadline = timeout
        configuration.requestTimeout = timeout
        for fault in configuration.faults { reader.fault("EMBEDDINGS_URL", "can't be used: \(fault)") }
        return configuration
    }
}

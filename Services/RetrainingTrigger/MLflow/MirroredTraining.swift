package import Contracts

/// A training that made no version, with all that MLflow shows of it.
package struct MirroredTraining: Sendable {
    package enum End: String, Sendable {
        /// A check or the comparison has ended it: MLflow's `KILLED`.
        case rejected
        /// Something went wrong each time: MLflow's `FAILED`.
        case failed
    }

    package var id: Identifier
    /// The version that it would have made.
    package var version: String
    package var end: End
    package var reason: String
    package var snapshotSHA256: String?
    package var correlationID: String
    package var metrics: [String: Double]
    package var startedAt: EventTime
    package var endedAt: EventTime

    package init(
        id: Identifier, version: String, end: End, reason: String, snapshotSHA256: String?, correlationID: String,
        metrics: [String: Double], startedAt: EventTime, endedAt: EventTime
    ) {
        self.id = id
        self.version = version
        self.end = end
        self.reason = reason
        self.snapshotSHA256 = snapshotSHA256
        self.correlationID = correlationID
        self.metrics = metrics
        self.startedAt = startedAt
        self.endedAt = endedAt
    }
}

extension MLflowMirror {
    /// The run's tag that names our training; a version's run has it too.
    static let trainingTag = "triageloop.training_id"

    /// Shows a training that made no version: a run with its end, and the reason as the run's description. Repeated, it
    /// changes nothing.
    /// - Returns: the run's id.
    package func show(_ training: MirroredTraining) async throws(MLflowError) -> String {
        let tag = KeyValue(key: Self.trainingTag, value: training.id.description)
        let tags = [
            ("triageloop.correlation_id", training.correlationID), ("triageloop.end", training.end.rawValue),
            ("triageloop.snapshot_sha256", training.snapshotSHA256),
            // What MLflow's pages show as the run's description.
            ("mlflow.note.content", String(training.reason.prefix(5_000))),
        ].compactMap { key, value in value.map { KeyValue(key: key, value: $0) } }
        let experiment = try await client.experiment()
        let run = try await client.run(
            in: experiment, name: training.version, tag: tag, tags: tags, start: training.startedAt.milliseconds)
        try await client.log(
            run, metrics: Self.named(training.metrics),
            params: [KeyValue(key: "snapshot_sha256", value: training.snapshotSHA256 ?? "none")], tags: tags,
            at: training.endedAt.milliseconds)
        try await client.end(
            run, status: training.end == .failed ? "FAILED" : "KILLED", at: training.endedAt.milliseconds)
        return run.id
    }
}

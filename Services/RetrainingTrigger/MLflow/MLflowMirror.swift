package import Contracts

/// A version of ours, with all that MLflow shows of it.
package struct MirroredVersion: Sendable {
    package var version: String
    package var parent: String?
    package var artifact: [UInt8]
    package var sha256: String
    /// The snapshot's manifest, as JSON; nil for the model that is shipped.
    package var manifest: [UInt8]?
    package var snapshotSHA256: String?
    package var trainingID: Identifier?
    package var correlationID: String?
    /// Why it was registered.
    package var reason: String
    package var metrics: [String: Double]
    package var startedAt: EventTime
    package var registeredAt: EventTime

    package init(
        version: String, parent: String? = nil, artifact: [UInt8], sha256: String, manifest: [UInt8]? = nil,
        snapshotSHA256: String? = nil, trainingID: Identifier? = nil, correlationID: String? = nil, reason: String,
        metrics: [String: Double] = [:], startedAt: EventTime, registeredAt: EventTime
    ) {
        self.version = version
        self.parent = parent
        self.artifact = artifact
        self.sha256 = sha256
        self.manifest = manifest
        self.snapshotSHA256 = snapshotSHA256
        self.trainingID = trainingID
        self.correlationID = correlationID
        self.reason = reason
        self.metrics = metrics
        self.startedAt = startedAt
        self.registeredAt = registeredAt
    }
}

/// Makes MLflow show what the own registry has: it is told, and never asked what serves.
package struct MLflowMirror: Sendable {
    /// Where a version is in MLflow.
    package struct Place: Sendable, Hashable {
        package let runID: String
        /// MLflow's own number of the version.
        package let number: String
    }

    /// The run's tag that names our version: by it an earlier attempt's run is found.
    static let versionTag = "triageloop.version"
    /// The folder of the run's files that a registered version points to.
    static let modelFolder = "model"

    let client: MLflowClient

    package init(_ client: MLflowClient) { self.client = client }

    /// Shows a version: run, parameters, metrics, files, registered version. Whatever part of it is there already is
    /// left as it is, so that it can be repeated after any failure.
    package func show(_ version: MirroredVersion) async throws(MLflowError) -> Place {
        let experiment = try await client.experiment()
        let tags = Self.tags(of: version)
        let run = try await client.run(
            in: experiment, name: version.version, tag: KeyValue(key: Self.versionTag, value: version.version),
            tags: tags, start: version.startedAt.milliseconds)
        try await client.log(
            run, metrics: Self.metrics(of: version), params: Self.params(of: version), tags: tags,
            at: version.registeredAt.milliseconds)
        try await client.store(version.artifact, as: "\(Self.modelFolder)/\(version.version).triagemodel", of: run)
        if let manifest = version.manifest { try await client.store(manifest, as: "snapshot/manifest.json", of: run) }
        let number = try await client.version(
            of: run, folder: Self.modelFolder, description: String(version.reason.prefix(5_000)),
            tags: [KeyValue(key: Self.versionTag, value: version.version)] + tags)
        try await client.end(run, at: version.registeredAt.milliseconds)
        return Place(runID: run.id, number: number)
    }

    /// Lets the aliases `champion` and `challenger` name these versions, by MLflow's numbers.
    package func point(champion: String?, challenger: String?) async throws(MLflowError) {
        try await client.point("champion", at: champion)
        try await client.point("challenger", at: challenger)
    }

    private static func tags(of version: MirroredVersion) -> [KeyValue] {
        [
            ("triageloop.sha256", version.sha256), ("triageloop.parent", version.parent),
            ("triageloop.snapshot_sha256", version.snapshotSHA256),
            ("triageloop.training_id", version.trainingID?.description),
            ("triageloop.correlation_id", version.correlationID),
        ].compactMap { key, value in value.map { KeyValue(key: key, value: $0) } }
    }

    /// Parameters can't be changed in MLflow once they are set: only what never changes.
    private static func params(of version: MirroredVersion) -> [KeyValue] {
        [
            ("version", version.version), ("parent", version.parent ?? "none"),
            ("snapshot_sha256", version.snapshotSHA256 ?? "none"), ("artifact_bytes", "\(version.artifact.count)"),
        ].map { KeyValue(key: $0, value: $1) }
    }

    /// In the order of their names, which MLflow limits to 250 of these characters; numbers only.
    static func metrics(of version: MirroredVersion) -> [(String, Double)] { named(version.metrics) }

    static func named(_ metrics: [String: Double]) -> [(String, Double)] {
        metrics.filter(\.value.isFinite).sorted { $0.key < $1.key }.map { name, value in
            (String(name.prefix(250).map { $0.isLetter || $0.isNumber || "_-. /".contains($0) ? $0 : "_" }), value)
        }
    }
}

extension EventTime {
    /// Since 1970.
    var milliseconds: Int64 { microseconds / 1_000 }
}

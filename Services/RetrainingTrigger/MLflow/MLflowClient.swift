package import Logging

/// MLflow's tracking server and model registry: the calls that we need, each safe to repeat.
///
/// MLflow itself makes another run and another version for each repeated request, so what creates first looks for what
/// an earlier attempt has made. Two who do it at the same moment may still both create: callers see to it that one does.
package struct MLflowClient: Sendable {
    /// A run, found or made.
    struct OwnRun: Sendable {
        let id: String
        /// Where its files lie, as the server says: `mlflow-artifacts:/1/<run>/artifacts`.
        let artifacts: String
    }

    let configuration: MLflowConfiguration
    private let transport: MLflowTransport

    package init(_ configuration: MLflowConfiguration, logger: Logger) {
        self.configuration = configuration
        transport = MLflowTransport(configuration, logger: logger)
    }

    /// The experiment's id; it is made if it isn't there.
    func experiment() async throws(MLflowError) -> String {
        if let found = try await experimentThere() { return found }
        do throws(MLflowError) {
            return try await transport.post(
                "experiments/create", Experiment.Create(name: configuration.experiment), as: Experiment.Created.self
            ).id
        } catch {
            // Another was faster.
            guard error.errorCode == "RESOURCE_ALREADY_EXISTS", let found = try await experimentThere() else {
                throw error
            }
            return found
        }
    }

    private func experimentThere() async throws(MLflowError) -> String? {
        let name = configuration.experiment
        do throws(MLflowError) {
            let found = try await transport.get(
                "experiments/get-by-name", [("experiment_name", name)], as: Experiment.Found.self)
            guard found.experiment.lifecycle != "deleted" else {
                throw MLflowError(.conflict, "the experiment \(name) is deleted: restore it, or set another name")
            }
            return found.experiment.id
        } catch {
            if error.errorCode == "RESOURCE_DOES_NOT_EXIST" { return nil }
            throw error
        }
    }

    /// The run with this tag; it is made if it isn't there.
    /// - Parameter start: milliseconds since 1970.
    func run(
        in experiment: String, name: String, tag: KeyValue, tags: [KeyValue], start: Int64
    ) async throws(MLflowError) -> OwnRun {
        let filter = "tags.`\(tag.key)` = '\(tag.value)'"
        let list = try await transport.post(
            "runs/search", Run.Search(experimentIDs: [experiment], filter: filter, most: 10), as: Run.List.self)
        // Of two that were made at once the same one is taken each time.
        if let run = list.runs?.min(by: { $0.info.id < $1.info.id }) { return try own(run) }
        let create = Run.Create(experimentID: experiment, name: name, startTime: start, tags: [tag] + tags)
        return try own(try await transport.post("runs/create", create, as: Run.Found.self).run)
    }

    private func own(_ run: Run) throws(MLflowError) -> OwnRun {
        guard let artifacts = run.info.artifactURI else {
            throw MLflowError(.malformed, "the run \(run.info.id) has no artifact address")
        }
        return OwnRun(id: run.info.id, artifacts: artifacts)
    }

    /// Notes numbers, settings and tags; the same again changes nothing.
    /// - Parameter time: of the metrics, milliseconds since 1970.
    func log(
        _ run: OwnRun, metrics: [(String, Double)], params: [KeyValue], tags: [KeyValue], at time: Int64
    ) async throws(MLflowError) {
        // MLflow's limits of one request: 1,000 metrics, 100 parameters, 100 tags.
        for start in stride(from: 0, to: metrics.count, by: 500) {
            let part = metrics[start..<min(start + 500, metrics.count)].map {
                Run.Metric(key: $0.0, value: $0.1, timestamp: time, step: 0)
            }
            try await transport.post("runs/log-batch", Run.Batch(id: run.id, metrics: part))
        }
        try await transport.post("runs/log-batch", Run.Batch(id: run.id, params: params, tags: tags))
    }

    /// Stores a file of the run through the server.
    func store(_ bytes: [UInt8], as path: String, of run: OwnRun) async throws(MLflowError) {
        let scheme = "mlflow-artifacts:"
        guard run.artifacts.hasPrefix(scheme) else {
            throw MLflowError(
                .conflict, "the server keeps files where only it can write: start it with --serve-artifacts")
        }
        var root = run.artifacts.dropFirst(scheme.count)
        // `mlflow-artifacts://host/1/…` names the server, too.
        if root.hasPrefix("//") { root = root.dropFirst(2).drop { $0 != "/" } }
        while root.hasPrefix("/") { root = root.dropFirst() }
        try await transport.put(artifact: "\(root)/\(path)", bytes)
    }

    /// - Parameter time: milliseconds since 1970.
    func end(_ run: OwnRun, status: String = "FINISHED", at time: Int64) async throws(MLflowError) {
        try await transport.post("runs/update", Run.End(id: run.id, status: status, endTime: time))
    }

    /// The version of the registered model that the run made; it is registered if it isn't there.
    func version(
        of run: OwnRun, folder: String, description: String, tags: [KeyValue]
    ) async throws(MLflowError) -> String {
        try await registerModel()
        let name = configuration.model
        let list = try await transport.get(
            "model-versions/search", [("filter", "name = '\(name)' and run_id = '\(run.id)'"), ("max_results", "10")],
            as: RegisteredVersion.List.self)
        let numbers = (list.versions ?? []).compactMap { Int($0.version) }
        if let first = numbers.min() { return String(first) }
        let create = RegisteredVersion.Create(
            name: name, source: "\(run.artifacts)/\(folder)", runID: run.id, description: description, tags: tags)
        return try await transport.post("model-versions/create", create, as: RegisteredVersion.Found.self)
            .version.version
    }

    private func registerModel() async throws(MLflowError) {
        do throws(MLflowError) {
            try await transport.post("registered-models/create", ModelAlias(name: configuration.model))
        } catch {
            guard error.errorCode == "RESOURCE_ALREADY_EXISTS" else { throw error }
        }
    }

    /// Lets an alias name this version; nil: none.
    func point(_ alias: String, at version: String?) async throws(MLflowError) {
        let name = configuration.model
        let present = try await number(under: alias)
        guard present != version else { return }
        if let version {
            try await transport.post(
                "registered-models/alias", ModelAlias(name: name, alias: alias, version: version))
        } else {
            try await transport.delete("registered-models/alias", ModelAlias(name: name, alias: alias))
        }
    }

    private func number(under alias: String) async throws(MLflowError) -> String? {
        do throws(MLflowError) {
            return try await transport.get(
                "registered-models/alias", [("name", configuration.model), ("alias", alias)],
                as: RegisteredVersion.Found.self
            ).version.version
        } catch {
            // An alias that isn't there is an invalid value to MLflow, a model that isn't there does not exist.
            if ["INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"].contains(error.errorCode) { return nil }
            throw error
        }
    }
}

import Contracts
import FaultServer
import MLflowSupport
import Postgres
import RetrainingTrigger
import RetrainingTriggerMLflow
import Synchronization
import TestSupport
import Testing

/// What a real MLflow shows of what retraining-trigger did.
@Suite(.enabled(if: MLflowServer.url != nil, Comment(rawValue: MLflowServer.missing)))
struct MLflowMirrorTests {
    /// The same names at another address.
    private func through(
        _ proxy: FaultyProxy, _ configuration: MLflowConfiguration, timeout: Duration = .seconds(60)
    ) -> MLflowConfiguration {
        var proxied = MLflowServer.configuration(url: proxy.url)
        (proxied.experiment, proxied.model) = (configuration.experiment, configuration.model)
        proxied.timeout = timeout
        return proxied
    }

    @Test func `a promoted version is shown with its snapshot, its story and its alias`() async throws {
        let configuration = MLflowServer.configuration()
        let probe = MLflowProbe(url: configuration.url)
        try await TrainingHarness.run(minimum: 40, mlflow: configuration) { harness in
            try await harness.send(TrainingSamples.feedback(40, story: Story(correlationID: "the-story")))
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .champion)
            let version = try #require(final.data.candidateVersion)
            try await eventually("both versions are shown, and the alias has moved") {
                // Until the model is there, asking for it is an error.
                let versions = try await probe.versions(of: configuration.model).count
                return try await probe.alias("champion", of: configuration.model) == "2" && versions == 2
            }
            let runs = try await probe.runs(in: configuration.experiment)
            let run = try #require(runs.first { $0["info"]?["run_name"]?.stringValue == version })
            let snapshot = try await harness.text("SELECT snapshot_sha256 FROM training.trainings")
            #expect(run["data"]?["tags"]?.value(of: "triageloop.snapshot_sha256")?.stringValue == snapshot)
            #expect(
                run["data"]?["tags"]?.value(of: "triageloop.correlation_id")?.stringValue == final.correlationID)
            #expect(run["data"]?["metrics"]?.value(of: "trained_on") != nil)
            let id = try #require(run["info"]?["run_id"]?.stringValue)
            let files = try await probe.get("mlflow/artifacts/list?run_id=\(id)&path=snapshot")["files"]?.elements
            #expect(files?.compactMap { $0["path"]?.stringValue } == ["snapshot/manifest.json"])
        }
    }

    @Test func `while MLflow is away trainings go on, and it catches up`() async throws {
        let configuration = MLflowServer.configuration()
        let isAway = Atomic(true)
        let proxy = try FaultyProxy(upstream: configuration.url) { _, _ in
            isAway.load(ordering: .relaxed) ? .refuse : .pass
        }
        let probe = MLflowProbe(url: configuration.url)
        try await TrainingHarness.run(minimum: 40, mlflow: through(proxy, configuration)) { harness in
            try await harness.send(TrainingSamples.feedback(40))
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .champion)
            try await eventually("it was tried") {
                try await harness.count("SELECT count(*) FROM registry.mlflow_versions WHERE error IS NOT NULL") > 0
            }
            #expect(
                try await harness.count("SELECT count(*) FROM registry.mlflow_versions WHERE run_id IS NOT NULL") == 0)
            isAway.store(false, ordering: .relaxed)
            try await eventually("both versions are shown", within: .seconds(60)) {
                try await harness.count("SELECT count(*) FROM registry.mlflow_versions WHERE shown_at IS NOT NULL") == 2
            }
            #expect(try await probe.versions(of: configuration.model).count == 2)
        }
    }

    @Test func `two replicas, of which one hangs in the middle, show each version once`() async throws {
        let configuration = MLflowServer.configuration()
        // The first that would register a version never hears of it, nor does the server.
        let hung = Atomic(false)
        let proxy = try FaultyProxy(upstream: configuration.url) { _, request in
            request.target.hasSuffix("model-versions/create") && !hung.exchange(true, ordering: .relaxed)
                ? .hang : .pass
        }
        let proxied = through(proxy, configuration, timeout: .seconds(2))
        let probe = MLflowProbe(url: configuration.url)
        try await TrainingHarness.run(minimum: 40, replicas: 2, mlflow: proxied) { harness in
            try await harness.send(TrainingSamples.feedback(40))
            _ = try await harness.bus.first(TrainingChanged.self) { $0.state == .champion }
            try await eventually("both versions are shown", within: .seconds(60)) {
                try await harness.count("SELECT count(*) FROM registry.mlflow_versions WHERE shown_at IS NOT NULL") == 2
            }
            let hasHung = hung.load(ordering: .relaxed)
            #expect(hasHung)
            #expect(try await probe.runs(in: configuration.experiment).count == 2)
            #expect(try await probe.versions(of: configuration.model).count == 2)
        }
    }
}

import Contracts
import MLflowSupport
import RetrainingTriggerMLflow
import Testing

@Suite(.enabled(if: MLflowServer.url != nil, Comment(rawValue: MLflowServer.missing)))
struct MLflowLiveTests {
    @Test func `a version is shown with run, parameters, metrics, files and its number`() async throws {
        let configuration = MLflowServer.configuration()
        let version = MLflowServer.version("m-1", metrics: ["held_out": 12, "effort.mae": 2.5, "broken": .nan])
        let place = try await MLflowServer.mirror(configuration).show(version)
        let probe = MLflowProbe(url: configuration.url)
        let run = try #require(try await probe.runs(in: configuration.experiment).first)
        #expect(run["info"]?["run_id"]?.stringValue == place.runID)
        #expect(run["info"]?["run_name"]?.stringValue == "m-1")
        #expect(run["info"]?["status"]?.stringValue == "FINISHED")
        let data = try #require(run["data"])
        #expect(data["metrics"]?.value(of: "held_out") == .number(12))
        #expect(data["metrics"]?.value(of: "effort.mae") == .number(2.5))
        #expect(data["metrics"]?.value(of: "broken") == nil)
        #expect(data["params"]?.value(of: "parent") == .string("base-2"))
        #expect(data["tags"]?.value(of: "triageloop.snapshot_sha256") == .string("5eed"))
        #expect(data["tags"]?.value(of: "triageloop.correlation_id") == .string("story-m-1"))
        let files = try await probe.get("mlflow/artifacts/list?run_id=\(place.runID)&path=model")["files"]?.elements
        #expect(files?.compactMap { $0["path"]?.stringValue } == ["model/m-1.triagemodel"])
        let versions = try await probe.versions(of: configuration.model)
        #expect(versions.compactMap { $0["version"]?.stringValue } == [place.number])
        #expect(versions.first?["run_id"]?.stringValue == place.runID)
        #expect(versions.first?["description"]?.stringValue == "not worse than the champion")
    }

    @Test func `shown again nothing is there twice`() async throws {
        let configuration = MLflowServer.configuration()
        let version = MLflowServer.version("m-1")
        let places = [
            try await MLflowServer.mirror(configuration).show(version),
            try await MLflowServer.mirror(configuration).show(version),
        ]
        #expect(Set(places).count == 1)
        let probe = MLflowProbe(url: configuration.url)
        #expect(try await probe.runs(in: configuration.experiment).count == 1)
        #expect(try await probe.versions(of: configuration.model).count == 1)
    }

    @Test func `a second version gets the next number, and a name of other characters finds its own run`() async throws
    {
        let configuration = MLflowServer.configuration()
        let mirror = MLflowServer.mirror(configuration)
        let first = try await mirror.show(MLflowServer.version("m-1"))
        let second = try await mirror.show(MLflowServer.version("m-20261123-091200-ab.c_d"))
        #expect((first.number, second.number) == ("1", "2"))
        #expect(first.runID != second.runID)
    }

    @Test func `the aliases follow what serves`() async throws {
        let configuration = MLflowServer.configuration()
        let mirror = MLflowServer.mirror(configuration)
        let probe = MLflowProbe(url: configuration.url)
        let first = try await mirror.show(MLflowServer.version("m-1")).number
        let second = try await mirror.show(MLflowServer.version("m-2")).number
        try await mirror.point(champion: first, challenger: second)
        #expect(try await probe.alias("champion", of: configuration.model) == first)
        #expect(try await probe.alias("challenger", of: configuration.model) == second)
        try await mirror.point(champion: second, challenger: nil)
        try await mirror.point(champion: second, challenger: nil)
        #expect(try await probe.alias("champion", of: configuration.model) == second)
        #expect(try await probe.alias("challenger", of: configuration.model) == nil)
    }

    /// Each request in turn does its work at the server, and its answer gets lost.
    @Test func `whatever answer is lost, one run and one version are there in the end`() async throws {
        var request = 1
        while true {
            let configuration = MLflowServer.configuration()
            let version = MLflowServer.version("m-1")
            let lost = request
            let proxy = try FaultyProxy(upstream: configuration.url) { number, _ in number == lost ? .loseAnswer : .pass
            }
            do {
                var proxied = MLflowServer.configuration(url: proxy.url)
                (proxied.experiment, proxied.model) = (configuration.experiment, configuration.model)
                _ = try await MLflowServer.mirror(proxied).show(version)
                // It needed fewer requests than that: all have had their turn.
                #expect(request > 8)
                return
            } catch {
                #expect(error.code == .transport)
            }
            _ = try await MLflowServer.mirror(configuration).show(version)
            let probe = MLflowProbe(url: configuration.url)
            #expect(try await probe.runs(in: configuration.experiment).count == 1, "after request \(request)")
            #expect(try await probe.versions(of: configuration.model).count == 1, "after request \(request)")
            request += 1
        }
    }

    @Test func `a deleted experiment is told, with what to do`() async throws {
        let configuration = MLflowServer.configuration()
        _ = try await MLflowServer.mirror(configuration).show(MLflowServer.version("m-1"))
        let probe = MLflowProbe(url: configuration.url)
        let found = try await probe.get("mlflow/experiments/get-by-name?experiment_name=\(configuration.experiment)")
        _ = try await probe.post(
            "mlflow/experiments/delete", ["experiment_id": try #require(found["experiment"]?["experiment_id"])])
        let error = await #expect(throws: MLflowError.self) {
            try await MLflowServer.mirror(configuration).show(MLflowServer.version("m-2"))
        }
        #expect(error?.code == .conflict)
        #expect(error?.reason.contains("restore it") == true)
    }
}

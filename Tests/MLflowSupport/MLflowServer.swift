package import Contracts
import CurlHTTP
import Foundation
import Logging
package import RetrainingTriggerMLflow

/// A real MLflow, started by `deploy/local/mlflow`; `TRIAGELOOP_TEST_MLFLOW_URL` names it.
package enum MLflowServer {
    package static var url: String? { ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_MLFLOW_URL"] }
    package static let missing = "SKIPPED: TRIAGELOOP_TEST_MLFLOW_URL names no server (deploy/local/mlflow)"

    /// An experiment and a model of the test's own.
    package static func configuration(url: String? = url) -> MLflowConfiguration {
        var configuration = MLflowConfiguration(url: url ?? "http://127.0.0.1:9")
        let name = "test-\(UUID().uuidString.prefix(8))"
        configuration.experiment = name
        configuration.model = name
        configuration.timeout = .seconds(60)
        return configuration
    }

    package static func mirror(_ configuration: MLflowConfiguration) -> MLflowMirror {
        MLflowMirror(MLflowClient(configuration, logger: Logger(label: "test")))
    }

    package static func version(_ name: String, metrics: [String: Double] = ["challenger.category.macro_f1": 0.8])
        -> MirroredVersion
    {
        MirroredVersion(
            version: name, parent: "base-2", artifact: Array("artifact of \(name)".utf8), sha256: "abc123",
            manifest: Array(#"{"examples":3}"#.utf8), snapshotSHA256: "5eed", trainingID: Identifier(),
            correlationID: "story-\(name)", reason: "not worse than the champion", metrics: metrics,
            startedAt: EventTime(microseconds: 1_795_000_000_000_000),
            registeredAt: EventTime(microseconds: 1_795_000_060_000_000))
    }
}

/// What a person would ask MLflow's REST API, apart from our client.
package struct MLflowProbe {
    let url: String
    private let http = HTTPClient(logger: Logger(label: "test"))

    package init(url: String) { self.url = url }

    /// What a person would expect and isn't there.
    package struct Missing: Error {}

    package func get(_ path: String) async throws -> JSONValue {
        let response = try await http.execute(HTTPRequest(url: url + "/api/2.0/" + path), deadline: .seconds(60))
        return try ContractJSON.decode(JSONValue.self, from: response.body)
    }

    package func post(_ path: String, _ body: JSONValue) async throws -> JSONValue {
        let response = try await http.execute(
            HTTPRequest(
                method: "POST", url: url + "/api/2.0/" + path,
                headers: [HTTPHeader("Content-Type", "application/json")], body: Array(body.text().utf8)),
            deadline: .seconds(60))
        return try ContractJSON.decode(JSONValue.self, from: response.body)
    }

    package func runs(in experiment: String) async throws -> [JSONValue] {
        let found = try await get("mlflow/experiments/get-by-name?experiment_name=\(experiment)")
        guard let id = found["experiment"]?["experiment_id"]?.stringValue else { throw Missing() }
        return try await post("mlflow/runs/search", ["experiment_ids": [.string(id)]])["runs"]?.elements ?? []
    }

    package func versions(of model: String) async throws -> [JSONValue] {
        try await get("mlflow/model-versions/search?filter=name%3D'\(model)'")["model_versions"]?.elements ?? []
    }

    package func alias(_ alias: String, of model: String) async throws -> String? {
        try await get("mlflow/registered-models/alias?name=\(model)&alias=\(alias)")["model_version"]?["version"]?
            .stringValue
    }
}

extension JSONValue {
    package var elements: [JSONValue] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    /// The value of a `{"key": …, "value": …}` in this list.
    package func value(of key: String) -> JSONValue? { elements.first { $0["key"]?.stringValue == key }?["value"] }
}

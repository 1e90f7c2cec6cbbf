import FaultServer
import MLflowSupport
import RetrainingTriggerMLflow
import Settings
import Testing

/// What doesn't need MLflow: servers that fail, and settings.
@Suite struct MLflowFaultTests {
    static let answers: [(String, MLflowError.Code)] = [
        ("HTTP/1.1 500 Fault\r\nContent-Length: 2\r\n\r\n{}", .unavailable),
        ("HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", .unavailable),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 25\r\n\r\nInvalid Host header - 403", .unauthorised),
        (
            "HTTP/1.1 400 Bad\r\nContent-Length: 50\r\n\r\n"
                + #"{"error_code":"INVALID_STATE","message":"not now"}"#, .refused
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<html", .malformed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", .transport),
        ("", .transport),
    ]

    @Test(arguments: answers)
    func `a server that fails is a typed error with a reason`(answer: String, code: MLflowError.Code) async throws {
        let server = try LocalServer { _, connection in
            connection.send(answer)
            if code == .transport { connection.reset() }
        }
        let error = await #expect(throws: MLflowError.self) {
            try await MLflowServer.mirror(MLflowServer.configuration(url: server.url(""))).show(
                MLflowServer.version("m"))
        }
        #expect(error?.code == code)
        #expect(error?.reason.isEmpty == false)
    }

    @Test func `a silent server costs no more than the time limit`() async throws {
        let server = try LocalServer { (_: LocalServer.Request, _: LocalServer.Connection) in }
        var configuration = MLflowServer.configuration(url: server.url(""))
        configuration.timeout = .milliseconds(200)
        let error = await #expect(throws: MLflowError.self) {
            try await MLflowServer.mirror(configuration).show(MLflowServer.version("m"))
        }
        #expect(error?.code == .transport && error?.reason == "timeout")
    }

    @Test(arguments: [
        (["MLFLOW_URL": "ftp://x"], "http://"),
        (["MLFLOW_URL": "http://x", "MLFLOW_MODEL": "a/b"], "the model's name"),
        (["MLFLOW_URL": "http://x", "MLFLOW_EXPERIMENT": "it's"], "the experiment's name"),
    ])
    func `settings that can't be used are faults at start`(values: [String: String], said: String) {
        var reader = SettingsReader(
            environment: Dictionary(uniqueKeysWithValues: values.map { ("TRIAGELOOP_\($0)", $1) }))
        _ = MLflowConfiguration.read(&reader)
        let error = #expect(throws: (any Error).self) { try reader.finish() }
        #expect(error.map { "\($0)".contains(said) } == true)
    }

    @Test func `an address may end with a slash`() {
        #expect(MLflowConfiguration(url: "https://mlflow.example/base//").url == "https://mlflow.example/base")
    }
}

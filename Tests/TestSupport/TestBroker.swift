package import Foundation
package import RabbitMQ
import Synchronization

/// A virtual host of its own on the test broker, so that tests run side by side without meeting.
package struct TestBroker: Sendable {
    /// Why a test has no broker.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let virtualHost: String
    /// Points at the virtual host; short time-outs.
    package let configuration: BrokerConfiguration
    private let managementURL: String

    /// Makes a virtual host on the broker of `TRIAGELOOP_TEST_AMQP_URL` by the management API of
    /// `TRIAGELOOP_TEST_MANAGEMENT_URL`.
    /// - Throws: `Failure` naming what is missing or what the broker said.
    package static func fresh() async throws -> TestBroker {
        var configuration = try BrokerConfiguration(url: variable("TRIAGELOOP_TEST_AMQP_URL"))
        let name = "test-\(UUID().uuidString.lowercased())"
        configuration.virtualHost = name
        configuration.connectTimeout = .seconds(5)
        let broker = TestBroker(
            virtualHost: name, configuration: configuration,
            managementURL: try variable("TRIAGELOOP_TEST_MANAGEMENT_URL"))
        try await broker.management("PUT", "vhosts/\(name)")
        try await broker.management(
            "PUT", "permissions/\(name)/\(configuration.username)",
            body: #"{"configure":".*","write":".*","read":".*"}"#)
        return broker
    }

    /// Drops the virtual host with all that is in it; its connections end.
    package func delete() async throws { try await management("DELETE", "vhosts/\(virtualHost)") }

    /// The names that clients of this virtual host gave their connections (`connectionName`).
    package func connectionNames() async throws -> [String] {
        try await connections().map(\.userProvidedName)
    }

    /// Closes the connections with this name, as an operator would.
    /// - Returns: how many.
    package func closeConnections(named name: String) async throws -> Int {
        let found = try await connections().filter { $0.userProvidedName == name }
        for connection in found {
            // The name holds "->" and spaces.
            let path = connection.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
            try await management("DELETE", "connections/\(path ?? "")")
        }
        return found.count
    }

    /// Calls the management API.
    /// - Parameter path: behind `/api/`, percent-encoded where needed.
    /// - Throws: `Failure` for an answer that isn't 2xx.
    @discardableResult
    package func management(_ method: String, _ path: String, body: String? = nil) async throws -> Data {
        var arguments = [
            "-sS", "--max-time", "20", "-X", method, "-w", "\n%{http_code}", "-H", "content-type: application/json",
        ]
        if let body { arguments += ["-d", body] }
        arguments.append("\(managementURL)/api/\(path)")
        let (status, output) = try await runProgram("curl", arguments)
        let parts = output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let code = parts.last.map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard status == 0, code.hasPrefix("2") else {
            throw Failure(
                description: "management API: \(method) \(path): curl \(status), HTTP \(code): "
                    + String(decoding: output.prefix(300), as: UTF8.self))
        }
        return Data(parts.dropLast().joined(separator: [UInt8(ascii: "\n")]))
    }

    private struct Connection: Decodable {
        var name: String
        var user_provided_name: String?
        var userProvidedName: String { user_provided_name ?? "" }
    }

    private func connections() async throws -> [Connection] {
        try JSONDecoder().decode([Connection].self, from: await management("GET", "vhosts/\(virtualHost)/connections"))
    }
}

/// Runs `body` with a virtual host of its own and drops it afterwards, also after a failure.
package func withBroker<R>(
    _ body: (BrokerConfiguration, TestBroker) async throws -> R
) async throws -> R {
    let broker = try await TestBroker.fresh()
    do {
        let result = try await body(broker.configuration, broker)
        try await broker.delete()
        return result
    } catch {
        // The test's own failure is the one to show.
        try? await broker.delete()
        throw error
    }
}

/// The same for tests that need the configuration only.
package func withBroker<R>(_ body: (BrokerConfiguration) async throws -> R) async throws -> R {
    try await withBroker { configuration, _ in try await body(configuration) }
}

private func variable(_ name: String) throws -> String {
    guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
        throw TestBroker.Failure(
            description: "\(name) is not set: these tests need a private broker (deploy/local/test starts one)")
    }
    return value
}

/// Runs a program to its end without holding a thread of the cooperative pool.
private func runProgram(_ name: String, _ arguments: [String]) async throws -> (status: Int32, output: Data) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [name] + arguments
    // A file, because a pipe fills up while nobody reads it.
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("test-broker-\(UUID().uuidString)")
    guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
        throw TestBroker.Failure(description: "cannot write \(file.path)")
    }
    defer { unlink(file.path) }
    let handle = try FileHandle(forWritingTo: file)
    process.standardOutput = handle
    process.standardError = handle
    process.standardInput = FileHandle.nullDevice
    let status: Int32 = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do {
            try process.run()
        } catch {
            process.terminationHandler = nil
            continuation.resume(throwing: error)
        }
    }
    try handle.close()
    return (status, try Data(contentsOf: file))
}

import Foundation
import Glibc

/// TLS in front of a `LocalServer`, with an authority of its own, for as long as the test holds it.
///
/// The certificate is made by `openssl` and says `localhost` and 127.0.0.1; the handshakes are Python's.
package final class TLSFront: Sendable {
    package let port: Int
    /// PEM file of the authority that signed the certificate.
    package let caFile: String
    private let folder: String
    private let process: Process
    private let input = Pipe()

    /// What went wrong while it was set up.
    package struct SetupFailed: Error {
        package let step: String
    }

    /// - Parameter protocols: what ALPN offers, such as `h2`; none offers nothing.
    package init(backend: Int, protocols: [String] = []) throws {
        folder = NSTemporaryDirectory() + "triageloop-tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        caFile = folder + "/ca.pem"
        try Self.run(["openssl"] + Self.authority(folder))
        try Self.run(["openssl"] + Self.certificate(folder))
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/tls_front.py"
        process.arguments =
            ["python3", script, folder + "/server.pem", folder + "/server.key", "\(backend)"] + protocols
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            kill(process.processIdentifier, SIGKILL)
            throw SetupFailed(step: "tls_front.py")
        }
        self.port = port
    }

    deinit {
        // A child of one of Dispatch's threads has SIGTERM blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        // Only what this object made; a file left in the temporary folder harms nobody.
        try? FileManager.default.removeItem(atPath: folder)
    }

    package func url(_ target: String, host: String = "127.0.0.1") -> String { "https://\(host):\(port)\(target)" }

    private static func authority(_ folder: String) -> [String] {
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=TriageLoop test authority", "-keyout", folder + "/ca.key", "-out", folder + "/ca.pem",
        ]
    }

    private static func certificate(_ folder: String) -> [String] {
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-addext", "basicConstraints=critical,CA:FALSE", "-CA", folder + "/ca.pem", "-CAkey", folder + "/ca.key",
            "-keyout", folder + "/server.key", "-out", folder + "/server.pem",
        ]
    }

    private static func run(_ command: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw SetupFailed(step: command.joined(separator: " ")) }
    }
}

import FaultServer
package import Foundation
import Synchronization

/// One of the three services as a process of its own, started again on the same ports after a stop or a kill.
package final class ServiceProcess: Sendable {
    /// Why a process is not as it should be.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let name: String
    package let adminPort: Int
    package let logPath: String
    private let environment: [String: String]
    private let executable: String
    private struct State {
        var identifier: pid_t?
        var exit: AsyncStream<Int32>?
        var signals: [Int32] = []
    }
    private let state = Mutex(State())

    /// The folder of the built programs.
    package static func programs() throws -> String {
        guard let bin = ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_BIN"] else {
            throw Failure(description: "TRIAGELOOP_TEST_BIN is not set: run the tests with deploy/local/test")
        }
        return bin
    }

    /// - Parameter executable: another than the built one.
    init(
        name: String, adminPort: Int, environment: [String: String], folder: String, executable: String? = nil
    ) throws {
        self.name = name
        self.adminPort = adminPort
        self.executable = try executable ?? "\(Self.programs())/\(name)"
        guard FileManager.default.isExecutableFile(atPath: self.executable) else {
            throw Failure(description: "\(self.executable) is not there: build the executables first")
        }
        logPath = "\(folder)/\(name).log"
        _ = FileManager.default.createFile(atPath: logPath, contents: nil)
        self.environment = environment.merging(["TRIAGELOOP_ADMIN_PORT": "\(adminPort)"]) { $1 }
    }

    /// The same service with another database, on an admin port of its own.
    package static func pointing(_ other: ServiceProcess, atDatabase url: String) throws -> ServiceProcess {
        try twin(of: other, settings: ["TRIAGELOOP_DATABASE_URL": url])
    }

    /// Another replica of a service, on an admin port of its own; not started.
    /// - Parameters:
    ///   - settings: environment variables in place of the other's.
    ///   - executable: another program than the built one.
    package static func twin(
        of other: ServiceProcess, settings: [String: String] = [:], executable: String? = nil
    ) throws -> ServiceProcess {
        let folder = NSTemporaryDirectory() + "triageloop-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try ServiceProcess(
            name: other.name, adminPort: try LoopbackPort.free(),
            environment: other.environment.merging(settings) { $1 },
            folder: folder, executable: executable)
    }

    /// The signals that ended its earlier lives: proof that a fault hit.
    package var endedBySignals: [Int32] { state.withLock { $0.signals } }
    package var identifier: pid_t? { state.withLock { $0.identifier } }

    /// Everything it has logged so far.
    package var log: String {
        // A log that can't be read has nothing to show.
        (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
    }

    /// Starts the process; it may not be ready on return.
    package func start() throws {
        guard let output = FileHandle(forWritingAtPath: logPath) else {
            throw Failure(description: "\(logPath) can't be written")
        }
        output.seekToEndOfFile()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { [weak self] process in
            let bySignal = process.terminationReason == .uncaughtSignal
            self?.ended(bySignal ? process.terminationStatus : 0)
            continuation.yield(bySignal ? -process.terminationStatus : process.terminationStatus)
            continuation.finish()
        }
        try process.run()
        state.withLock { state in
            state.identifier = process.processIdentifier
            state.exit = stream
        }
    }

    private func ended(_ signal: Int32) {
        state.withLock { state in
            state.identifier = nil
            if signal != 0 { state.signals.append(signal) }
        }
    }

    /// Sends a signal and waits until the process is gone.
    /// - Returns: its exit status; the negative signal when one ended it; `nil` if it wasn't running.
    @discardableResult
    package func end(_ signal: Int32 = SIGTERM) async -> Int32? {
        let (identifier, exit) = state.withLock { ($0.identifier, $0.exit) }
        guard let identifier, let exit else { return nil }
        kill(identifier, signal)
        for await status in exit { return status }
        return nil
    }
}

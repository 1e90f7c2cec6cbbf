import Foundation

/// What one run of `triagectl` said and how it ended.
struct TriageCtlRun: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let status: Int32
    let output: String
    let errors: String

    /// Runs the built executable with nothing in its environment but what is given.
    /// - Parameter folder: where its `output` grows meanwhile; made here and removed at the end.
    init(
        _ arguments: [String], environment: [String: String] = [:],
        folder: URL = URL(fileURLWithPath: NSTemporaryDirectory() + "triagectl-\(UUID().uuidString)")
    ) async throws {
        guard let bin = ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_BIN"] else {
            throw Failure(description: "TRIAGELOOP_TEST_BIN is not set: run the tests with deploy/local/test")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(bin)/triagectl")
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        // Files, because a pipe fills up while nobody reads it.
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let files = ["output", "errors"].map { folder.appendingPathComponent($0) }
        for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        output = try String(contentsOf: files[0], encoding: .utf8)
        errors = try String(contentsOf: files[1], encoding: .utf8)
        try FileManager.default.removeItem(at: folder)
    }

    /// The first word of each line of the output.
    var firstWords: [Substring] {
        output.split(separator: "\n").compactMap { $0.split(separator: " ").first }
    }
}

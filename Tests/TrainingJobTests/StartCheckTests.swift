import Foundation
import TestSupport
import Testing

/// What the machine lacks is a fault of the settings, told before anything runs.
@Suite struct StartCheckTests {
    /// Runs `retraining-trigger --print-config`.
    private func printConfig(_ settings: [String: String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try ServiceProcess.programs() + "/retraining-trigger")
        process.arguments = ["--print-config"]
        process.environment = [
            "PATH": "/usr/bin:/bin", "TRIAGELOOP_DATABASE_URL": "postgresql://triageloop_training@127.0.0.1:1/x",
            "TRIAGELOOP_AMQP_URL": "amqp://guest:guest@127.0.0.1:1/",
        ].merging(settings) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "start-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // the test is over
        try body(folder)
    }

    @Test func `a work folder that can't be made, and a trainer that isn't there, are told together`() throws {
        let run = try printConfig([
            "TRIAGELOOP_TRAINING_WORK_FOLDER": "/proc/nope/work", "TRIAGELOOP_TRAINER": "command",
            "TRIAGELOOP_TRAINER_COMMAND": "/nonexistent/train --fast",
        ])
        #expect(run.status == 78, "\(run.text)")
        #expect(run.text.contains("TRIAGELOOP_TRAINING_WORK_FOLDER") && run.text.contains("/proc/nope can't be made"))
        #expect(run.text.contains("TRIAGELOOP_TRAINER_COMMAND") && run.text.contains("/nonexistent/train, which can't"))
    }

    @Test func `a file in the work folder's place, and a program that may not be run, are faults`() throws {
        try withFolder { folder in
            try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/file"))
            let run = try printConfig([
                "TRIAGELOOP_TRAINING_WORK_FOLDER": folder + "/file", "TRIAGELOOP_TRAINER": "command",
                "TRIAGELOOP_TRAINER_COMMAND": folder + "/file",
            ])
            #expect(run.status == 78, "\(run.text)")
            #expect(run.text.contains("nothing can be written into \(folder)/file"), "\(run.text)")
            #expect(run.text.contains("no file that may be executed"), "\(run.text)")
            let isFolder = try printConfig([
                "TRIAGELOOP_TRAINING_WORK_FOLDER": folder, "TRIAGELOOP_TRAINER": "command",
                "TRIAGELOOP_TRAINER_COMMAND": folder,
            ])
            #expect(isFolder.status == 78 && isFolder.text.contains("no file that may be executed"))
        }
    }

    @Test func `a work folder that can be made is no fault, and isn't made by looking`() throws {
        try withFolder { folder in
            let run = try printConfig(["TRIAGELOOP_TRAINING_WORK_FOLDER": folder + "/a/b"])
            #expect(run.status == 0, "\(run.text)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}

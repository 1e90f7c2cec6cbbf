import Foundation
import TestSupport
import Testing

/// Somebody's program trains: what it is given, what becomes of its faults, and that nothing of it stays.
@Suite struct CommandTrainerTests {
    private static let command = [
        "TRIAGELOOP_TRAINER": "command", "TRIAGELOOP_TRAINER_COMMAND": "FOLDER/train one two",
    ]

    /// Runs one training with this script as the trainer.
    private func train(
        _ script: String, _ settings: [String: String] = [:],
        _ body: (TrainingSystem, (state: String, reason: String)) async throws -> Void
    ) async throws {
        try await TrainingSystem.run(Self.command.merging(settings) { $1 }) { system in
            try system.script("train", script.replacingOccurrences(of: "FOLDER", with: system.folder))
            try await system.giveFeedback()
            try await body(system, try await system.ended())
        }
    }

    @Test func `a program that trains gets an order, and its candidate is registered like any other`() async throws {
        let example = "\(FileManager.default.currentDirectoryPath)/docs/examples/trainer.py"
        let child = try ServiceProcess.programs() + "/retraining-trigger"
        try await train(
            """
            echo "$@" >FOLDER/arguments
            env >FOLDER/environment
            exec python3 '\(example)' --trainer '\(child)' "$@"
            """, ["TRIAGELOOP_TRAINER_ENVIRONMENT": "TRIAGELOOP_ADMIN_PORT", "TRIAGELOOP_MLFLOW_TOKEN": "s3cret"]
        ) { system, end in
            #expect(end.state == "champion", "\(end.reason)")
            let versions = try await system.trainedVersions()
            #expect(versions == 1)
            let arguments = system.text(of: "arguments").split(separator: " ").map(String.init)
            #expect(arguments.prefix(2) == ["one", "two"])
            #expect(
                arguments.filter { $0.hasPrefix("--") }
                    == ["--snapshot", "--base", "--version", "--created-at", "--out"])
            let environment = system.text(of: "environment")
            #expect(environment.contains("TRIAGELOOP_TRAINING_ID="))
            #expect(environment.contains("TRIAGELOOP_CORRELATION_ID="))
            #expect(environment.contains("TRIAGELOOP_ADMIN_PORT="))
            #expect(!environment.contains("postgres") && !environment.contains("s3cret"))
            let log = try system.service.log
            #expect(log.contains("examples read 50 %"))
        }
    }

    @Test(arguments: [
        (
            "echo no luck >&2; exit 3", "failed",
            "3 attempts, the last one while training: train ended with code 3: no luck"
        ),
        ("kill -9 $$", "failed", "3 attempts, the last one while training: train died of signal 9"),
        ("echo too few >&2; exit 65", "rejected", "train ended with code 65: too few"),
        ("exit 0", "rejected", "the trainer wrote no candidate"),
        (#"for i; do last=$i; done; echo garbage >"$last""#, "rejected", "the candidate can't be loaded"),
        (#"for i; do last=$i; done; cp "$6" "$last""#, "rejected", "the candidate says that it is base-"),
        (
            #"for i; do last=$i; done; truncate -s 2M "$last""#, "rejected",
            "the candidate is no file of at most 1048576 bytes, but 2097152"
        ),
        ("echo password=hunter2secret; exit 65", "rejected", "train ended with code 65: password=***"),
        ("echo first; yes | head -c 50000000; echo; echo last; exit 65", "rejected", "train ended with code 65: y | y"),
    ])
    func `a program that fails is a reason`(script: String, state: String, reason: String) async throws {
        try await train(script, ["TRIAGELOOP_TRAINING_CANDIDATE_MEGABYTES": script.contains("truncate") ? "1" : "256"])
        {
            system, end in
            #expect(end.state == state)
            #expect(end.reason.hasPrefix(reason), "\(end.reason)")
            #expect(end.reason.count < 2_000)
            let versions = try await system.trainedVersions()
            #expect(versions == 0)
        }
    }

    @Test func `what takes too long is ended with all that it has started`() async throws {
        try await TrainingSystem.run(Self.command.merging(["TRIAGELOOP_TRAINING_TIMEOUT": "2s"]) { $1 }) { system in
            let program = try HeldProgram("train", in: system, then: "exit 65")
            try await system.giveFeedback()
            let processes = try await program.waits()
            #expect(processes.count == 2)
            try program.release()
            let end = try await system.ended()
            #expect(end.state == "rejected")
            #expect(try system.service.log.contains("took longer than 2 s"))
            // They have been told; one that isn't ours to wait for may be gone a moment later.
            for process in processes { try await eventually("\(process) is gone") { !isAlive(process) } }
        }
    }

    @Test func `a service that is stopped takes its program along, and blames nobody`() async throws {
        try await TrainingSystem.run(Self.command) { system in
            let child = try ServiceProcess.programs() + "/retraining-trigger"
            let program = try HeldProgram("train", in: system, then: "shift 2; exec '\(child)' train-child \"$@\"")
            try await system.giveFeedback()
            let processes = try await program.waits()
            try program.release()
            #expect(try await system.service.end(SIGTERM) == 0)
            // They have been told; one that isn't ours to wait for may be gone a moment later.
            for process in processes { try await eventually("\(process) is gone") { !isAlive(process) } }
            try await system.restart()
            #expect(try await system.ended().state == "champion")
            #expect(try await system.count("SELECT attempts::int8 FROM training.trainings") == 0)
        }
    }
}

import Contracts
import Foundation
import Postgres
import TestSupport

/// retraining-trigger as a process of its own, fed through its database.
struct TrainingSystem: Sendable {
    /// Enough to train on.
    static let feedback = 40

    let system: RunningSystem
    /// Of the superuser.
    let pool: DatabasePool
    /// For programs and what they leave.
    let folder: String

    /// Runs `body` with the service ready, and ends it afterwards.
    static func run(_ settings: [String: String] = [:], _ body: (TrainingSystem) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "training-jobs-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // the test is over
        let all = [
            "TRIAGELOOP_TRAINING_MINIMUM_FEEDBACK": "\(feedback)", "TRIAGELOOP_TRAINING_COOLDOWN": "0s",
        ].merging(settings.mapValues { $0.replacingOccurrences(of: "FOLDER", with: folder) }) { $1 }
        // The program must be there when the service starts; what it does comes later.
        if settings["TRIAGELOOP_TRAINER_COMMAND"]?.hasPrefix("FOLDER/train") ?? false {
            try write("exit 99", to: folder + "/train")
        }
        try await RunningSystem.run(settings: all, starting: [.retrainingTrigger]) { system in
            try await system.database.withPool(poolSize: 4) { pool in
                try await body(TrainingSystem(system: system, pool: pool, folder: folder))
            }
        }
    }

    var service: ServiceProcess { get throws { try system.service(.retrainingTrigger) } }

    /// Writes an executable shell script into the folder.
    func script(_ name: String, _ text: String) throws { try Self.write(text, to: "\(folder)/\(name)") }

    /// At once, also over a script that is there already.
    private static func write(_ text: String, to path: String) throws {
        try Data("#!/bin/sh\n\(text)\n".utf8).write(to: URL(fileURLWithPath: path + ".new"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path + ".new")
        guard rename(path + ".new", path) == 0 else {
            throw ServiceProcess.Failure(description: "\(path) can't be written: errno \(errno)")
        }
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    func text(of name: String) -> String {
        // A file that isn't there has no text.
        (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
    }

    /// Enough corrections of a team that has a category which the shipped model doesn't know.
    func giveFeedback() async throws {
        let subjects = ["invoice", "refund", "payment", "receipt", "tax rate", "credit card"]
        let customers = ["a reseller", "the school", "our largest client", "a new shop", "the museum"]
        let wishes = ["is charged twice", "shows the wrong amount", "has no number", "is late again"]
        let fields = [
            JudgedField(
                field: .category, value: .text("billing"), provenance: .corrected, suggested: .text("bug"),
                confidence: 0.4)
        ]
        let json = JSONB(try ContractJSON.encode(fields))
        _ = try await pool.transaction(
            (0..<Self.feedback).map { number in
                let title =
                    "The \(subjects[number % 6]) of \(customers[number % 5]) \(wishes[number % 4]), case \(number)"
                return Statement(
                    """
                    INSERT INTO training.feedback (event_id, feedback_id, task_id, tenant, project, author, title, body,
                        revision, judged_by, fields, model_version, correlation_id, event_time, task_created_at)
                    VALUES ($1, $2, $3, 'default', 'shop', 'ada', $4, '', 1, 'mia', $5, 'base-1', 'c', now(), now())
                    """, [Identifier().uuid, Identifier().uuid, Identifier().uuid, title, json])
            })
    }

    /// Kills the service where it stands, and starts it again as if its lease had run out meanwhile.
    func killAndRestart() async throws {
        let status = try await service.end(SIGKILL)
        guard status == -SIGKILL else {
            throw ServiceProcess.Failure(description: "it ended by itself: \(status ?? 0)")
        }
        try await restart()
    }

    func restart() async throws {
        try await pool.execute("UPDATE training.trainings SET lease_until = now() - interval '1 second'")
        try await pool.execute("UPDATE registry.mlflow_versions SET due_at = now() WHERE shown_at IS NULL")
        try service.start()
        try await system.waitUntilReady(.retrainingTrigger)
    }

    func count(_ sql: String) async throws -> Int { try await pool.query(sql).one().decode(at: 0) }

    func string(_ sql: String) async throws -> String? { try await pool.query(sql).one().decode(at: 0) }

    /// State and reason of the only training, once it is over.
    func ended(within limit: Duration = .seconds(60)) async throws -> (state: String, reason: String) {
        try await eventually("the training is over", within: limit) {
            try await count(
                "SELECT count(*) FROM training.trainings WHERE state IN ('champion', 'rejected', 'failed')") == 1
        }
        let row = try await pool.query("SELECT state, reason FROM training.trainings").one()
        return (try row.decode(at: 0), try row.decode(at: 1))
    }

    /// Versions in the registry beside the shipped one.
    func trainedVersions() async throws -> Int {
        try await count("SELECT count(*) FROM registry.models WHERE training_id IS NOT NULL")
    }
}

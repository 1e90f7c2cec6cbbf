import Contracts
import CurlHTTP
import FaultServer
import Foundation
import Logging
import MLflowSupport
import Postgres
import Synchronization
import TestSupport
import Testing

/// A real Ray, started by `deploy/local/ray`; `TRIAGELOOP_TEST_RAY_URL` names it.
private let rayURL = ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_RAY_URL"]

/// Trainings as jobs of a real Ray.
@Suite(
    .serialized,
    .enabled(if: rayURL != nil, "SKIPPED: TRIAGELOOP_TEST_RAY_URL names no cluster (deploy/local/live-ray)"))
struct RayLiveTests {
    private func settings(_ url: String? = rayURL, command: String? = nil) throws -> [String: String] {
        let child = try ServiceProcess.programs() + "/retraining-trigger train-child"
        return [
            "TRIAGELOOP_TRAINER": "ray", "TRIAGELOOP_RAY_URL": url ?? "", "TRIAGELOOP_RAY_COMMAND": command ?? child,
            "TRIAGELOOP_RAY_POLL": "200ms",
        ]
    }

    /// The jobs of the system's only training.
    private func jobs(of system: TrainingSystem) async throws -> [JSONValue] {
        let id = try #require(try await system.string("SELECT id::text FROM training.trainings"))
        let response = try await system.system.http.execute(
            HTTPRequest(url: "\(rayURL ?? "")/api/jobs/"), deadline: .seconds(60))
        return try ContractJSON.decode(JSONValue.self, from: response.body).elements.filter {
            $0["metadata"]?["training"]?.stringValue == id
        }
    }

    @Test func `a job trains a version, which is registered like any other`() async throws {
        try await TrainingSystem.run(try settings()) { system in
            try await system.giveFeedback()
            let end = try await system.ended(within: .seconds(120))
            #expect(end.state == "champion", "\(end.reason)")
            #expect(try await system.trainedVersions() == 1)
            let jobs = try await jobs(of: system)
            #expect(jobs.map { $0["status"]?.stringValue } == ["SUCCEEDED"])
            // Its lineage names the snapshot, wherever it was trained.
            let lineage = try await system.string("SELECT snapshot_sha256 FROM training.trainings")
            let artifact: [UInt8] = try await system.pool.query(
                "SELECT artifact FROM registry.models WHERE training_id IS NOT NULL"
            ).one().decode(at: 0)
            #expect(String(decoding: artifact.prefix(10_000), as: UTF8.self).contains(try #require(lineage)))
        }
    }

    @Test func `killed while the job runs, the service finds it again: one job, one version`() async throws {
        try await TrainingSystem.run(try settings(command: "FOLDER/train")) { system in
            let child = try ServiceProcess.programs() + "/retraining-trigger"
            let program = try HeldProgram("train", in: system, then: "kill $!; exec '\(child)' train-child \"$@\"")
            try await system.giveFeedback()
            let processes = try await program.waits()
            try program.release()
            try await system.killAndRestart()
            // The job is Ray's, and goes on.
            #expect(processes.allSatisfy(isAlive))
            try await eventually("the job is found again", within: .seconds(30)) {
                try system.service.log.contains("is there already")
            }
            program.letGo()
            #expect(try await system.ended(within: .seconds(120)).state == "champion")
            #expect(try await system.trainedVersions() == 1)
            #expect(try await jobs(of: system).count == 1)
        }
    }

    @Test func `while Ray is away the training waits, says why, and nothing else does`() async throws {
        let isAway = Flag()
        let proxy = try FaultyProxy(upstream: rayURL ?? "") { _, _ in isAway.isSet ? .refuse : .pass }
        try await TrainingSystem.run(try settings(proxy.url)) { system in
            try await system.giveFeedback()
            try await eventually("health says it", within: .seconds(30)) {
                let health = try await system.system.http.execute(
                    HTTPRequest(url: "http://127.0.0.1:\(try system.service.adminPort)/health"), deadline: .seconds(5))
                return String(decoding: health.body, as: UTF8.self).contains("Ray is away: status 503")
            }
            try await system.system.waitUntilReady(.retrainingTrigger)
            #expect(try await system.string("SELECT state FROM training.trainings") == "training")
            isAway.clear()
            #expect(try await system.ended(within: .seconds(120)).state == "champion")
            #expect(try await system.count("SELECT attempts::int8 FROM training.trainings") == 0)
        }
    }

    @Test func `a job that fails is a reason, and one that blames the data ends the training`() async throws {
        try await TrainingSystem.run(try settings(command: "FOLDER/train")) { system in
            try system.script(
                "train",
                """
                if [ -e '\(system.folder)/once' ]; then echo 'too few' >&2; exit 65; fi
                touch '\(system.folder)/once'
                echo no luck, password=hunter2secret >&2
                exit 3
                """)
            try await system.giveFeedback()
            let end = try await system.ended(within: .seconds(120))
            #expect(end.state == "rejected" && end.reason.contains("too few"), "\(end)")
            let log = try system.service.log
            #expect(log.contains("no luck, password=***") && !log.contains("hunter2secret"))
            #expect(try await jobs(of: system).count == 2)
        }
    }

    @Test func `a job that takes too long is stopped`() async throws {
        let limit = ["TRIAGELOOP_TRAINING_TIMEOUT": "20s"]
        try await TrainingSystem.run(try settings(command: "FOLDER/train").merging(limit) { $1 }) { system in
            let program = try HeldProgram("train", in: system, then: "exit 65")
            try await system.giveFeedback()
            let processes = try await program.waits()
            try program.release()
            #expect(try await system.ended(within: .seconds(120)).state == "rejected")
            #expect(try system.service.log.contains("the job took longer than 20 s"))
            let states = Set(try await jobs(of: system).compactMap { $0["status"]?.stringValue })
            #expect(states == ["FAILED", "STOPPED"])
            try await eventually("the program is gone") { !isAlive(processes[0]) }
        }
    }
}

/// Up until it is cleared.
private final class Flag: Sendable {
    private let value = Atomic(true)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func clear() { value.store(false, ordering: .relaxed) }
}

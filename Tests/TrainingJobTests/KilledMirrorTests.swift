import Contracts
import FaultServer
import Foundation
import MLflowSupport
import Postgres
import RetrainingTriggerMLflow
import Synchronization
import TestSupport
import Testing

/// kill -9 between any two calls to MLflow.
@Suite(.enabled(if: MLflowServer.url != nil, Comment(rawValue: MLflowServer.missing)))
struct KilledMirrorTests {
    @Test(arguments: [("exit 65", "KILLED", "train ended with code 65"), ("exit 3", "FAILED", "3 attempts")])
    func `a training that made no version is shown with the reason, once`(end: String, status: String, reason: String)
        async throws
    {
        let configuration = MLflowServer.configuration()
        let settings = [
            "TRIAGELOOP_MLFLOW_URL": configuration.url, "TRIAGELOOP_MLFLOW_MODEL": configuration.model,
            "TRIAGELOOP_MLFLOW_EXPERIMENT": configuration.experiment, "TRIAGELOOP_TRAINER": "command",
            "TRIAGELOOP_TRAINER_COMMAND": "FOLDER/train",
        ]
        try await TrainingSystem.run(settings) { system in
            try system.script("train", end)
            try await system.giveFeedback()
            _ = try await system.ended()
            let shown = "SELECT count(*) FROM registry.mlflow_trainings WHERE shown_at IS NOT NULL"
            try await eventually("it is shown", within: .seconds(60)) { try await system.count(shown) == 1 }
            // Whatever is forgotten here, MLflow knows it.
            try await system.pool.execute("UPDATE registry.mlflow_trainings SET shown_at = NULL")
            try await system.killAndRestart()
            try await system.pool.execute("UPDATE registry.mlflow_trainings SET due_at = now()")
            try await eventually("it is shown again", within: .seconds(60)) { try await system.count(shown) == 1 }
            let probe = MLflowProbe(url: configuration.url)
            let id = try await system.string("SELECT id::text FROM training.trainings")
            let runs = try await probe.runs(in: configuration.experiment).filter {
                $0["data"]?["tags"]?.value(of: "triageloop.training_id")?.stringValue == id
            }
            #expect(runs.map { $0["info"]?["status"]?.stringValue } == [status])
            let said = runs.first?["data"]?["tags"]?.value(of: "mlflow.note.content")?.stringValue
            #expect(said?.hasPrefix(reason) == true, "\(said ?? "")")
            #expect(try await probe.versions(of: configuration.model).count == 1)
        }
    }

    @Test func `killed after each call in turn, it shows each version once`() async throws {
        let configuration = MLflowServer.configuration()
        let calls = Calls()
        // What MLflow has done, and nobody hears of: once for each call.
        let proxy = try FaultyProxy(upstream: configuration.url) { _, request in
            guard calls.hasBegun else { return .refuse }
            return calls.isNew(request) ? .loseAnswerAfter(calls.tell) : .pass
        }
        let settings = [
            "TRIAGELOOP_MLFLOW_URL": proxy.url, "TRIAGELOOP_MLFLOW_MODEL": configuration.model,
            "TRIAGELOOP_MLFLOW_EXPERIMENT": configuration.experiment,
        ]
        try await TrainingSystem.run(settings) { system in
            try await system.giveFeedback()
            #expect(try await system.ended().state == "champion")
            calls.begin()
            try await system.killAndRestart()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in calls.told { try await system.killAndRestart() }
                }
                group.addTask {
                    try await eventually("both versions are shown", within: .seconds(240)) {
                        let shown = "SELECT count(*) FROM registry.mlflow_versions WHERE shown_at IS NOT NULL"
                        return try await system.count(shown) == 2
                    }
                    try await MLflowAway.shows(
                        configuration.model, of: system, MLflowProbe(url: configuration.url))
                }
                // Only the second ends by itself, or one of them by an error.
                try await group.next()
                group.cancelAll()
            }
            let kills = try system.service.endedBySignals
            print("killed after \(kills.count) calls of \(calls.names.count) different ones")
            #expect(kills.allSatisfy { $0 == SIGKILL } && kills.count >= 20)
            for call in ["runs/create", "log-batch", "artifacts/", "model-versions/create", "runs/update", "alias"] {
                #expect(calls.names.contains { $0.contains(call) }, "never killed after \(call)")
            }
        }
    }
}

/// Which calls there were.
private final class Calls: Sendable {
    private let seen = Mutex<Set<String>>([])
    private let isOn = Atomic(false)
    let told: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (told, continuation) = AsyncStream.makeStream() }

    var hasBegun: Bool { isOn.load(ordering: .relaxed) }

    func begin() { isOn.store(true, ordering: .relaxed) }

    var names: Set<String> { seen.withLock { $0 } }

    /// The first with this address and body; each process has its own order of a body's members.
    func isNew(_ request: LocalServer.Request) -> Bool {
        let name = "\(request.method) \(request.target) \(request.body.sorted().hashValue)"
        return seen.withLock { $0.insert(name).inserted }
    }

    @Sendable func tell() { continuation.yield() }
}

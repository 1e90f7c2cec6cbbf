import Contracts
import FaultServer
import Foundation
import MLflowSupport
import Postgres
import RetrainingTriggerMLflow
import Synchronization
import TestSupport
import Testing

/// kill -9 at each step of a training, with MLflow away meanwhile: one version in the end, here and there.
@Suite(.enabled(if: MLflowServer.url != nil, Comment(rawValue: MLflowServer.missing)))
struct KilledTrainingTests {
    /// Any number that nothing else locks.
    private static let lock = 4_711

    /// The work of the state is done, its transaction has begun, and there the service dies.
    @Test(arguments: ["queued", "snapshotting", "validating", "training", "evaluating", "registering"])
    func `killed at the end of a state, it repeats the state`(state: String) async throws {
        try await MLflowAway.run { system, mlflow in
            try await hold(leaving: state, in: system)
            try await system.pool.transaction { transaction in
                _ = try await transaction.query("SELECT pg_advisory_xact_lock($1)", [Self.lock])
                try await system.giveFeedback()
                try await eventually("the training wants to leave \(state)", within: .seconds(60)) {
                    // Of all databases of the server.
                    try await system.count(
                        """
                        SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
                        WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted
                            AND objid = \(Self.lock)
                        """) == 1
                }
                #expect(try await system.service.end(SIGKILL) == -SIGKILL)
            }
            // What its connection still did is rolled back.
            #expect(try await system.string("SELECT state FROM training.trainings") == state)
            try await system.restart()
            #expect(try await system.ended().state == "champion")
            // A training that is queued is nobody's yet but its owner's, who counts as lost, too.
            #expect(try await system.count("SELECT attempts::int8 FROM training.trainings") == 1)
            try await mlflow.isBackAndShowsOneVersion(of: system)
        }
    }

    @Test func `killed while a program trains, the program goes, and another trains`() async throws {
        let settings = ["TRIAGELOOP_TRAINER": "command", "TRIAGELOOP_TRAINER_COMMAND": "FOLDER/train"]
        try await MLflowAway.run(settings) { system, mlflow in
            let child = try ServiceProcess.programs() + "/retraining-trigger"
            let program = try HeldProgram("train", in: system, then: "exec '\(child)' train-child \"$@\"")
            try await killed(in: program, of: system)
            try await mlflow.isBackAndShowsOneVersion(of: system)
        }
    }

    @Test func `killed while a snapshot is taken on, it is taken on again`() async throws {
        try await MLflowAway.run(["TRIAGELOOP_SNAPSHOT_COMMAND": "FOLDER/load"]) { system, mlflow in
            let program = try HeldProgram("load", in: system, then: "exit 0")
            try await killed(in: program, of: system)
            try await mlflow.isBackAndShowsOneVersion(of: system)
        }
    }

    private func killed(in program: HeldProgram, of system: TrainingSystem) async throws {
        try await system.giveFeedback()
        let processes = try await program.waits()
        #expect(processes.count == 2 && processes.allSatisfy(isAlive))
        try program.release()
        try await system.killAndRestart()
        try await eventually("all of the program is gone") { !processes.contains(where: isAlive) }
        #expect(try await system.ended().state == "champion")
        #expect(try await system.count("SELECT attempts::int8 FROM training.trainings") == 1)
    }

    /// The owner is stopped in its work, another replica takes over and ends it, and then the first goes on.
    @Test func `an owner that comes back finds its training done, and adds nothing`() async throws {
        let settings = ["TRIAGELOOP_TRAINER": "command", "TRIAGELOOP_TRAINER_COMMAND": "FOLDER/train"]
        try await MLflowAway.run(settings) { system, mlflow in
            let child = try ServiceProcess.programs() + "/retraining-trigger"
            let program = try HeldProgram("train", in: system, then: "exec '\(child)' train-child \"$@\"")
            try await system.giveFeedback()
            _ = try await program.waits()
            try program.release()
            let owner = try #require(try system.service.identifier)
            kill(owner, SIGSTOP)
            defer { kill(owner, SIGCONT) }
            try await system.pool.execute("UPDATE training.trainings SET lease_until = now() - interval '1 second'")
            try await system.system.withTwin(of: .retrainingTrigger) { _ in
                #expect(try await system.ended().state == "champion")
                let ended = try await system.string("SELECT changed_at::text FROM training.trainings")
                program.letGo()
                kill(owner, SIGCONT)
                try await eventually("the first owner has noticed", within: .seconds(30)) {
                    try system.service.log.contains("another replica has this training now")
                }
                #expect(try await system.string("SELECT changed_at::text FROM training.trainings") == ended)
                #expect(try await system.count("SELECT generation FROM registry.serving") == 2)
            }
            try await mlflow.isBackAndShowsOneVersion(of: system)
        }
    }

    /// Each transaction that leaves this state waits for the lock.
    private func hold(leaving state: String, in system: TrainingSystem) async throws {
        try await system.pool.execute(
            """
            CREATE FUNCTION training.hold() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF OLD.state = '\(state)' AND NEW.state <> OLD.state THEN
                    PERFORM pg_advisory_xact_lock(\(Self.lock));
                END IF;
                RETURN NEW;
            END $$
            """)
        try await system.pool.execute(
            """
            CREATE TRIGGER hold BEFORE UPDATE ON training.trainings FOR EACH ROW EXECUTE FUNCTION training.hold()
            """)
    }
}

/// A real MLflow that can't be reached until the test says so.
struct MLflowAway {
    private let configuration: String
    private let probe: MLflowProbe
    private let isAway: Away
    private let proxy: FaultyProxy

    private final class Away: Sendable {
        let value = Atomic(true)
        let refused = Atomic(0)
    }

    static func run(
        _ settings: [String: String] = [:], _ body: (TrainingSystem, MLflowAway) async throws -> Void
    ) async throws {
        let configuration = MLflowServer.configuration()
        let away = Away()
        let proxy = try FaultyProxy(upstream: configuration.url) { _, _ in
            guard away.value.load(ordering: .relaxed) else { return .pass }
            away.refused.add(1, ordering: .relaxed)
            return .refuse
        }
        let mlflow = MLflowAway(
            configuration: configuration.model, probe: MLflowProbe(url: configuration.url), isAway: away, proxy: proxy)
        let all = settings.merging([
            "TRIAGELOOP_MLFLOW_URL": proxy.url, "TRIAGELOOP_MLFLOW_MODEL": configuration.model,
            "TRIAGELOOP_MLFLOW_EXPERIMENT": configuration.experiment,
        ]) { $1 }
        try await TrainingSystem.run(all) { try await body($0, mlflow) }
    }

    /// MLflow is reachable from now on; the service is killed once more, so that it doesn't wait for its next attempt.
    func isBackAndShowsOneVersion(of system: TrainingSystem) async throws {
        let wasRefused = isAway.refused.load(ordering: .relaxed) > 0
        #expect(wasRefused)
        #expect(try await system.trainedVersions() == 1)
        #expect(try await system.count("SELECT count(*) FROM registry.mlflow_versions WHERE shown_at IS NOT NULL") == 0)
        isAway.value.store(false, ordering: .relaxed)
        try await system.killAndRestart()
        try await Self.shows(configuration, of: system, probe)
    }

    /// One run and one version for the shipped model and one for what was trained, with all that belongs to it.
    static func shows(_ name: String, of system: TrainingSystem, _ probe: MLflowProbe) async throws {
        try await eventually("both versions are shown, and the alias has moved", within: .seconds(60)) {
            let shown = "SELECT count(*) FROM registry.mlflow_versions WHERE shown_at IS NOT NULL"
            guard try await system.count(shown) == 2 else { return false }
            return try await probe.alias("champion", of: name) == "2"
        }
        #expect(try await probe.versions(of: name).count == 2)
        let runs = try await probe.runs(in: name)
        #expect(runs.count == 2)
        let row = try await system.pool.query(
            "SELECT candidate_version, snapshot_sha256, correlation_id FROM training.trainings"
        ).one()
        let version: String = try row.decode(at: 0)
        let run = try #require(runs.first { $0["info"]?["run_name"]?.stringValue == version })
        #expect(run["info"]?["status"]?.stringValue == "FINISHED")
        let data = try #require(run["data"])
        #expect(data["tags"]?.value(of: "triageloop.snapshot_sha256")?.stringValue == (try row.decode(at: 1)))
        #expect(data["tags"]?.value(of: "triageloop.correlation_id")?.stringValue == (try row.decode(at: 2)))
        #expect(data["params"]?.value(of: "version")?.stringValue == version)
        #expect(data["metrics"]?.value(of: "trained_on") != nil)
        let id = try #require(run["info"]?["run_id"]?.stringValue)
        for (folder, file) in [("model", "model/\(version).triagemodel"), ("snapshot", "snapshot/manifest.json")] {
            let files = try await probe.get("mlflow/artifacts/list?run_id=\(id)&path=\(folder)")["files"]?.elements
            #expect(files?.compactMap { $0["path"]?.stringValue } == [file])
        }
    }
}

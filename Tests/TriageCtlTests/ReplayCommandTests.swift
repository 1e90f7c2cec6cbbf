import Contracts
import FaultServer
import Foundation
import Postgres
import TestSupport
import Testing

/// `triagectl replay` with the real services.
@Suite struct ReplayCommandTests {
    private static let tasks = 3_000

    @Test func `a replay is exact although both services are killed in the middle, and prints what would differ`()
        async throws
    {
        // Small chunks, one under way: long enough to be killed in.
        let settings = ["TRIAGELOOP_REPLAY_CHUNK_BYTES": "4096", "TRIAGELOOP_REPLAY_WINDOW": "2"]
        try await RunningSystem.run(settings: settings, starting: [.taskAPI, .aiAnalyzer]) { system in
            try await Self.prepare(system, artifact: "artifact")
            let environment = ["TRIAGELOOP_API_URL": system.url]
            async let running = TriageCtlRun(
                ["replay", "--candidate", "m-1", "--since", "1d", "--show", "1000", "--json"], environment: environment)
            for name in [ServiceName.aiAnalyzer, .taskAPI] {
                let before = try await Self.answered(system)
                try await eventually("some chunks are answered") { try await Self.answered(system) > before }
                #expect(try await Self.answered(system) < Self.tasks, "too fast to be killed in the middle")
                _ = try await system.service(name).end(SIGKILL)
                try system.service(name).start()
                try await system.waitUntilReady(name)
            }
            // Its command may have met task-api dead; the replay goes on without it.
            _ = try await running
            try await eventually("the replay is done", within: .seconds(120)) {
                try await Self.text(system, "SELECT state FROM task.replays") == "done"
            }
            let id = try await Self.text(system, "SELECT id::text FROM task.replays")
            // Enough to have some of each: ids keep the order of their making, but not within a quarter of a microsecond.
            let run = try await TriageCtlRun(["replay", "show", id, "--show", "12"], environment: environment)
            #expect(run.status == 0, "\(run.errors)")
            let words = run.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            // What is shown is no label of any model: everything differs; by the number a third each.
            #expect(
                words.contains(["category", "3000", "3000", "(100", "%)", "0", "1000", "1000", "1000"]), "\(run.output)"
            )
            #expect(run.output.contains("1000 of the lost: a person accepted what was shown"))
            #expect(run.output.contains("and 2988 more: --show, up to 1,000"))
            #expect(words.contains { $0.count > 5 && $0[1] == "category" && $0[2] == "zebra" && $0[4] == "-" })
            #expect(words.contains { $0.count > 5 && $0[2] == "zebra" && $0[4] == "zebra" && $0[5] == "lost" })
        }
    }

    @Test func `a version that is corrupt is a clear end, and live tasks go on`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            try await Self.prepare(system, artifact: "substring(artifact for 1000)", tasks: 5)
            let environment = ["TRIAGELOOP_API_URL": system.url]
            let run = try await TriageCtlRun(
                ["replay", "--candidate", "m-1", "--since", "1d"], environment: environment)
            #expect(run.status == 1)
            #expect(run.errors.contains("the replay failed: m-1 can't be loaded: "), "\(run.errors)")
            _ = try await system.database.withPool { pool in
                try await pool.execute("DELETE FROM registry.models WHERE version = 'm-1'")
            }
            let missing = try await TriageCtlRun(
                ["replay", "--candidate", "m-1", "--since", "1d"], environment: environment)
            #expect(missing.errors.contains("m-1 is not in the registry"), "\(missing.errors)")
            let task = try await TriageCtlRun(["tasks", "create", "It crashes"], environment: environment)
            let id = try #require(task.firstWords.first.flatMap { Identifier(String($0)) })
            #expect(try await system.analysed(id).analysis?.rung == .embedded)
        }
    }

    @Test(arguments: [["--since", "yesterday"], ["--since", "-3d"], ["--since", "1d", "--show", "1001"]])
    func `wrong usage is told before anything is asked`(arguments: [String]) async throws {
        let run = try await TriageCtlRun(
            ["replay", "--candidate", "m-1"] + arguments,
            environment: ["TRIAGELOOP_API_URL": "http://127.0.0.1:\(try LoopbackPort.free())"])
        #expect(run.status == 64, "\(run.errors)")
    }

    /// A version whose artifact is made of the shipped one's, and tasks that were shown as zebras: a third was accepted, a
    /// third corrected to lions.
    private static func prepare(_ system: RunningSystem, artifact: String, tasks: Int = tasks) async throws {
        let bin = try #require(ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_BIN"])
        let base = try Data(
            contentsOf: URL(fileURLWithPath: bin + "/TriageLoop_TriageModel.resources/base.triagemodel"))
        _ = try await system.database.withPool { pool in
            try await pool.transaction([
                Statement(
                    """
                    INSERT INTO registry.models (version, state, sha256, artifact, metrics)
                    SELECT 'm-1', 'candidate', 'x', \(artifact), '{}' FROM (SELECT $1::bytea AS artifact) AS base
                    """, [Array(base)]),
                Statement("INSERT INTO task.models (version, metrics, registered_at) VALUES ('m-1', '{}', now())", []),
                Statement(
                    """
                    INSERT INTO task.tasks (id, tenant, project, author, title, body, status, fields, analysis,
                        correlation_id, created_at, updated_at)
                    SELECT id, 'default', 'shop', 'ada', 'Crash in part ' || number, repeat('It fails again. ', 20),
                        'analysed', CASE number % 3
                            WHEN 0 THEN '{"category":{"value":"zebra","source":"accepted","user":"mia","at":"2026-01-01T00:00:00Z"}}'
                            WHEN 1 THEN '{"category":{"value":"lion","source":"corrected","user":"mia","at":"2026-01-01T00:00:00Z"}}'
                            ELSE '{}' END::jsonb,
                        '{"category":{"value":"zebra"}}', 'c', now(), now()
                    FROM unnest($1::uuid[]) WITH ORDINALITY AS new (id, number)
                    """, [(0..<tasks).map { _ in Identifier().uuid }]),
            ])
        }
    }

    private static func answered(_ system: RunningSystem) async throws -> Int {
        Int(try await text(system, "SELECT coalesce(sum(tasks_answered), 0)::text FROM task.replays")) ?? 0
    }

    private static func text(_ system: RunningSystem, _ sql: String) async throws -> String {
        try await system.database.withPool { pool in try await pool.query(sql).one().decode(at: 0) }
    }
}

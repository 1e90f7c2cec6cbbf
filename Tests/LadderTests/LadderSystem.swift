import Contracts
import FaultServer
import Foundation
import Postgres
import TestSupport
import Testing

/// Tests with the real programs, one at a time: each runs several processes.
@Suite(.serialized) enum ProgramTests {}

/// task-api and ai-analyzer as processes, with a remote model.
struct LadderSystem: Sendable {
    let system: RunningSystem
    let pool: DatabasePool
    let providersFile: TemporaryFile

    var analyzer: ServiceProcess { get throws { try system.service(.aiAnalyzer) } }

    /// Runs `body` while both run.
    /// - Parameter providers: the providers file; nil for none.
    static func run(
        providers: String?, _ settings: [String: String] = [:], _ body: (LadderSystem) async throws -> Void
    ) async throws {
        let file = try TemporaryFile(providers ?? "")
        var environment: [String: String] = [:]
        if providers != nil { environment["TRIAGELOOP_PROVIDERS_FILE"] = file.path }
        for (key, value) in settings { environment["TRIAGELOOP_" + key] = value }
        try await RunningSystem.run(settings: environment, starting: [.taskAPI, .aiAnalyzer]) { system in
            try await system.database.withPool { pool in
                try await body(LadderSystem(system: system, pool: pool, providersFile: file))
            }
        }
    }

    /// Creates tasks, all at once; their ids in no order.
    @discardableResult
    func create(
        _ count: Int, title: @escaping @Sendable (Int) -> String = { "Task \($0 + 1_000) crashes" }
    ) async throws -> [Identifier] {
        try await withThrowingTaskGroup(of: Identifier.self) { group in
            for number in 0..<count { group.addTask { try await system.create(title(number)).id } }
            var ids: [Identifier] = []
            for try await id in group { ids.append(id) }
            return ids
        }
    }

    func count(_ sql: String) async throws -> Int { try await pool.query(sql).one().decode(at: 0) }

    func text(_ sql: String) async throws -> String? { try await pool.query(sql).one().decode(at: 0) }

    /// Tasks that task-api shows with this rung.
    func shown(_ rung: String, degraded: Bool) async throws -> Int {
        try await count(
            """
            SELECT count(*) FROM task.tasks
            WHERE analysis->>'rung' = '\(rung)' AND (analysis->>'degraded')::boolean = \(degraded)
            """)
    }

    /// Tokens that count against the tenant's day.
    func tokens() async throws -> Int {
        try await count("SELECT coalesce(sum(tokens), 0)::int8 FROM analysis.budget_usage WHERE user_id = ''")
    }

    /// How many tasks have how many analyses told, as `12 with 1`.
    func completions() async throws -> String? {
        try await text(
            """
            SELECT string_agg(tasks || ' with ' || told, ', ' ORDER BY told) FROM (
                SELECT told, count(*) AS tasks FROM (
                    SELECT count(*) AS told FROM task.timeline WHERE type = 'analysis.completed.v1' GROUP BY task_id
                ) AS by_task GROUP BY told
            ) AS by_told
            """)
    }
}

import Contracts
import Postgres
import TestSupport
import Testing

/// `triagectl insights holdback` against a task-api with stored judgements.
@Suite struct InsightsCommandTests {
    private static func judge(
        _ side: String, people: Int, each: Int, agreed: Int, version: String = "m-1", _ pool: DatabasePool
    ) async throws {
        try await pool.execute(
            """
            INSERT INTO task.judgements (task_id, field, tenant, user_id, side, model_version, agrees, at)
            SELECT gen_random_uuid(), 'category', 'default', $1 || person, $1, $2, number <= $5, now()
            FROM generate_series(1, $3) AS person, generate_series(1, $4) AS number
            """, [side, version, people, each, agreed])
    }

    @Test func `the report says what the hold-back shows, and where that is too little`() async throws {
        let settings = ["TRIAGELOOP_HOLD_BACK_SHARE": "12.5"]
        try await RunningSystem.run(settings: settings, starting: [.taskAPI]) { system in
            func run(_ arguments: String...) async throws -> TriageCtlRun {
                try await TriageCtlRun(
                    ["insights", "holdback"] + arguments, environment: ["TRIAGELOOP_API_URL": system.url])
            }
            let none = try await run()
            #expect(none.status == 0 && none.output.contains("held back from 12.5 % of the users"), "\(none.errors)")
            #expect(none.output.contains("no answers yet"))

            try await system.database.withPool { pool in
                try await Self.judge("shown", people: 20, each: 10, agreed: 10, pool)
                try await Self.judge("blind", people: 8, each: 10, agreed: 7, pool)
                try await Self.judge("blind", people: 2, each: 3, agreed: 3, version: "m-2", pool)
            }
            let report = try await run()
            let lines = report.output.split(separator: "\n").map(String.init)
            let first = try #require(lines.first { $0.hasPrefix("category  m-1") })
            #expect(first.contains("100.0 % (") && first.contains("of 200 by 20"), "\(report.output)")
            #expect(first.contains("70.0 % (") && first.contains("of 80 by 8") && first.contains("+30.0 ("))
            #expect(first.contains("who sees the suggestion agrees more often, by 30.0 points ("))
            let second = try #require(lines.first { $0.hasPrefix("category  m-2") })
            #expect(
                second.contains("too few to say anything (shown: 0 answers of 0 people; blind: 6 answers of 2 people)"))
            #expect(second.contains("100.0 % of 6 by 2"))
            let json = try await run("--json", "--since", "1h")
            #expect(try ContractJSON.decode(HoldBackReport.self, from: Array(json.output.utf8)).items.count == 3)
            #expect(try await run("--since", "soon").status == 64)
        }
    }
}

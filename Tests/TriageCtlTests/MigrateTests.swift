import Postgres
import TestSupport
import Testing

@Suite struct MigrateTests {
    @Test func `an empty database is brought up to date, once, by several at the same time`() async throws {
        try await withDatabase { database in
            let environment = ["TRIAGELOOP_ADMIN_DATABASE_URL": database.url]
            let before = try await TriageCtlRun(["migrate", "--check"], environment: environment)
            #expect(before.status == 1)
            #expect(before.output.contains("missing 0001_"))
            let runs = try await withThrowingTaskGroup(of: TriageCtlRun.self) { group in
                for _ in 0..<3 {
                    group.addTask { try await TriageCtlRun(["migrate"], environment: environment) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(runs.map(\.status) == [0, 0, 0], "\(runs.map(\.errors))")
            #expect(runs.count { $0.output.contains("applied 0001_") } == 1)
            #expect(runs.count { $0.output.contains("up to date") } == 2)
            let after = try await TriageCtlRun(["migrate", "--check"], environment: environment)
            #expect(after.status == 0)
        }
    }

    @Test func `a database that a newer release migrated is refused`() async throws {
        try await withMigratedDatabase { database in
            try await database.withPool { pool in
                _ = try await pool.execute(
                    "INSERT INTO triageloop_migrations.applied (number, name, checksum) VALUES (9999, 'later', 'x')")
            }
            let run = try await TriageCtlRun(
                ["migrate"], environment: ["TRIAGELOOP_ADMIN_DATABASE_URL": database.url])
            #expect(run.status == 1)
            #expect(run.errors.contains("9999_later"))
        }
    }
}

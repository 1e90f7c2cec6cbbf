import FoundationEssentials
import Logging
import Migrations
import Postgres
import TestSupport
import Testing

@Suite struct MigrationRunnerTests {
    private let first = Migration(number: 1, name: "one", sql: "CREATE TABLE one (id int); -- the first\n-- end")
    private let second = Migration(number: 2, name: "two", sql: "CREATE TABLE two (id int);\nCREATE INDEX ON two (id);")

    private func runner(_ pool: DatabasePool, _ migrations: [Migration]) throws -> MigrationRunner {
        try MigrationRunner(pool: pool, migrations: migrations, logger: Logger(label: "test"))
    }

    private func error(_ body: () async throws -> Void) async -> MigrationError? {
        await #expect(throws: MigrationError.self) { try await body() }
    }

    @Test func `what is missing is applied in order, once`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                let both = try runner(pool, [second, first])
                #expect(try await both.pending() == [first, second])
                #expect(try await runner(pool, [first]).run() == [first])
                #expect(try await both.pending() == [second])
                #expect(try await both.run() == [second])
                #expect(try await both.run().isEmpty)
                let applied = try await both.applied()
                #expect(applied.map(\.name) == ["one", "two"])
                let checksum: String = try await pool.query(
                    "SELECT encode(sha256($1), 'hex')", [Array(first.sql.utf8)]
                ).one().decode(at: 0)
                #expect(applied.first?.checksum == checksum)
            }
        }
    }

    @Test func `an applied migration with another text is refused`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                try await runner(pool, [first, second]).run()
                let changed = Migration(number: 1, name: "one", sql: first.sql + " ")
                let error = await error { try await runner(pool, [changed, second]).run() }
                #expect(error?.code == .checksumChanged)
                #expect(error?.reason.contains("0001_one") == true)
            }
        }
    }

    @Test func `a database newer than the build is refused`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                try await runner(pool, [first, second]).run()
                let error = await error { _ = try await runner(pool, [first]).pending() }
                #expect(error?.code == .unknownMigration)
            }
        }
    }

    @Test func `a failing migration leaves nothing behind, and those before it stay`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                let bad = Migration(number: 2, name: "bad", sql: "CREATE TABLE half (id int); SELECT 1/0;")
                let error = await error { try await runner(pool, [first, bad]).run() }
                #expect(error?.code == .failed)
                #expect(error?.reason.contains("0002_bad") == true)
                #expect(error?.reason.contains("22012") == true)
                #expect(try await runner(pool, [first]).applied().map(\.number) == [1])
                let isGone: Bool = try await pool.query("SELECT to_regclass('half') IS NULL").one().decode(at: 0)
                #expect(isGone)
                #expect(try await runner(pool, [first, second]).run() == [second])
            }
        }
    }

    @Test func `two runners at once apply each migration once`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 4) { pool in
                let slow = Migration(number: 1, name: "slow", sql: "CREATE TABLE one (id int); SELECT pg_sleep(0.2);")
                let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<4 { group.addTask { try await runner(pool, [slow, second]).run().count } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(counts.sorted() == [0, 0, 0, 2])
            }
        }
    }

    @Test func `a runner that can't get the lock says so`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                let impatient = try MigrationRunner(
                    pool: pool, migrations: [first], logger: Logger(label: "test"), lockTimeout: .milliseconds(100))
                try await pool.withConnection { connection in
                    _ = try await connection.query("SELECT pg_advisory_lock($1)", [0x7472_6961_6765 as Int64])
                    let error = await error { try await impatient.run() }
                    #expect(error?.code == .lockTimeout)
                }
            }
        }
    }

    @Test func `gaps, duplicates and bad names are refused before anything runs`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                func code(_ migrations: [Migration]) -> MigrationError.Code? {
                    #expect(throws: MigrationError.self) { try runner(pool, migrations) }?.code
                }
                #expect(code([second]) == .gap)
                #expect(code([first, second, Migration(number: 4, name: "four", sql: "")]) == .gap)
                #expect(code([first, Migration(number: 1, name: "other", sql: "")]) == .duplicateNumber)
                #expect(code([Migration(number: 1, name: "it's", sql: "")]) == .badFile)
            }
        }
    }

    @Test func `the bundled migrations apply to a new database and to a second run`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                let bundled = try Migration.bundled()
                #expect(!bundled.isEmpty)
                #expect(try await runner(pool, bundled).run() == bundled)
                #expect(try await runner(pool, bundled).run().isEmpty)
            }
        }
    }

    @Test func `a role sees its own schema and no other`() async throws {
        try await withMigratedDatabase { database in
            try await database.withPool(role: "triageloop_task") { pool in
                let user: String = try await pool.query("SELECT current_user::text").one().decode(at: 0)
                #expect(user == "triageloop_task")
                let row = try await pool.query(
                    "SELECT has_schema_privilege('task', 'USAGE'), has_schema_privilege('analysis', 'USAGE')"
                ).one()
                #expect(try row.decode(at: 0))
                #expect(try !row.decode(at: 1, as: Bool.self))
            }
        }
    }
}

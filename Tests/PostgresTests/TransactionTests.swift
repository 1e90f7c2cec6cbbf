import Postgres
import Synchronization
import TestSupport
import Testing

private struct BodyError: Error {}

@Suite struct TransactionTests {
    private func withItems(_ body: (DatabasePool) async throws -> Void) async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 3) { pool in
                try await pool.execute("CREATE TABLE item (id int PRIMARY KEY, value int NOT NULL DEFAULT 0)")
                try await body(pool)
            }
        }
    }

    private func ids(_ pool: DatabasePool) async throws -> [Int] {
        try await pool.query("SELECT id FROM item ORDER BY id").map { try $0.decode(at: 0) }
    }

    @Test func `all statements of a transaction happen, or none`() async throws {
        try await withItems { pool in
            let count = try await pool.transaction { transaction in
                let first = try await transaction.execute("INSERT INTO item VALUES ($1)", [1])
                return first + (try await transaction.execute("INSERT INTO item VALUES ($1)", [2]))
            }
            #expect(count == 2)
            await #expect(throws: BodyError.self) {
                try await pool.transaction { transaction in
                    try await transaction.execute("INSERT INTO item VALUES (3)")
                    throw BodyError()
                }
            }
            #expect(try await ids(pool) == [1, 2])
        }
    }

    @Test func `a body that swallows a failed statement can't commit`() async throws {
        try await withItems { pool in
            let error = await databaseError {
                try await pool.transaction { transaction in
                    try await transaction.execute("INSERT INTO item VALUES (1)")
                    _ = await databaseError { try await transaction.execute("SELECT 1/0") }
                }
            }
            #expect(error?.sqlState == "25P02")
            let ids = try await ids(pool)
            #expect(ids.isEmpty)
        }
    }

    @Test func `a transaction without statements needs no round trip and ends well`() async throws {
        try await withItems { pool in
            #expect(try await pool.transaction { _ in 7 } == 7)
            try await pool.ping()
        }
    }

    @Test func `a deferred constraint that fails at COMMIT is the transaction's error`() async throws {
        try await withItems { pool in
            try await pool.execute("ALTER TABLE item ADD parent int REFERENCES item DEFERRABLE INITIALLY DEFERRED")
            let insert = "INSERT INTO item (id, parent) VALUES (1, 99)"
            let error = await databaseError { _ = try await pool.transaction { try await $0.execute(insert) } }
            #expect(error?.sqlState == "23503")
            #expect(await databaseError { _ = try await pool.transaction([Statement(insert)]) }?.sqlState == "23503")
            let ids = try await ids(pool)
            #expect(ids.isEmpty)
        }
    }

    @Test func `statements sent together happen together`() async throws {
        try await withItems { pool in
            let rows = try await pool.transaction([
                Statement("INSERT INTO item VALUES ($1)", [1]),
                Statement("INSERT INTO item SELECT id + 1 FROM item RETURNING id"),
            ])
            #expect(rows.map(\.affectedRows) == [1, 1])
            #expect(try rows[1].one().decode("id", as: Int.self) == 2)
            let error = await databaseError {
                _ = try await pool.transaction([
                    Statement("INSERT INTO item VALUES (3)"), Statement("INSERT INTO item VALUES (1)"),
                    Statement("INSERT INTO item VALUES (4)"),
                ])
            }
            #expect(error?.isUniqueViolation == true)
            #expect(try await ids(pool) == [1, 2])
        }
    }

    @Test func `a last statement can commit in its own round trip`() async throws {
        try await withItems { pool in
            try await pool.transaction { transaction in
                try await transaction.execute("INSERT INTO item VALUES (1)")
                try await transaction.commit(after: [Statement("INSERT INTO item VALUES (2)")])
            }
            #expect(try await ids(pool) == [1, 2])
        }
    }

    @Test func `serialization failures are run again until every increment counts`() async throws {
        try await withItems { pool in
            try await pool.execute("INSERT INTO item VALUES (1, 0)")
            let attempts = Counter()
            let isContended = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        try await pool.transaction(retries: 100, isolation: .serializable) { transaction in
                            let value: Int = try await transaction.query("SELECT value FROM item WHERE id = 1").one()
                                .decode(at: 0)
                            attempts.increment()
                            // Two have read the same value before either writes.
                            if attempts.value == 2 { isContended.open() }
                            await isContended.pass()
                            try await transaction.execute("UPDATE item SET value = $1", [Int32(value + 1)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.query("SELECT value FROM item").one().decode(at: 0, as: Int.self) == 12)
            #expect(attempts.value > 12)
        }
    }

    @Test func `a conflict that stays is thrown after the retries`() async throws {
        try await withItems { pool in
            let attempts = Counter()
            let error = await databaseError {
                try await pool.transaction(retries: 2) { transaction in
                    attempts.increment()
                    try await transaction.simple("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")
                }
            }
            #expect(error?.sqlState == "40001")
            #expect(attempts.value == 3)
        }
    }

    @Test func `cancelling a transaction rolls it back and frees its connection`() async throws {
        try await withItems { pool in
            let task = Task {
                try await pool.transaction { transaction in
                    try await transaction.execute("INSERT INTO item VALUES (1)")
                    try await transaction.execute("SELECT pg_sleep(3600)")
                }
            }
            let isRunning = try await eventually {
                try await pool.query(
                    "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)' AND state = 'active' "
                        + "AND datname = current_database()"
                ).count == 1
            }
            #expect(isRunning)
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            #expect(try await ids(pool).isEmpty)
            let open: Int = try await pool.query(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    + "AND state LIKE 'idle in transaction%'"
            ).one().decode(at: 0)
            #expect(open == 0)
        }
    }

    @Test func `statements of child tasks take turns in one transaction`() async throws {
        try await withItems { pool in
            try await pool.transaction { transaction in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for id in 0..<50 {
                        group.addTask { try await transaction.execute("INSERT INTO item VALUES ($1)", [id]) }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try await ids(pool) == Array(0..<50))
        }
    }

    @Test func `a transaction used after its end is an error`() async throws {
        try await withItems { pool in
            let leaked = try await pool.transaction { $0 }
            let error = await databaseError { try await leaked.execute("INSERT INTO item VALUES (1)") }
            #expect(error != nil)
            #expect(try await ids(pool).isEmpty)
        }
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func increment() { count.add(1, ordering: .relaxed) }
}

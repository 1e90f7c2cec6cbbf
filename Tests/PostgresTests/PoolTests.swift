import Logging
import Postgres
import TestSupport
import Testing

@Suite struct PoolTests {
    @Test func `many callers share few connections, each getting its own answer`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 3) { pool in
                try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                    for number in 0..<2_000 {
                        group.addTask {
                            (number, try await pool.query("SELECT $1::int8 * 2", [number]).one().decode(at: 0))
                        }
                    }
                    for try await (number, answer) in group { #expect(answer == number * 2) }
                }
                let open: Int = try await pool.query(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                ).one().decode(at: 0)
                #expect(open <= 3)
            }
        }
    }

    @Test func `a statement is prepared once a connection, and the oldest make room`() async throws {
        try await withDatabase { database in
            var configuration = database.configuration(poolSize: 1)
            configuration.statementCacheLimit = 8
            try await withPool(configuration) { pool in
                for _ in 0..<3 {
                    for number in 0..<20 { try await pool.execute("SELECT \(number)") }
                }
                let prepared: Int = try await pool.query("SELECT count(*) FROM pg_prepared_statements").one().decode(
                    at: 0)
                #expect((6...8).contains(prepared))
                let row = try await pool.query("SELECT $1", ["text"]).one()
                #expect(try row.decode(at: 0, as: String.self) == "text")
                // The same SQL with another type is another statement.
                #expect(try await pool.query("SELECT $1", [7]).one().decode(at: 0, as: Int.self) == 7)
            }
        }
    }

    @Test func `what stands in no pipeline is run though the cache of statements is full`() async throws {
        try await withDatabase { database in
            var configuration = database.configuration(poolSize: 1)
            configuration.statementCacheLimit = 8
            try await withPool(configuration) { pool in
                try await pool.execute("CREATE TABLE item (a int)")
                for number in 0..<20 {
                    try await pool.execute("INSERT INTO item VALUES (\(number))")
                    try await pool.execute("VACUUM item /* \(number) */")
                }
                // What the server has forgotten before is no error, and nothing is done twice.
                try await pool.execute("DEALLOCATE ALL")
                for number in 20..<40 { try await pool.execute("INSERT INTO item VALUES (\(number))") }
                #expect(try await pool.query("SELECT count(*) FROM item").one().decode(at: 0, as: Int.self) == 40)
            }
        }
    }

    @Test func `a table changed under a prepared statement is read anew`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 1) { pool in
                try await pool.execute("CREATE TABLE item AS SELECT 1 AS a")
                #expect(try await pool.query("SELECT * FROM item").one().columnCount == 1)
                try await pool.execute("ALTER TABLE item ADD b int")
                #expect(try await pool.query("SELECT * FROM item").one().columnCount == 2)
                try await pool.execute("DEALLOCATE ALL")
                #expect(try await pool.query("SELECT * FROM item").one().columnCount == 2)
            }
        }
    }

    @Test func `a statement that gets no connection in time fails as exhausted`() async throws {
        try await withDatabase { database in
            var configuration = database.configuration(poolSize: 1)
            configuration.acquireTimeout = .milliseconds(100)
            try await withPool(configuration) { pool in
                try await pool.withConnection { _ in
                    let error = await databaseError { try await pool.ping() }
                    #expect(error?.code == .poolExhausted)
                    #expect(error?.isRetriable == true)
                    #expect(error?.isConnectivity == true)
                }
                try await pool.ping()
            }
        }
    }

    @Test func `too many waiting statements are refused at once`() async throws {
        try await withDatabase { database in
            var configuration = database.configuration(poolSize: 1)
            configuration.waitingLimit = 2
            try await withPool(configuration) { pool in
                let codes = try await pool.withConnection { _ in
                    await withTaskGroup(of: DatabaseError.Code?.self) { group in
                        for _ in 0..<5 { group.addTask { await databaseError { try await pool.ping() }?.code } }
                        var codes: [DatabaseError.Code?] = []
                        for _ in 0..<3 { codes.append(await group.next() ?? nil) }
                        group.cancelAll()
                        return codes
                    }
                }
                #expect(codes == [.poolExhausted, .poolExhausted, .poolExhausted])
            }
        }
    }

    @Test func `cancelling the task cancels the statement, and the connection serves on`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 1) { observer in
                try await database.withPool(poolSize: 1) { pool in
                    let before: Int = try await pool.query("SELECT pg_backend_pid()").one().decode(at: 0)
                    let sleeper = Task { await databaseError { try await pool.execute("SELECT pg_sleep(3600)") } }
                    #expect(try await eventually { try await database.isRunning("pg_sleep", as: observer) })
                    sleeper.cancel()
                    #expect(await sleeper.value?.code == .cancelled)
                    let after: Int = try await pool.query("SELECT pg_backend_pid()").one().decode(at: 0)
                    #expect(before == after)
                    #expect(try await !database.isRunning("pg_sleep", as: observer))
                }
            }
        }
    }

    @Test func `a cancelled task neither waits for a connection nor starts a statement`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 1) { pool in
                try await pool.execute("CREATE TABLE item (id int)")
                try await pool.withConnection { _ in
                    let waiting = Task { await databaseError { try await pool.execute("INSERT INTO item VALUES (1)") } }
                    waiting.cancel()
                    #expect(await waiting.value?.code == .cancelled)
                }
                #expect(try await pool.query("SELECT * FROM item").isEmpty)
            }
        }
    }

    @Test func `hundreds of statements cancelled at random leave the pool sound`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 3) { pool in
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<300 {
                        group.addTask {
                            let task = Task { await databaseError { try await pool.execute("SELECT pg_sleep(0.002)") } }
                            if number % 3 != 0 {
                                // Any time will do: the race is the test.
                                try? await Task.sleep(for: .microseconds(number * 37 % 5_000))
                                task.cancel()
                            }
                            let error = await task.value
                            #expect(error == nil || error?.code == .cancelled)
                        }
                    }
                }
                for number in 0..<50 {
                    let answer: Int = try await pool.query("SELECT $1", [number]).one().decode(at: 0)
                    #expect(answer == number)
                }
            }
        }
    }

    @Test func `a held connection keeps its session, which is reset after it`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 1) { pool in
                try await pool.withConnection { connection in
                    try await connection.simple(
                        "CREATE TEMP TABLE mine (id int); INSERT INTO mine VALUES (1), (2); SET work_mem = '7MB'; BEGIN"
                    )
                    _ = try await connection.query("SELECT pg_advisory_lock(1)")
                    #expect(try await connection.execute("UPDATE mine SET id = 3") == 2)
                }
                let row = try await pool.query(
                    """
                    SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'), to_regclass('mine') IS NULL,
                        current_setting('work_mem') <> '7MB'
                    """
                ).one()
                #expect(try row.decode(at: 0, as: Int.self) == 0)
                #expect(try row.decode(at: 1))
                #expect(try row.decode(at: 2))
            }
        }
    }

    @Test func `an open transaction left by a single statement doesn't catch the next one`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 1) { pool in
                try await pool.execute("BEGIN")
                try await pool.execute("CREATE TABLE item (id int)")
                let isThere: Bool = try await database.withPool { other in
                    try await other.query("SELECT to_regclass('item') IS NOT NULL").one().decode(at: 0)
                }
                #expect(isThere)
                await #expect(throws: DatabaseError.self) {
                    try await pool.withConnection { try await $0.simple("BEGIN; SELECT 1/0") }
                }
                try await pool.ping()
            }
        }
    }

    @Test func `a closed pool finishes what runs and refuses the rest`() async throws {
        try await withDatabase { database in
            let pool = DatabasePool(configuration: database.configuration(), logger: Logger(label: "test"))
            try await database.withPool(poolSize: 1) { observer in
                let running = Task { await databaseError { try await pool.execute("SELECT pg_sleep(0.3)") } }
                let isRunning = try await eventually { try await database.isRunning("pg_sleep", as: observer) }
                #expect(isRunning)
                await pool.close()
                #expect(await running.value == nil)
                #expect(await databaseError { try await pool.ping() }?.code == .closed)
                #expect(!pool.isReachable)
                await pool.close()
            }
        }
    }

    @Test func `run keeps every connection open until it is cancelled`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 1) { observer in
                let pool = DatabasePool(
                    configuration: database.configuration(poolSize: 3), logger: Logger(label: "test"))
                func open() async throws -> Int {
                    try await observer.query(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    ).one().decode(at: 0)
                }
                let running = Task { try await pool.run() }
                #expect(try await eventually { try await open() == 4 })
                #expect(pool.isReachable)
                try await observer.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        + "WHERE datname = current_database() AND pid <> pg_backend_pid()")
                #expect(try await eventually { try await open() == 4 })
                running.cancel()
                try await running.value
                #expect(try await eventually { try await open() == 1 })
                #expect(await databaseError { try await pool.ping() }?.code == .closed)
            }
        }
    }
}

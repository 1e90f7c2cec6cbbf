import Postgres
import TestSupport
import Testing

/// The server goes away in different ways; the pool says what is known and recovers by itself.
@Suite struct FaultTests {
    @Test func `a connection killed in mid-statement is lost, and replaced`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 1) { observer in
                try await database.withPool(poolSize: 1) { pool in
                    let sleeper = Task { await databaseError { try await pool.execute("SELECT pg_sleep(3600)") } }
                    #expect(try await eventually { try await database.isRunning("pg_sleep", as: observer) })
                    try await observer.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            + "WHERE datname = current_database() AND query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid()"
                    )
                    let error = await sleeper.value
                    #expect(error?.code == .connectionLost)
                    #expect(error?.sqlState == "57P01")
                    #expect(error?.isRetriable == true)
                    try await pool.ping()
                }
            }
        }
    }

    @Test func `a database that isn't there at the start is waited for`() async throws {
        try await withDatabase { database in
            try await database.withProxiedPool(isUp: false) { proxy, pool in
                let waiting = Task { try await pool.ping() }
                // Some attempts must have failed before it comes up.
                #expect(try await !eventually(within: .milliseconds(300)) { pool.isReachable })
                try await proxy.start()
                try await waiting.value
                #expect(pool.isReachable)
            }
        }
    }

    @Test func `a statement fails with the reason when no database comes`() async throws {
        try await withDatabase { database in
            try await database.withProxiedPool(isUp: false, change: { $0.acquireTimeout = .milliseconds(200) }) {
                _, pool in
                let error = await databaseError { try await pool.ping() }
                #expect(error?.code == .connectionFailed)
                #expect(error?.isConnectivity == true)
                #expect(error?.reason.contains("refused") == true)
            }
        }
    }

    @Test func `a wrong database name is told to the caller`() async throws {
        try await withDatabase { database in
            var configuration = database.configuration()
            configuration.url += "_absent"
            configuration.acquireTimeout = .milliseconds(200)
            try await withPool(configuration) { pool in
                let error = await databaseError { try await pool.ping() }
                #expect(error?.code == .connectionFailed)
                #expect(error?.reason.contains("does not exist") == true)
            }
        }
    }

    @Test func `a server that goes down and comes back is used again`() async throws {
        try await withDatabase { database in
            try await database.withProxiedPool(poolSize: 3) { proxy, pool in
                try await pool.ping()
                for _ in 0..<3 {
                    await proxy.stop()
                    #expect(try await eventually { !pool.isReachable })
                    let waiting = Task { try await pool.ping() }
                    try await proxy.start()
                    try await waiting.value
                }
            }
        }
    }

    @Test func `a server that falls silent is given up after the statement's time`() async throws {
        try await withDatabase { database in
            try await database.withProxiedPool(change: { $0.statementTimeout = .milliseconds(100) }) { proxy, pool in
                try await pool.ping()
                await proxy.freeze()
                let start = ContinuousClock.now
                let error = await databaseError { try await pool.ping() }
                #expect(error?.code == .timeout)
                #expect(ContinuousClock.now - start < .seconds(10))
                await proxy.forwardAll()
                try await pool.ping()
            }
        }
    }

    @Test func `a silent host doesn't hide the next one of the list`() async throws {
        try await withDatabase { database in
            let silent = FaultyProxy(target: database.address)
            try await silent.start()
            await silent.freeze()
            var configuration = database.configuration(poolSize: 1)
            configuration.url = database.url(hosts: "\(await silent.address),\(database.address)")
            configuration.connectTimeout = .milliseconds(100)
            try await withPool(configuration) { pool in
                try await pool.ping()
            }
        }
    }

    @Test func `a refused host is skipped within one attempt`() async throws {
        try await withDatabase { database in
            let down = FaultyProxy(target: database.address)
            try await down.reserve()
            var configuration = database.configuration(poolSize: 1)
            configuration.url = database.url(hosts: "\(await down.address),\(database.address)")
            configuration.url += "?target_session_attrs=read-write"
            try await withPool(configuration) { try await $0.ping() }
        }
    }

    @Test func `a cancellation that arrives late doesn't hit the next statement`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 1) { observer in
                try await database.withProxiedPool { proxy, pool in
                    try await pool.ping()
                    await proxy.holdNewConnections()
                    let first = Task { await databaseError { try await pool.execute("SELECT pg_sleep(0.5)") } }
                    #expect(try await eventually { try await database.isRunning("pg_sleep", as: observer) })
                    first.cancel()
                    #expect(await first.value == nil)
                    let second = Task { await databaseError { try await pool.execute("SELECT pg_sleep(0.4)") } }
                    // It waits for the cancel request's delivery, so it doesn't run yet.
                    let isRunning = try await eventually(within: .milliseconds(100)) {
                        try await database.isRunning("pg_sleep(0.4)", as: observer)
                    }
                    #expect(!isRunning)
                    await proxy.forwardAll()
                    #expect(await second.value == nil)
                }
            }
        }
    }

    @Test func `a COMMIT whose answer is lost is ambiguous, and isn't retried`() async throws {
        try await withDatabase { database in
            try await database.withPool { direct in
                try await direct.execute("CREATE TABLE item (id int)")
                try await database.withProxiedPool { proxy, pool in
                    await proxy.swallowAnswer(to: "COMMIT\0")
                    for attempt in 0..<3 {
                        let error = await databaseError {
                            switch attempt {
                            case 0:
                                _ = try await pool.transaction { try await $0.execute("INSERT INTO item VALUES (0)") }
                            case 1:
                                _ = try await pool.transaction {
                                    try await $0.commit(after: [Statement("INSERT INTO item VALUES (1)")])
                                }
                            default: _ = try await pool.transaction([Statement("INSERT INTO item VALUES (2)")])
                            }
                        }
                        #expect(error?.code == .ambiguousCommit)
                        #expect(error?.isRetriable == true)
                    }
                    #expect(await proxy.swallowed == 3)
                    let ids = try await direct.query("SELECT id FROM item ORDER BY id")
                    #expect(try ids.map { try $0.decode(at: 0, as: Int.self) } == [0, 1, 2])
                    await proxy.forwardAll()
                    try await pool.ping()
                }
            }
        }
    }

    @Test func `a connection lost inside a transaction ends it, with nothing done`() async throws {
        try await withDatabase { database in
            try await database.withPool { direct in
                try await direct.execute("CREATE TABLE item (id int)")
                try await database.withProxiedPool { proxy, pool in
                    let error = await databaseError {
                        try await pool.transaction { transaction in
                            try await transaction.execute("INSERT INTO item VALUES (1)")
                            await proxy.stop()
                            _ = try await eventually { !pool.isReachable }
                            try await transaction.execute("INSERT INTO item VALUES (2)")
                        }
                    }
                    #expect(error?.code == .connectionLost)
                    try await proxy.start()
                    try await pool.ping()
                    #expect(try await direct.query("SELECT * FROM item").isEmpty)
                }
            }
        }
    }
}

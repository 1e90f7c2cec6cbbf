import Postgres
import TestSupport
import Testing

@Suite struct ErrorTests {
    @Test func `a unique violation names its constraint, and isn't retriable`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                try await pool.execute("CREATE TABLE item (id int CONSTRAINT item_id PRIMARY KEY)")
                #expect(try await pool.execute("INSERT INTO item VALUES (1), (2)") == 2)
                let error = await databaseError { try await pool.execute("INSERT INTO item VALUES ($1)", [Int32(1)]) }
                #expect(error?.isUniqueViolation == true)
                #expect(error?.constraintName == "item_id")
                #expect(error?.isRetriable == false)
                #expect(error?.isConnectivity == false)
                #expect(error?.reason.contains("(id)=(1)") == false)
                #expect(try await pool.execute("UPDATE item SET id = id + 10") == 2)
            }
        }
    }

    @Test(arguments: [
        ("SELECT 1/0", "22012"), ("SELEC 1", "42601"), ("SELECT * FROM absent", "42P01"),
        ("SELECT 'é'::int", "22P02"), ("", ""),
    ])
    func `a refused statement gives its SQLSTATE and leaves the connection usable`(
        sql: String, state: String
    ) async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 1) { pool in
                let before: Int = try await pool.query("SELECT pg_backend_pid()").one().decode(at: 0)
                for _ in 0..<2 {
                    let error = await databaseError { try await pool.execute(sql) }
                    #expect(error?.sqlState ?? "" == state)
                    #expect(state.isEmpty || error?.code == .server)
                }
                let after: Int = try await pool.query("SELECT pg_backend_pid()").one().decode(at: 0)
                #expect(before == after)
            }
        }
    }

    @Test(arguments: [
        ("08006", true, true), ("57P01", true, true), ("53300", true, true), ("25006", true, true),
        ("40001", true, false), ("40P01", true, false), ("23505", false, false), ("42601", false, false),
    ])
    func `SQLSTATE classes are retriable or not`(state: String, isRetriable: Bool, isConnectivity: Bool) {
        let error = DatabaseError(code: .server, sqlState: state, reason: "")
        #expect(error.isRetriable == isRetriable)
        #expect(error.isConnectivity == isConnectivity)
    }

    @Test func `a statement that runs too long is ended by the server`() async throws {
        try await withDatabase { database in
            var configuration = database.configuration(poolSize: 1)
            configuration.statementTimeout = .milliseconds(100)
            try await withPool(configuration) { pool in
                let error = await databaseError { try await pool.execute("SELECT pg_sleep(30)") }
                #expect(error?.code == .timeout)
                #expect(error?.sqlState == "57014")
                #expect(error?.isRetriable == true)
                try await pool.ping()
            }
        }
    }

    @Test func `a call that libpq couldn't make is an error, not a crash`() async throws {
        try await withDatabase { database in
            try await database.withPool(poolSize: 1) { pool in
                let nul = await databaseError { try await pool.execute("SELECT 1\0") }
                #expect(nul?.code == .invalidArgument)
                let many = await databaseError {
                    try await pool.execute("SELECT 1", Array(repeating: 1, count: 70_000))
                }
                #expect(many?.code == .invalidArgument)
                let few = await databaseError { try await pool.execute("SELECT $1::int", []) }
                #expect(few?.sqlState == "08P01")
                let copy = await databaseError { try await pool.execute("COPY pg_class TO STDOUT") }
                #expect(copy?.code == .invalidArgument)
                try await pool.ping()
            }
        }
    }

    @Test func `a URL that isn't one is refused without quoting its password`() async throws {
        let configuration = DatabaseConfiguration(url: "postgre://user:secret@host/db")
        let error = #expect(throws: DatabaseError.self) { try configuration.validate() }
        #expect(error.map { !"\($0)".contains("secret") } == true)
        #expect(throws: Never.self) {
            try DatabaseConfiguration(
                url: "postgresql://u:p@a:1,b:2/d?target_session_attrs=read-write&sslmode=verify-full"
            ).validate()
        }
    }

    @Test func `settings of the configuration reach the session, beside the URL's own options`() async throws {
        try await withDatabase { database in
            var configuration = database.configuration(poolSize: 1)
            configuration.url += "?options=-c%20work_mem%3D5MB"
            configuration.forcesCustomPlans = true
            configuration.statementTimeout = .milliseconds(1234)
            try await withPool(configuration) { pool in
                for (setting, value) in [
                    ("work_mem", "5MB"), ("plan_cache_mode", "force_custom_plan"), ("statement_timeout", "1234ms"),
                    ("application_name", "test"), ("idle_in_transaction_session_timeout", "30s"),
                    ("client_encoding", "UTF8"),
                ] {
                    let text: String = try await pool.query("SELECT current_setting($1)", [setting]).one().decode(at: 0)
                    #expect(text == value, "\(setting)")
                }
            }
        }
    }
}

import ArgumentParser
import Contracts
import Migrations
import Postgres

struct MigrateCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database up to date.",
        discussion: """
            Makes the services' roles, gives them the passwords of TRIAGELOOP_TASK_PASSWORD, \
            TRIAGELOOP_ANALYSIS_PASSWORD and TRIAGELOOP_TRAINING_PASSWORD where set, and applies the migrations that \
            are missing. Safe to repeat, and to run by several at once.
            """)

    @Option(help: "Seconds to wait for the database.")
    var wait = 60

    @Flag(help: "Only show what would be applied; 1 when that is anything.")
    var check = false

    @OptionGroup var database: AdminDatabaseOptions

    func validate() throws {
        guard wait >= 0 else { throw ValidationError("--wait can't be negative") }
    }

    func perform() async throws {
        let passwords = try ServiceRole.all.map { ($0, try OperatorEnvironment.value($0.passwordVariable)) }
        let migrations = try Migration.bundled()
        try await database.withPool { pool in
            try await waitForDatabase(pool)
            let runner = try MigrationRunner(pool: pool, migrations: migrations, logger: .silent)
            if check {
                let pending = try await runner.pending()
                for migration in pending { Console.line("missing \(migration.label)") }
                guard pending.isEmpty else { throw CommandFailure(.failed, "\(pending.count) migrations are missing") }
                return Console.line("up to date: \(migrations.count) migrations")
            }
            for (role, password) in passwords { try await role.prepare(password: password, on: pool) }
            let applied = try await runner.run()
            for migration in applied { Console.line("applied \(migration.label)") }
            Console.line(
                applied.isEmpty
                    ? "up to date: \(migrations.count) migrations"
                    : "\(applied.count) of \(migrations.count) migrations applied")
        }
    }

    private func waitForDatabase(_ pool: DatabasePool) async throws {
        let end = ContinuousClock.now + .seconds(wait)
        var isToldOff = false
        while true {
            do throws(DatabaseError) {
                return try await pool.ping()
            } catch {
                // Class 28: wrong user or password, which time doesn't mend.
                let isRefused = error.sqlState?.hasPrefix("28") ?? false
                guard error.isRetriable, !isRefused, ContinuousClock.now < end else {
                    throw CommandFailure(
                        .unavailable, "the database can't be reached: \(error.reason)", code: .databaseUnavailable)
                }
                if !isToldOff { Console.error("waiting for the database: \(error.reason)") }
                isToldOff = true
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}

/// A service's role, which the migrations give rights on its schema.
struct ServiceRole {
    let name: String
    /// Without the prefix.
    let passwordVariable: String

    static let all = [
        ServiceRole(name: "triageloop_task", passwordVariable: "TASK_PASSWORD"),
        ServiceRole(name: "triageloop_analysis", passwordVariable: "ANALYSIS_PASSWORD"),
        ServiceRole(name: "triageloop_training", passwordVariable: "TRAINING_PASSWORD"),
    ]

    /// Several runners may do this at once; PostgreSQL then lets one of them fail.
    func prepare(password: String?, on pool: DatabasePool) async throws {
        var failures = 0
        while true {
            do {
                return try await change(password: password, on: pool)
            } catch let error as DatabaseError where Self.isRace(error) && failures < 5 {
                failures += 1
                try await Task.sleep(for: .milliseconds(50 * failures))
            }
        }
    }

    private func change(password: String?, on pool: DatabasePool) async throws {
        let exists: Bool = try await pool.query("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", [name])
            .one().decode(at: 0)
        guard !exists || password != nil else { return }
        // Such statements take no parameters: the server itself quotes them.
        let sql: String = try await pool.query(
            "SELECT format($1, $2::text) || coalesce(format(' PASSWORD %L', $3::text), '')",
            ["\(exists ? "ALTER" : "CREATE") ROLE %I LOGIN", name, password]
        ).one().decode(at: 0)
        try await pool.withConnection { try await $0.simple(sql) }
        Console.line("role \(name) \(exists ? "has its password" : "made")")
    }

    /// The role was made, or changed, by someone else at the same moment.
    private static func isRace(_ error: DatabaseError) -> Bool {
        ["42710", "23505", "XX000"].contains(error.sqlState)
    }
}

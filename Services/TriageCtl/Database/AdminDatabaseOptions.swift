import ArgumentParser
import Logging
import Postgres

/// The database, as a role that may make roles and schemas.
struct AdminDatabaseOptions: ParsableArguments {
    @Option(
        name: .customLong("database-url"), help: "Address of PostgreSQL (TRIAGELOOP_ADMIN_DATABASE_URL).")
    var url: String?

    /// A small pool for the length of `body`.
    func withPool<Result>(_ body: (DatabasePool) async throws -> Result) async throws -> Result {
        let url = try OperatorEnvironment.needed(url, "ADMIN_DATABASE_URL", optionName: "--database-url")
        var configuration = DatabaseConfiguration(url: url, poolSize: 2, applicationName: "triagectl")
        configuration.acquireTimeout = .seconds(5)
        do {
            try configuration.validate()
        } catch {
            throw CommandFailure(.wrongSettings, "the database URL is wrong: \(error.reason)")
        }
        let pool = DatabasePool(configuration: configuration, logger: .silent)
        do {
            let result = try await body(pool)
            await pool.close()
            return result
        } catch {
            await pool.close()
            throw error
        }
    }
}

package import Logging
package import Postgres

/// A database of one test's own on the private server; gone when the test ends.
package struct TestDatabase: Sendable {
    package let name: String
    /// libpq URI of the server's superuser on this database.
    package let url: String

    /// libpq URI of a service's role on this database, as `triageloop_task`. The role has no password: the private
    /// server must trust local connections.
    package func url(role: String) -> String { DatabaseURL(url).with(user: role).text }

    /// The URI with other servers in place of the private one, as `127.0.0.1:5432`: a proxy, or a list.
    package func url(hosts: String) -> String { DatabaseURL(url).with(hosts: hosts).text }

    /// The private server, as `127.0.0.1:5432`.
    package var address: String { DatabaseURL(url).address }

    /// Short time limits fit tests; the superuser unless a role is named.
    package func configuration(role: String? = nil, poolSize: Int = 2) -> DatabaseConfiguration {
        var configuration = DatabaseConfiguration(
            url: role.map { url(role: $0) } ?? url, poolSize: poolSize, applicationName: "test")
        configuration.shutdownTimeout = .seconds(2)
        return configuration
    }

    /// Runs `body` with a pool on this database and closes the pool after it.
    package func withPool<R: Sendable>(
        role: String? = nil, poolSize: Int = 2, _ body: (DatabasePool) async throws -> R
    ) async throws -> R {
        try await TestSupport.withPool(configuration(role: role, poolSize: poolSize), body)
    }
}

/// A test that lacks what it needs from its surroundings; it fails, nothing is skipped.
package struct TestDatabaseError: Error, CustomStringConvertible {
    package let description: String
}

/// Runs `body` with a new, empty database and drops it afterwards.
///
/// `TRIAGELOOP_TEST_DATABASE_URL` names the server: a libpq URI of a superuser.
package func withDatabase<R: Sendable>(_ body: (TestDatabase) async throws -> R) async throws -> R {
    try await withDatabase(template: "template0", body)
}

/// Runs `body` with a new database that has all bundled migrations, and drops it afterwards.
///
/// The migrations run once per server and set of migrations, into a template that each test's database is cloned from.
package func withMigratedDatabase<R: Sendable>(_ body: (TestDatabase) async throws -> R) async throws -> R {
    try await withDatabase(template: try await TestServer.shared().template(), body)
}

/// Runs `body` with a pool and closes it afterwards.
package func withPool<R: Sendable>(
    _ configuration: DatabaseConfiguration, logger: Logger = Logger(label: "test"),
    _ body: (DatabasePool) async throws -> R
) async throws -> R {
    let pool = DatabasePool(configuration: configuration, logger: logger)
    let result: R
    do {
        result = try await body(pool)
    } catch {
        await pool.close()
        throw error
    }
    await pool.close()
    return result
}

private func withDatabase<R: Sendable>(
    template: String, _ body: (TestDatabase) async throws -> R
) async throws -> R {
    let server = try TestServer.shared()
    let database = try await server.create(template: template)
    let result: R
    do {
        result = try await body(database)
    } catch {
        await server.drop(database)
        throw error
    }
    await server.drop(database)
    return result
}

package import Logging
package import Postgres

/// Brings a database up to date: numbered SQL, each file once, in order, guarded by checksums and a lock.
///
/// What was applied is kept in the schema `triageloop_migrations`. Any number of runners may start at once; one works
/// and the others then find nothing to do. The pool's user must own the database.
package struct MigrationRunner: Sendable {
    private let pool: DatabasePool
    private let migrations: [Migration]
    private let logger: Logger
    private let lockTimeout: Duration

    /// - Parameter lockTimeout: the longest to wait for another runner.
    /// - Throws: `MigrationError` for gaps, duplicates or bad names.
    package init(
        pool: DatabasePool, migrations: [Migration], logger: Logger, lockTimeout: Duration = .seconds(120)
    ) throws(MigrationError) {
        self.pool = pool
        self.migrations = try Migration.check(migrations)
        self.logger = logger
        self.lockTimeout = lockTimeout
    }

    /// Applies what is missing and answers it. A failing migration is rolled back; those before it stay.
    @discardableResult
    package func run() async throws -> [Migration] {
        try await pool.withConnection { connection in
            try await lock(connection)
            try await connection.simple(Self.schema)
            let checksums = try await checksums(connection)
            let missing = try compare(try await applied(connection), checksums)
            for migration in missing {
                try await apply(migration, checksum: checksums[migration.number - 1], on: connection)
            }
            return missing
        }
    }

    /// What has been applied to the database, in order.
    package func applied() async throws -> [AppliedMigration] {
        try await pool.withConnection { try await applied($0) }
    }

    /// What `run` would apply. Throws, as `run` does, if what was applied doesn't fit this build.
    package func pending() async throws -> [Migration] {
        try await pool.withConnection { connection in
            try compare(try await applied(connection), try await checksums(connection))
        }
    }

    private func lock(_ connection: DatabaseConnection) async throws {
        let deadline = ContinuousClock.now + lockTimeout
        var isWaiting = false
        // Asked again and again rather than waited for: statements have a time limit.
        while try await !connection.query("SELECT pg_try_advisory_lock($1)", [Self.lockKey]).one().decode(at: 0) {
            if !isWaiting { logger.info("another migration runs, waiting for it") }
            isWaiting = true
            guard ContinuousClock.now < deadline else {
                throw MigrationError(code: .lockTimeout, reason: "another runner held the lock for \(lockTimeout)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func applied(_ connection: DatabaseConnection) async throws -> [AppliedMigration] {
        let exists: Bool = try await connection.query(
            "SELECT to_regclass('triageloop_migrations.applied') IS NOT NULL"
        ).one().decode(at: 0)
        guard exists else { return [] }
        let sql = "SELECT number, name, checksum, applied_at FROM triageloop_migrations.applied ORDER BY number"
        return try await connection.query(sql).map { row in
            AppliedMigration(
                number: try row.decode(at: 0), name: try row.decode(at: 1), checksum: try row.decode(at: 2),
                appliedAt: try row.decode(at: 3))
        }
    }

    private func checksums(_ connection: DatabaseConnection) async throws -> [String] {
        let sql = """
            SELECT encode(sha256(text), 'hex') FROM unnest($1::bytea[]) WITH ORDINALITY AS t(text, position)
            ORDER BY position
            """
        return try await connection.query(sql, [migrations.map { Array($0.sql.utf8) }]).map { try $0.decode(at: 0) }
    }

    private func compare(_ applied: [AppliedMigration], _ checksums: [String]) throws -> [Migration] {
        for (position, old) in applied.enumerated() {
            guard position < migrations.count, old.number == migrations[position].number else {
                let reason = "the database has migration \(old.number)_\(old.name), which this build doesn't know"
                throw MigrationError(code: .unknownMigration, reason: reason)
            }
            guard old.checksum == checksums[position] else {
                let reason = "\(migrations[position].label) was applied with another text; add a new migration instead"
                throw MigrationError(code: .checksumChanged, reason: reason)
            }
        }
        return Array(migrations.dropFirst(applied.count))
    }

    private func apply(_ migration: Migration, checksum: String, on connection: DatabaseConnection) async throws {
        let script = """
            BEGIN;
            SET LOCAL statement_timeout = 0;
            \(migration.sql)
            ;
            INSERT INTO triageloop_migrations.applied (number, name, checksum)
            VALUES (\(migration.number), '\(migration.name)', '\(checksum)');
            COMMIT;
            """
        do throws(DatabaseError) {
            try await connection.simple(script)
        } catch {
            guard error.code == .server else { throw error }
            throw MigrationError(code: .failed, reason: "\(migration.label): \(error)")
        }
        logger.info("migration applied", metadata: ["migration": "\(migration.label)"])
    }

    /// Any fixed number; advisory locks belong to one database.
    private static let lockKey: Int64 = 0x7472_6961_6765

    private static let schema = """
        CREATE SCHEMA IF NOT EXISTS triageloop_migrations;
        CREATE TABLE IF NOT EXISTS triageloop_migrations.applied (
            number integer PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        """
}

/// A migration that the database has.
package struct AppliedMigration: Sendable, Hashable {
    package let number: Int
    package let name: String
    /// SHA-256 of the SQL, in hexadecimal.
    package let checksum: String
    package let appliedAt: Timestamp
}

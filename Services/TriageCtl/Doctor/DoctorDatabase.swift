import Migrations
import Postgres

/// PostgreSQL: reachable, up to date.
struct DoctorDatabase: Sendable {
    let options: AdminDatabaseOptions

    func check() async -> [DoctorFinding] {
        do {
            guard try options.url != nil || OperatorEnvironment.value("ADMIN_DATABASE_URL") != nil else {
                return [
                    DoctorFinding(
                        .warn, "database", "not checked: no address", advice: "set TRIAGELOOP_ADMIN_DATABASE_URL")
                ]
            }
            return try await options.withPool { pool in try await findings(pool) }
        } catch {
            return [
                DoctorFinding(
                    .fail, "database", CommandFailure(describing: error).message,
                    advice: "start PostgreSQL, and check TRIAGELOOP_ADMIN_DATABASE_URL")
            ]
        }
    }

    private func findings(_ pool: DatabasePool) async throws -> [DoctorFinding] {
        let version: String = try await pool.query("SHOW server_version").one().decode(at: 0)
        var findings = [DoctorFinding(.ok, "database", "PostgreSQL \(version.clipped(to: 60))")]
        let runner = try MigrationRunner(pool: pool, migrations: Migration.bundled(), logger: .silent)
        do {
            let pending = try await runner.pending()
            findings.append(
                pending.isEmpty
                    ? DoctorFinding(.ok, "migrations", "up to date")
                    : DoctorFinding(
                        .fail, "migrations", "missing: \(pending.map(\.label).joined(separator: ", "))",
                        advice: "run triagectl migrate"))
        } catch let error as MigrationError {
            findings.append(
                DoctorFinding(
                    .fail, "migrations", error.reason, advice: "use the triagectl of the release that last migrated it")
            )
        }
        return findings
    }
}

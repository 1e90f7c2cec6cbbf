import Contracts
import FoundationEssentials
import Postgres
import RetrainingTriggerMLflow

/// What an MLflow server shows of the registry, in the schema `registry`: it outlives restarts, and replicas share it.
struct MirrorStore: Sendable {
    /// A version that one replica is to show now.
    struct Claim: Sendable {
        let version: MirroredVersion
        /// How often it was tried, this time included.
        let attempt: Int
    }

    /// MLflow's numbers of what serves and of what is tried; nil where MLflow doesn't show it yet, or there is none.
    struct Serving: Hashable, Sendable {
        let champion: String?
        let challenger: String?
    }

    let pool: DatabasePool
    /// The server and the model there: another one begins from the start.
    let target: String

    /// Takes the oldest version that isn't shown, for as long as `lease`: who doesn't finish in time loses it.
    func claim(lease: Duration) async throws -> Claim? {
        try await pool.execute(
            """
            INSERT INTO registry.mlflow_versions (target, version)
            SELECT $1, version FROM registry.models
            WHERE NOT EXISTS (SELECT FROM registry.mlflow_versions shown
                WHERE shown.target = $1 AND shown.version = models.version)
            ON CONFLICT DO NOTHING
            """, [target])
        let rows = try await pool.query(
            """
            WITH due AS MATERIALIZED (
                SELECT version FROM registry.mlflow_versions JOIN registry.models USING (version)
                WHERE target = $1 AND shown_at IS NULL AND due_at <= now()
                ORDER BY registered_at LIMIT 1 FOR UPDATE OF mlflow_versions SKIP LOCKED
            ), taken AS (
                UPDATE registry.mlflow_versions SET attempts = attempts + 1, due_at = now() + make_interval(secs => $2)
                FROM due WHERE target = $1 AND mlflow_versions.version = due.version
                RETURNING mlflow_versions.version, attempts
            )
            SELECT taken.attempts, models.version, parent, artifact, sha256, manifest, models.metrics, registered_at,
                trainings.id, snapshot_sha256, correlation_id, trainings.reason, created_at
            FROM taken JOIN registry.models USING (version) LEFT JOIN training.trainings ON trainings.id = training_id
            """, [target, lease.seconds])
        return try rows.first.map { row in
            let registered = EventTime(try row.decode(at: 7, as: Timestamp.self))
            let metrics = try row.decode(at: 6, as: JSONB.self).bytes
            return Claim(
                version: MirroredVersion(
                    version: try row.decode(at: 1), parent: try row.decode(at: 2), artifact: try row.decode(at: 3),
                    sha256: try row.decode(at: 4), manifest: try row.decode(at: 5),
                    snapshotSHA256: try row.decode(at: 9),
                    trainingID: try row.decode(at: 8, as: UUID?.self).map { Identifier($0) },
                    correlationID: try row.decode(at: 10),
                    reason: try row.decode(at: 11, as: String?.self) ?? "shipped base model",
                    metrics: try ContractJSON.decode([String: Double].self, from: metrics),
                    startedAt: try row.decode(at: 12, as: Timestamp?.self).map { EventTime($0) } ?? registered,
                    registeredAt: registered),
                attempt: Int(try row.decode(at: 0, as: Int32.self)))
        }
    }

    /// The version is shown there.
    func finish(_ version: String, at place: MLflowMirror.Place) async throws(DatabaseError) {
        try await pool.execute(
            """
            UPDATE registry.mlflow_versions SET run_id = $3, number = $4, shown_at = now(), error = NULL
            WHERE target = $1 AND version = $2
            """, [target, version, place.runID, place.number])
    }

    /// Not now: it may be tried again after `pause`.
    func postpone(_ version: String, for pause: Duration, because reason: String) async throws(DatabaseError) {
        try await pool.execute(
            """
            UPDATE registry.mlflow_versions SET due_at = now() + make_interval(secs => $3), error = $4
            WHERE target = $1 AND version = $2
            """, [target, version, pause.seconds, reason])
    }

    /// What the aliases are to name.
    func serving() async throws -> Serving {
        let row = try await pool.query(
            """
            SELECT (SELECT number FROM registry.serving JOIN registry.mlflow_versions ON version = champion
                    WHERE target = $1),
                (SELECT number FROM registry.models JOIN registry.mlflow_versions USING (version)
                    WHERE target = $1 AND state = 'challenger' ORDER BY registered_at DESC LIMIT 1)
            """, [target]
        ).one()
        return Serving(champion: try row.decode(at: 0), challenger: try row.decode(at: 1))
    }

    /// How many versions and trainings wait to be shown, and why the last version could not be.
    func waiting() async throws -> (count: Int, error: String?) {
        let row = try await pool.query(
            """
            SELECT count(*), (SELECT error FROM registry.mlflow_versions
                WHERE target = $1 AND shown_at IS NULL AND error IS NOT NULL ORDER BY due_at DESC LIMIT 1)
            FROM (SELECT target, shown_at FROM registry.mlflow_versions
                UNION ALL SELECT target, shown_at FROM registry.mlflow_trainings) AS things
            WHERE target = $1 AND shown_at IS NULL
            """, [target]
        ).one()
        return (try row.decode(at: 0), try row.decode(at: 1))
    }
}

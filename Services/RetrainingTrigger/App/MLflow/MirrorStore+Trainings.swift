import Contracts
import FoundationEssentials
import Postgres
import RetrainingTriggerCore
import RetrainingTriggerMLflow

/// Trainings that made no version; a version's own run stands for those that did.
extension MirrorStore {
    /// A training that one replica is to show now.
    struct TrainingClaim: Sendable {
        let training: MirroredTraining
        /// How often it was tried, this time included.
        let attempt: Int
    }

    /// Takes the oldest that isn't shown, for as long as `lease`: who doesn't finish in time loses it.
    func claimTraining(lease: Duration) async throws -> TrainingClaim? {
        try await pool.execute(
            """
            INSERT INTO registry.mlflow_trainings (target, training_id)
            SELECT $1, id FROM training.trainings
            WHERE state IN ('rejected', 'failed') AND origin <> 'refused'
                AND NOT EXISTS (SELECT FROM registry.models WHERE models.training_id = trainings.id)
                AND NOT EXISTS (SELECT FROM registry.mlflow_trainings shown
                    WHERE shown.target = $1 AND shown.training_id = trainings.id)
            ON CONFLICT DO NOTHING
            """, [target])
        let rows = try await pool.query(
            """
            WITH due AS MATERIALIZED (
                SELECT training_id FROM registry.mlflow_trainings JOIN training.trainings ON id = training_id
                WHERE target = $1 AND shown_at IS NULL AND due_at <= now()
                ORDER BY created_at LIMIT 1 FOR UPDATE OF mlflow_trainings SKIP LOCKED
            ), taken AS (
                UPDATE registry.mlflow_trainings SET attempts = attempts + 1, due_at = now() + make_interval(secs => $2)
                FROM due WHERE target = $1 AND mlflow_trainings.training_id = due.training_id
                RETURNING mlflow_trainings.training_id, mlflow_trainings.attempts
            )
            SELECT taken.attempts, id, state, reason, snapshot_sha256, correlation_id, metrics, created_at, changed_at
            FROM taken JOIN training.trainings ON id = training_id
            """, [target, lease.seconds])
        return try rows.first.map { row in
            let id = Identifier(try row.decode(at: 1, as: UUID.self))
            let started = EventTime(try row.decode(at: 7, as: Timestamp.self))
            return TrainingClaim(
                training: MirroredTraining(
                    id: id, version: ModelVersion.name(training: id, queuedAt: started),
                    end: MirroredTraining.End(rawValue: try row.decode(at: 2)) ?? .failed,
                    reason: try row.decode(at: 3),
                    snapshotSHA256: try row.decode(at: 4), correlationID: try row.decode(at: 5),
                    metrics: try ContractJSON.decode(
                        [String: Double].self, from: try row.decode(at: 6, as: JSONB.self).bytes),
                    startedAt: started, endedAt: EventTime(try row.decode(at: 8, as: Timestamp.self))),
                attempt: Int(try row.decode(at: 0, as: Int32.self)))
        }
    }

    /// The training is shown there.
    func finish(_ training: MirroredTraining, as run: String) async throws(DatabaseError) {
        try await pool.execute(
            """
            UPDATE registry.mlflow_trainings SET run_id = $3, shown_at = now(), error = NULL
            WHERE target = $1 AND training_id = $2
            """, [target, training.id.uuid, run])
    }

    /// Not now: it may be tried again after `pause`.
    func postpone(_ training: MirroredTraining, for pause: Duration, because reason: String) async throws(DatabaseError)
    {
        try await pool.execute(
            """
            UPDATE registry.mlflow_trainings SET due_at = now() + make_interval(secs => $3), error = $4
            WHERE target = $1 AND training_id = $2
            """, [target, training.id.uuid, pause.seconds, reason])
    }
}

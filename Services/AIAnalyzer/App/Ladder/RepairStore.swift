import Contracts
import Messaging
import Postgres

/// Degraded analyses that are to be made again, in the schema `analysis`: they outlive restarts, and replicas share them.
struct RepairStore: Sendable {
    /// One of them.
    struct Repair: Sendable {
        let task: TaskSnapshot
        let story: Story
        /// The degraded analysis.
        let analysisID: Identifier
        /// The analysis as it is now.
        let analysis: Analysis
        /// How often it was tried, this time included.
        let attempt: Int
    }

    let pool: DatabasePool

    /// Adds those of these analyses that were stored; runs after them in the same transaction.
    static func adding(_ analyses: [NewAnalysis]) throws -> Statement {
        Statement(
            """
            INSERT INTO analysis.repairs (task_id, revision, analysis_id, provider, task, correlation_id, causation_id,
                traceparent)
            SELECT task_id, revision, analysis_id, new.provider, new.task, new.correlation_id, new.causation_id,
                new.traceparent
            FROM unnest($1::uuid[], $2::int4[], $3::uuid[], $4::text[], $5::jsonb[], $6::text[], $7::text[],
                $8::text[])
                AS new (task_id, revision, analysis_id, provider, task, correlation_id, causation_id, traceparent)
            JOIN analysis.analyses USING (task_id, revision, analysis_id)
            ON CONFLICT DO NOTHING
            """,
            [
                analyses.map(\.task.taskID.uuid), analyses.map { Int32($0.task.revision) },
                analyses.map(\.analysis.analysisID.uuid), analyses.map(\.repairBy),
                try analyses.map { JSONB(try ContractJSON.encode($0.task)) }, analyses.map(\.event.correlationID),
                analyses.map(\.event.causationID), analyses.map(\.event.traceparent),
            ])
    }

    /// Takes up to `limit` that wait for one of these providers, for as long as `lease`; who took them before and didn't
    /// finish in time loses them. Those of an older revision than the latest are dropped.
    func claim(
        _ limit: Int, providers: [String], lease: Duration
    ) async throws -> [Repair] {
        let rows = try await pool.query(
            """
            WITH due AS MATERIALIZED (
                SELECT task_id, revision FROM analysis.repairs WHERE due_at <= now() AND provider = ANY ($1)
                ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
            )
            UPDATE analysis.repairs SET attempts = attempts + 1, due_at = now() + make_interval(secs => $3)
            FROM due JOIN analysis.analyses USING (task_id, revision)
            WHERE repairs.task_id = due.task_id AND repairs.revision = due.revision
            RETURNING task, repairs.correlation_id, repairs.causation_id, repairs.traceparent, repairs.analysis_id,
                analyses.result, repairs.attempts
            """, [providers, limit, lease / .seconds(1)])
        return try rows.map { row in
            let traceparent: String? = try row.decode(at: 3)
            return Repair(
                task: try ContractJSON.decode(TaskSnapshot.self, from: try row.decode(at: 0, as: JSONB.self).bytes),
                story: Story(
                    correlationID: try row.decode(at: 1), causationID: try row.decode(at: 2),
                    trace: traceparent.flatMap { TraceContext(traceparent: $0) } ?? TraceContext()),
                analysisID: Identifier(try row.decode(at: 4)),
                analysis: try ContractJSON.decode(Analysis.self, from: try row.decode(at: 5, as: JSONB.self).bytes),
                attempt: Int(try row.decode(at: 6, as: Int32.self)))
        }
    }

    /// Drops what nobody sees any more: repairs of tasks that have a later revision by now, or are a week old.
    /// - Returns: how many.
    func dropOvertaken() async throws(DatabaseError) -> Int {
        try await pool.execute(
            """
            DELETE FROM analysis.repairs USING analysis.analyses later
            WHERE later.task_id = repairs.task_id
                AND (later.revision > repairs.revision OR repairs.created_at < now() - interval '7 days')
            """)
    }

    /// Puts the new analysis in the place of the degraded one, with its event, in one statement.
    /// - Returns: false when another replica was there first.
    func finish(_ repair: Repair, with new: NewAnalysis) async throws -> Bool {
        var writer = JSONWriter(capacity: 1_024)
        new.analysis.write(to: &writer)
        let rows = try await pool.query(
            """
            WITH gone AS (
                DELETE FROM analysis.repairs WHERE task_id = $1 AND revision = $2 AND analysis_id = $3
                RETURNING analysis_id
            ), replaced AS (
                UPDATE analysis.analyses SET analysis_id = $4, model_version = $5, result = $6, analysed_at = $7
                FROM gone WHERE task_id = $1 AND revision = $2 AND analyses.analysis_id = gone.analysis_id
                RETURNING task_id
            )
            INSERT INTO analysis.outbox (event_id, type, correlation_id, traceparent, body)
            SELECT $8, '\(EventType.analysisCompleted.rawValue)', $9, $10, $11 FROM replaced RETURNING event_id
            """,
            [
                repair.task.taskID.uuid, Int32(repair.task.revision), repair.analysisID.uuid,
                new.analysis.analysisID.uuid, new.analysis.modelVersion, JSONB(writer.bytes),
                Timestamp(microseconds: new.analysis.analysedAt.microseconds), new.event.id.uuid,
                new.event.correlationID, new.event.traceparent, new.outbox.body,
            ])
        return !rows.isEmpty
    }

    /// Not now: it may be tried again after `pause`.
    /// - Parameter counts: whether this attempt is one of those that a repair may have.
    func postpone(_ repair: Repair, for pause: Duration, counting counts: Bool) async throws(DatabaseError) {
        try await pool.execute(
            """
            UPDATE analysis.repairs SET due_at = now() + make_interval(secs => $3),
                attempts = attempts - CASE WHEN $4 THEN 0 ELSE 1 END
            WHERE task_id = $1 AND revision = $2
            """, [repair.task.taskID.uuid, Int32(repair.task.revision), pause / .seconds(1), counts])
    }

    /// The analysis stays as it is.
    func giveUp(_ repair: Repair) async throws(DatabaseError) {
        try await pool.execute(
            "DELETE FROM analysis.repairs WHERE task_id = $1 AND revision = $2",
            [repair.task.taskID.uuid, Int32(repair.task.revision)])
    }
}

import Contracts
import FeatureStore
import Messaging
import Postgres

/// Appends to the histories, in the schema `analysis`.
enum FeatureHistory {
    /// Common table expressions that append what a preceding one, `happened`, holds: each row of it once for its author
    /// and once for its project, numbered in the order of `place`.
    ///
    /// `happened` has: place, tenant, author, project, kind, task_id, task_created_at, event_time, category, priority,
    /// effort, corrected. Entities are locked in one order, so that nobody waits in a circle; what `happened` itself
    /// locks is locked before, because all of it is read first.
    static let appending = """
        entries AS (
            SELECT e.entity, tenant, e.name, kind, task_id, task_created_at, event_time, category, priority, effort,
                corrected, row_number() OVER (PARTITION BY e.entity, tenant, e.name ORDER BY place) AS nth
            FROM happened CROSS JOIN LATERAL (
                VALUES (\(FeatureEntity.user.code)::int2, author), (\(FeatureEntity.project.code)::int2, project)
            ) AS e (entity, name)
        ), numbered AS (
            INSERT INTO analysis.feature_entities AS known (entity, tenant, name, version, written_at)
            SELECT entity, tenant, name, count(*), clock_timestamp() FROM entries
            GROUP BY entity, tenant, name ORDER BY entity, tenant, name
            ON CONFLICT (entity, tenant, name) DO UPDATE SET version = known.version + excluded.version,
                written_at = greatest(known.written_at, clock_timestamp())
            RETURNING id, entity, tenant, name, version, written_at
        ), appended AS (
            INSERT INTO analysis.feature_history (entity_id, version, kind, task_id, task_created_at, event_time,
                written_at, category, priority, effort, corrected)
            SELECT id, version - count(*) OVER (PARTITION BY id) + nth, kind, task_id, task_created_at, event_time,
                written_at, category, priority, effort, corrected
            FROM entries JOIN numbered USING (entity, tenant, name)
        )
        """

    private static let judgements = """
        WITH new AS (
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[],
                $7::timestamptz[], $8::text[], $9::text[], $10::int4[], $11::int2[]) WITH ORDINALITY
                AS new (event_id, tenant, author, project, task_id, task_created_at, event_time, category, priority,
                    effort, corrected, place)
        ), claimed AS (
            INSERT INTO analysis.feature_inbox (event_id) SELECT DISTINCT event_id FROM new ORDER BY event_id
            ON CONFLICT DO NOTHING RETURNING event_id
        ), happened AS (
            SELECT DISTINCT ON (event_id) new.*, \(HistoryEvent.Kind.judged.rawValue)::int2 AS kind
            FROM new JOIN claimed USING (event_id) ORDER BY event_id, place
        ), \(appending)
        SELECT event_id FROM claimed
        """

    /// Appends what people said; what is there already is left alone. One statement.
    /// - Returns: how many were new.
    static func append(
        _ events: [CloudEvent<FeedbackRecorded>], to pool: DatabasePool
    ) async throws(DatabaseError) -> Int {
        let said = events.map { JudgedFields($0.data.fields) }
        return try await pool.query(
            judgements,
            [
                events.map(\.id.uuid), events.map(\.data.task.tenant), events.map(\.data.task.author),
                events.map(\.data.task.project), events.map(\.data.task.taskID.uuid),
                events.map { Timestamp(microseconds: $0.data.task.createdAt.microseconds) },
                events.map { Timestamp(microseconds: $0.data.recordedAt.microseconds) }, said.map(\.category),
                said.map(\.priority), said.map(\.effort), said.map(\.corrected),
            ]
        ).count
    }

    /// Forgets which judgements came, after a week: no redelivery is that late.
    static func forgetInbox(_ pool: DatabasePool) async throws(DatabaseError) {
        try await pool.execute("DELETE FROM analysis.feature_inbox WHERE written_at < now() - interval '7 days'")
    }
}

/// What one feedback says of each field; labels that no person set are left out.
private struct JudgedFields {
    var category: String?
    var priority: String?
    var effort: Int32?
    var corrected: Int16 = 0

    init(_ fields: [JudgedField]) {
        for field in fields where field.provenance != .auto {
            switch (field.field, field.value) {
            case (.category, .text(let label)): category = label
            case (.priority, .text(let label)): priority = label
            case (.effort, .number(let points)): effort = Int32((points * 100).rounded())
            default: continue
            }
            // Somebody who saw no suggestion and says something else would have had to correct it.
            if field.agreement == false { corrected += 1 }
        }
    }
}

import Contracts
import Messaging
import Postgres

/// Erased tasks in the schema `analysis`: what it has of them goes, and nothing of them is taken in again.
/// docs/erasing.md
struct ErasureStore: Sendable {
    let pool: DatabasePool
    let outbox: Outbox
    let relay: Relay

    /// Removes what there is of these tasks and says so, in one transaction; those that were removed before are only
    /// removed again.
    func erase(_ events: [CloudEvent<TaskErased>]) async throws {
        // A batch may hold the same event twice.
        var known: Set<Identifier> = []
        let events = events.filter { known.insert($0.data.taskID).inserted }
        let ids = events.map(\.data.taskID)
        let messages = try await pool.transaction { transaction in
            let fresh = try await transaction.query(
                """
                INSERT INTO analysis.erasures (task_id, tenant, erased_at)
                SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) ON CONFLICT DO NOTHING RETURNING task_id
                """,
                [
                    ids.map(\.uuid), events.map(\.data.tenant),
                    events.map { Timestamp(microseconds: $0.data.erasedAt.microseconds) },
                ]
            ).map { Identifier(try $0.decode(at: 0)) }
            let rows = try await transaction.queries(
                Self.removals(of: ids) + Self.mentions(of: ids, tenants: events.map(\.data.tenant)))
            let removed = try ["analyses", "repairs", "unsent events"].enumerated().map { index, what in
                (what, Self.tally(try rows[index].map { try $0.decode(at: 0, as: String.self) }))
            }
            let named = Self.tally(try rows[3].flatMap { try $0.decode(at: 0, as: [String].self) })
            let now = EventTime.now
            let messages = try events.filter { fresh.contains($0.data.taskID) }.map { event in
                let key = event.data.taskID.description
                let items =
                    removed.map { RemovedItems($0.0, $0.1[key] ?? 0) }
                    + [RemovedItems("lists of similar tasks", named[key] ?? 0)]
                return try OutboxMessage(
                    CloudEvent(
                        source: .aiAnalyzer, subject: key, time: now, story: event.story,
                        data: AnalysisErased(
                            taskID: event.data.taskID, tenant: event.data.tenant, removed: items, doneAt: now)))
            }
            try await transaction.commit(after: [outbox.insertion(of: messages)])
            return messages
        }
        await relay.enqueue(messages)
    }

    private static func tally(_ names: [String]) -> [String: Int] {
        Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
    }

    /// Each answers the task's id for each row.
    static func removals(of ids: [Identifier]) -> [Statement] {
        [
            Statement(
                "DELETE FROM analysis.analyses WHERE task_id = ANY ($1) RETURNING task_id::text", [ids.map(\.uuid)]),
            Statement(
                "DELETE FROM analysis.repairs WHERE task_id = ANY ($1) RETURNING task_id::text", [ids.map(\.uuid)]),
            Statement(
                """
                DELETE FROM analysis.outbox WHERE type = ANY ($2) AND EXISTS (
                        SELECT FROM unnest($1::text[]) AS name WHERE position(convert_to(name, 'UTF8') IN body) > 0)
                    AND convert_from(body, 'UTF8')::jsonb->>'subject' = ANY ($1)
                RETURNING convert_from(body, 'UTF8')::jsonb->>'subject'
                """,
                [ids.map(\.description), [EventType.analysisCompleted, .analysisFailed].map(\.rawValue)]),
        ]
    }

    /// Analyses of other tasks name similar ones with their titles. The first answers which of these each of them named.
    static func mentions(of ids: [Identifier], tenants: [String]) -> [Statement] {
        let names = ids.map(\.description)
        return [
            Statement(
                """
                WITH naming AS MATERIALIZED (
                    SELECT task_id, revision, analysis.similar_gone(result, '{similar}', $2) AS gone
                    FROM analysis.analyses
                    WHERE tenant = ANY ($1) AND analysis.similar_gone(result, '{similar}', $2) IS NOT NULL
                )
                UPDATE analysis.analyses SET result = analysis.without_similar(result, '{similar}', $2)
                FROM naming WHERE analyses.task_id = naming.task_id AND analyses.revision = naming.revision
                RETURNING naming.gone
                """, [Array(Set(tenants)), names]),
            Statement(
                """
                WITH naming AS MATERIALIZED (
                    SELECT event_id, convert_from(body, 'UTF8')::jsonb AS event FROM analysis.outbox
                    WHERE type = '\(EventType.analysisCompleted.rawValue)' AND EXISTS (
                        SELECT FROM unnest($1::text[]) AS name WHERE position(convert_to(name, 'UTF8') IN body) > 0)
                )
                UPDATE analysis.outbox SET body = convert_to(
                    analysis.without_similar(event, '{data,analysis,similar}', $1)::text, 'UTF8')
                FROM naming WHERE outbox.event_id = naming.event_id
                """, [names]),
        ]
    }
}

import Contracts
import Postgres
import TaskAPICore

/// Everything of a tenant, some hundred rows at a time: memory doesn't grow with it, and no transaction stays open.
struct ExportStore: Sendable {
    /// Tasks that are read at once.
    static let step = 500

    /// What is exported of them.
    struct Order: Sendable {
        let kind: ExportKind
        let tenant: String
        let project: String?
        let createdFrom: EventTime?
        let createdBefore: EventTime?
    }

    let pool: DatabasePool

    /// The next tasks after `last`, the oldest first; fewer than `step` are the last ones.
    func tasks(_ order: Order, after last: Identifier) async throws -> [TaskRow] {
        try await pool.query(
            """
            SELECT \(TaskRow.columns) FROM task.tasks
            WHERE tenant = $1 AND id > $2 AND ($3::text IS NULL OR project = $3)
                AND ($4::timestamptz IS NULL OR created_at >= $4) AND ($5::timestamptz IS NULL OR created_at < $5)
            ORDER BY id LIMIT $6
            """,
            [
                order.tenant, last.uuid, order.project, order.createdFrom?.timestamp, order.createdBefore?.timestamp,
                Self.step,
            ]
        ).map { try TaskRow($0) }
    }

    /// What people said of these tasks, by task and time.
    func feedback(on tasks: [TaskRow]) async throws -> [TimelineItem] {
        guard !tasks.isEmpty else { return [] }
        return try await pool.query(
            """
            SELECT event_id, type, time, revision, correlation_id, causation_id, summary, task_id FROM task.timeline
            WHERE task_id = ANY ($1) AND type = '\(EventType.feedbackRecorded.rawValue)'
            ORDER BY task_id, time, event_id
            """, [tasks.map(\.id.uuid)]
        ).map { row in
            TimelineItem(
                eventID: Identifier(try row.decode(at: 0)), taskID: Identifier(try row.decode(at: 7)),
                type: try row.decode(at: 1),
                time: EventTime(microseconds: try row.decode(at: 2, as: Timestamp.self).microseconds),
                revision: try row.decode(at: 3), correlationID: try row.decode(at: 4),
                causationID: try row.decode(at: 5),
                summary: try ContractJSON.decode(JSONValue.self, from: try row.decode(at: 6, as: JSONB.self).bytes))
        }
    }
}

import Contracts
import FoundationEssentials
import Messaging
import Postgres
import TaskAPICore

/// Tasks in the schema `task`. Creates of many callers are one statement: while it runs, the next batch gathers.
struct TaskStore: Sendable {
    let pool: DatabasePool
    let outbox: Outbox
    let relay: Relay
    private let creates: Coalescer<NewTask, Void>

    init(pool: DatabasePool, relay: Relay, maximumBatch: Int = 500, pendingLimit: Int = 20_000) {
        self.pool = pool
        self.relay = relay
        outbox = Outbox(schema: "task", pool: pool)
        creates = Coalescer(maximumBatch: maximumBatch, lanes: 2, pendingLimit: pendingLimit) { tasks in
            _ = try await pool.execute(Self.insertSQL, Self.parameters(of: tasks))
            await relay.enqueue(tasks.map(\.outbox))
            return Array(repeating: (), count: tasks.count)
        }
    }

    /// Returns when the task, its first timeline entry and its event are committed.
    func create(_ task: NewTask) async throws { try await creates.submit(task) }

    /// All or, item by item, what went wrong.
    func create(_ tasks: [NewTask]) async throws { _ = try await creates.submit(contentsOf: tasks) }

    func task(_ id: Identifier, tenant: String) async throws -> TaskRow? {
        let rows = try await pool.query(
            "SELECT \(TaskRow.columns) FROM task.tasks WHERE id = $1 AND tenant = $2", [id.uuid, tenant])
        return try rows.first.map { try TaskRow($0) }
    }

    /// Newest first; one more than `limit` when there is a next page.
    func list(_ query: TaskQuery) async throws -> [TaskRow] {
        var sql = "SELECT \(TaskRow.columns) FROM task.tasks WHERE tenant = $1"
        var parameters: [any DatabaseEncodable] = [query.tenant]
        func add(_ condition: String, _ value: any DatabaseEncodable) {
            parameters.append(value)
            sql += " AND \(condition) $\(parameters.count)"
        }
        if let cursor = query.cursor { add("id <", cursor.last.uuid) }
        if let project = query.project { add("project =", project) }
        if let status = query.status { add("status =", status.rawValue) }
        if let author = query.author { add("author =", author) }
        parameters.append(query.limit + 1)
        sql += " ORDER BY id DESC LIMIT $\(parameters.count)"
        return try await pool.query(sql, parameters).map { try TaskRow($0) }
    }

    func timeline(of id: Identifier) async throws -> [TimelineItem] {
        let rows = try await pool.query(
            """
            SELECT event_id, type, time, revision, correlation_id, causation_id, summary FROM task.timeline
            WHERE task_id = $1 ORDER BY time, event_id
            """, [id.uuid])
        return try rows.map { row in
            TimelineItem(
                eventID: Identifier(try row.decode(at: 0)), taskID: id, type: try row.decode(at: 1),
                time: EventTime(microseconds: try row.decode(at: 2, as: Timestamp.self).microseconds),
                revision: try row.decode(at: 3), correlationID: try row.decode(at: 4),
                causationID: try row.decode(at: 5),
                summary: try ContractJSON.decode(JSONValue.self, from: try row.decode(at: 6, as: JSONB.self).bytes))
        }
    }

    private static let insertSQL = """
        WITH new AS (
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[],
                $8::text[], $9::timestamptz[], $10::uuid[], $11::jsonb[], $12::text[], $13::bytea[], $14::text[],
                $15::text[], $16::text[])
                AS new (id, tenant, project, author, title, body, labels, correlation_id, at, event_id, summary,
                    traceparent, event, causation_id, tier, experiment_group)
        ), tasks AS (
            INSERT INTO task.tasks
                (id, tenant, project, author, title, body, labels, correlation_id, created_at, updated_at, tier,
                    experiment_group)
            SELECT id, tenant, project, author, title, body, labels, correlation_id, at, at, tier, experiment_group
            FROM new
        ), timeline AS (
            INSERT INTO task.timeline
                (task_id, event_id, type, time, revision, correlation_id, causation_id, summary, tenant, author)
            SELECT id, event_id, '\(EventType.taskCreated.rawValue)', at, 1, correlation_id, causation_id, summary,
                tenant, author
            FROM new
        )
        INSERT INTO task.outbox (event_id, type, correlation_id, traceparent, body)
        SELECT event_id, '\(EventType.taskCreated.rawValue)', correlation_id, traceparent, event FROM new
        """

    private static func parameters(of tasks: [NewTask]) -> [any DatabaseEncodable] {
        [
            tasks.map(\.task.taskID.uuid), tasks.map(\.task.tenant), tasks.map(\.task.project),
            tasks.map(\.task.author), tasks.map(\.task.title), tasks.map(\.task.body),
            tasks.map { JSONB($0.task.labels.json) }, tasks.map(\.event.correlationID),
            tasks.map(\.event.time.timestamp), tasks.map(\.event.id.uuid),
            tasks.map { JSONB(Summaries.created($0.task).text()) }, tasks.map(\.event.traceparent),
            tasks.map(\.outbox.body), tasks.map(\.event.causationID), tasks.map(\.task.tier),
            tasks.map(\.task.group),
        ]
    }
}

/// What `GET /v1/tasks` asks for.
struct TaskQuery: Sendable {
    var tenant: String
    var limit = 50
    var cursor: Cursor?
    var project: String?
    var status: TaskStatus?
    var author: String?
}

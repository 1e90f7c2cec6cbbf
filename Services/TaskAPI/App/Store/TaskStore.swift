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
    let holdBack: HoldBack
    private let creates: Coalescer<NewTask, Void>

    init(
        pool: DatabasePool, relay: Relay, maximumBatch: Int = 500, pendingLimit: Int = 20_000,
        holdBack: HoldBack = HoldBack()
    ) {
        self.pool = pool
        self.relay = relay
        self.holdBack = holdBack
        outbox = Outbox(schema: "task", pool: pool)
        creates = Coalescer(maximumBatch: maximumBatch, lanes: 2, pendingLimit: pendingLimit) { tasks in
            _ = try await pool.execute(Self.insertSQL, Self.parameters(of: tasks))
            await relay.enqueue(tasks.map(\.outbox))
            return Array(repeating: (), count: tasks.count)
        }
    }

    /// Returns when the task, its first timeline entry and its event are committed.
    func create(_ task: NewTask) async throws { try await creates.submit(task) }

    /// Several, in as many statements as it takes.
    /// - Returns: for each whether it is stored.
    /// - Throws: what went wrong where none is.
    func createEach(_ tasks: [NewTask]) async throws -> [Result<Void, any Error>] {
        let outcomes = try await creates.submitEach(contentsOf: tasks)
        let failures = outcomes.compactMap { outcome -> (any Error)? in
            if case .failure(let error) = outcome { error } else { nil }
        }
        if let first = failures.first, failures.count == outcomes.count { throw first }
        return outcomes
    }

    /// The same once for a key, in a transaction of its own, with the answer to keep.
    /// - Throws: `AnsweredBefore` when the key was used before; nothing happens then.
    func create(_ tasks: [NewTask], once: Once, answer: KeptAnswer) async throws {
        try await pool.transaction { transaction in
            try await once.claim(in: transaction)
            try await transaction.commit(after: [
                Statement(Self.insertSQL, Self.parameters(of: tasks)),
                try once.keeping(answer, taskID: tasks.count == 1 ? tasks[0].task.taskID : nil),
            ])
        }
        await relay.enqueue(tasks.map(\.outbox))
    }

    /// The statement that stores new tasks with their timelines and events.
    func insertion(of tasks: [NewTask]) -> Statement { Statement(Self.insertSQL, Self.parameters(of: tasks)) }

    func task(_ id: Identifier, tenant: String) async throws -> TaskRow? {
        let rows = try await pool.query(
            "SELECT \(TaskRow.columns) FROM task.tasks WHERE id = $1 AND tenant = $2", [id.uuid, tenant])
        return try rows.first.map { try TaskRow($0) }
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
                $15::text[], $16::text[], $17::jsonb[])
                AS new (id, tenant, project, author, title, body, labels, correlation_id, at, event_id, summary,
                    traceparent, event, causation_id, tier, experiment_group, reference)
        ), tasks AS (
            INSERT INTO task.tasks
                (id, tenant, project, author, title, body, labels, correlation_id, created_at, updated_at, tier,
                    experiment_group, reference)
            SELECT id, tenant, project, author, title, body, labels, correlation_id, at, at, tier, experiment_group,
                reference
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
            tasks.map(\.task.group), tasks.map { $0.task.reference?.json },
        ]
    }
}

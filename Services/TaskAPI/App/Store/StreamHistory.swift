import Contracts
import Postgres

/// What streams replay: the stories of tasks in the order in which they became known here.
struct StreamHistory: Sendable {
    let pool: DatabasePool
    /// Events read at once, the latest.
    let limit: Int

    /// A part of the history, oldest first.
    struct Part: Sendable {
        var events: [StreamEvent]
        /// Whether there is nothing before it.
        var isWhole: Bool
    }

    /// One task's story; whether the caller may see the task is asked elsewhere.
    func story(of task: Identifier) async throws -> Part {
        try await read("timeline.task_id = $1", [task.uuid])
    }

    /// All that happened to the tasks a caller wrote.
    func story(of caller: Caller) async throws -> Part {
        try await read("timeline.tenant = $1 AND timeline.author = $2", [caller.tenant, caller.user])
    }

    /// The ids of a caller's latest events, oldest first.
    func latest(of caller: Caller, count: Int) async throws -> [Identifier] {
        let rows = try await pool.query(
            """
            SELECT event_id FROM task.timeline WHERE tenant = $1 AND author = $2 ORDER BY position DESC LIMIT $3
            """, [caller.tenant, caller.user, count])
        return try rows.reversed().map { Identifier(try $0.decode(at: 0)) }
    }

    /// The latest change of the serving model.
    func rollout() async throws -> StreamEvent? {
        let rows = try await pool.query(
            """
            SELECT event_id, changed_at, correlation_id, champion, reason FROM task.rollouts
            WHERE event_id IS NOT NULL ORDER BY generation DESC LIMIT 1
            """, [])
        return try rows.first.map { row in
            StreamEvent(
                rollout: Identifier(try row.decode(at: 0)),
                at: EventTime(microseconds: try row.decode(at: 1, as: Timestamp.self).microseconds),
                correlationID: try row.decode(at: 2), champion: try row.decode(at: 3), reason: try row.decode(at: 4))
        }
    }

    private func read(_ condition: String, _ parameters: [any DatabaseEncodable]) async throws -> Part {
        let rows = try await pool.query(
            """
            SELECT event_id, task_id, type, time, timeline.revision, timeline.correlation_id, causation_id, summary,
                tasks.tenant, tasks.author,
                CASE WHEN type = '\(EventType.analysisCompleted.rawValue)' AND timeline.revision = tasks.revision
                    THEN tasks.analysis END
            FROM task.timeline JOIN task.tasks ON tasks.id = timeline.task_id
            WHERE \(condition) ORDER BY position DESC LIMIT \(limit)
            """, parameters)
        return Part(events: try rows.reversed().compactMap { try event($0) }, isWhole: rows.count < limit)
    }

    private func event(_ row: Row) throws -> StreamEvent? {
        let item = TimelineItem(
            eventID: Identifier(try row.decode(at: 0)), taskID: Identifier(try row.decode(at: 1)),
            type: try row.decode(at: 2),
            time: EventTime(microseconds: try row.decode(at: 3, as: Timestamp.self).microseconds),
            revision: try row.decode(at: 4), correlationID: try row.decode(at: 5), causationID: try row.decode(at: 6),
            summary: try ContractJSON.decode(JSONValue.self, from: try row.decode(at: 7, as: JSONB.self).bytes))
        let analysis = try row.decode(at: 10, as: JSONB?.self).map {
            try ContractJSON.decode(Analysis.self, from: $0.bytes)
        }
        return StreamEvent(
            item, owner: Caller(tenant: try row.decode(at: 8), user: try row.decode(at: 9)), analysis: analysis)
    }
}

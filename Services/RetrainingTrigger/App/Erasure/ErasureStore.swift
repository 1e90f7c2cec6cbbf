import Contracts
import Messaging
import Postgres

/// Erased tasks in the schema `training`: their feedback goes, and none of it is taken in again. docs/erasing.md
struct ErasureStore: Sendable {
    let pool: DatabasePool
    let outbox: Outbox
    let relay: Relay

    /// Removes the feedback on these tasks and says so, in one transaction; those that were removed before are only
    /// removed again.
    /// - Parameter lines: how many lines of snapshots each lost on this machine.
    func erase(_ events: [CloudEvent<TaskErased>], lines: [Identifier: Int]) async throws {
        var known: Set<Identifier> = []
        let events = events.filter { known.insert($0.data.taskID).inserted }
        let ids = events.map(\.data.taskID)
        let messages = try await pool.transaction { transaction in
            let rows = try await transaction.queries([
                Statement(
                    """
                    INSERT INTO training.erasures (task_id, tenant, erased_at)
                    SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])
                    ON CONFLICT DO NOTHING RETURNING task_id
                    """, [ids.map(\.uuid), events.map(\.data.tenant), events.map(\.data.erasedAt.timestamp)]),
                Statement(
                    "DELETE FROM training.feedback WHERE task_id = ANY ($1) RETURNING task_id", [ids.map(\.uuid)]),
            ])
            let fresh = try rows[0].map { Identifier(try $0.decode(at: 0)) }
            let feedback = Dictionary(
                try rows[1].map { (Identifier(try $0.decode(at: 0)), 1) }, uniquingKeysWith: +)
            let now = EventTime.now
            let messages = try events.filter { fresh.contains($0.data.taskID) }.map { event in
                let id = event.data.taskID
                return try OutboxMessage(
                    CloudEvent(
                        source: .retrainingTrigger, subject: id.description, time: now, story: event.story,
                        data: TrainingErased(
                            taskID: id, tenant: event.data.tenant,
                            removed: [
                                RemovedItems("feedback", feedback[id] ?? 0),
                                RemovedItems("lines of snapshots", lines[id] ?? 0),
                            ], doneAt: now)))
            }
            try await transaction.commit(after: [outbox.insertion(of: messages)])
            return messages
        }
        await relay.enqueue(messages)
    }

    /// Tasks that were erased after that, with the time of the last of them; nil for all there are.
    func erased(since: Timestamp?) async throws -> (tasks: [Identifier], until: Timestamp?) {
        let rows = try await pool.query(
            """
            SELECT task_id, written_at FROM training.erasures WHERE $1::timestamptz IS NULL OR written_at > $1
            ORDER BY written_at
            """, [since])
        return (
            try rows.map { Identifier(try $0.decode(at: 0)) },
            try rows.last.map { try $0.decode(at: 1, as: Timestamp.self) }
        )
    }

    /// Removes feedback whose event came when its task was being erased.
    func removeLate() async throws {
        try await pool.execute(
            """
            DELETE FROM training.feedback USING training.erasures
            WHERE feedback.task_id = erasures.task_id AND erasures.written_at > now() - interval '1 hour'
            """)
    }
}

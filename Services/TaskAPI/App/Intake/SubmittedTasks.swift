import Contracts
import FoundationEssentials
import Messaging
import Postgres

/// Tasks that CloudEvents hand in: one for each event, however often it comes.
struct SubmittedTasks: Sendable {
    let tasks: TaskStore

    /// What became of an event.
    struct Result: Sendable {
        let taskID: Identifier
        /// Whether it made the task just now.
        let isNew: Bool
    }

    /// Makes the tasks in one transaction; an event that came before, in another request or further up, keeps the task
    /// it has.
    func take(_ events: [(event: TaskSubmitted, story: Story)], caller: Caller) async throws -> [Result] {
        let new = try events.map { try NewTask($0.event.data, caller: caller, story: $0.story) }
        let (results, messages) = try await tasks.pool.transaction { transaction -> ([Result], [OutboxMessage]) in
            let keys: [any DatabaseEncodable] = [
                caller.tenant, events.map(\.event.source), events.map(\.event.id),
            ]
            let rows = try await transaction.queries([
                Statement(
                    """
                    INSERT INTO task.intake_events (tenant, source, event_id, task_id)
                    SELECT $1, source, id, task FROM unnest($2::text[], $3::text[], $4::uuid[]) AS new (source, id, task)
                    ORDER BY source, id
                    ON CONFLICT DO NOTHING
                    """, keys + [new.map(\.task.taskID.uuid)]),
                Statement(
                    """
                    SELECT known.task_id FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS new (source, id, place)
                    JOIN task.intake_events known
                        ON known.tenant = $1 AND known.source = new.source AND known.event_id = new.id
                    ORDER BY new.place
                    """, keys),
            ])
            let known = try rows[1].map { Identifier(try $0.decode(at: 0)) }
            guard known.count == new.count else {
                throw DatabaseError(code: .decoding, reason: "\(known.count) of \(new.count) events are noted")
            }
            let made = zip(new, known).filter { $0.task.taskID == $1 }.map(\.0)
            let results = zip(new, known).map { Result(taskID: $1, isNew: $0.task.taskID == $1) }
            try await transaction.commit(after: made.isEmpty ? [] : [tasks.insertion(of: made)])
            return (results, made.map(\.outbox))
        }
        if !messages.isEmpty { await tasks.relay.enqueue(messages) }
        return results
    }
}

import Contracts
import Messaging
import Postgres
import TaskAPICore

/// Erasures in the schema `task`: the task goes in one transaction with the event that tells the others; what others of
/// its tenant's tasks say of it follows. docs/erasing.md
struct ErasureStore: Sendable {
    /// What came of a request.
    enum Outcome: Sendable {
        /// - Parameter event: nil when the task was erased before.
        case erased(ErasureView, event: CloudEvent<TaskErased>?)
        case notAllowed
        case noSuchTask
    }

    /// Why nothing is erased now: ends the transaction.
    private enum NotErased: Error { case gone, notAllowed }

    let pool: DatabasePool
    let outbox: Outbox
    let relay: Relay

    init(pool: DatabasePool, relay: Relay) {
        self.pool = pool
        self.relay = relay
        outbox = Outbox(schema: "task", pool: pool)
    }

    /// Removes a task and all that the schema has of its text, and tells the others.
    func erase(_ id: Identifier, caller: Caller, isOperator: Bool, story: Story?) async throws -> Outcome {
        do {
            let (event, message) = try await pool.transaction { transaction in
                let found = try await transaction.query(
                    "SELECT author, correlation_id FROM task.tasks WHERE id = $1 AND tenant = $2 FOR UPDATE",
                    [id.uuid, caller.tenant])
                guard let row = found.first else { throw NotErased.gone }
                let author: String = try row.decode(at: 0)
                guard ErasureDecision.mayErase(author: author, user: caller.user, isOperator: isOperator) else {
                    throw NotErased.notAllowed
                }
                let now = EventTime.now
                let event = CloudEvent(
                    source: .taskAPI, subject: id.description, time: now,
                    story: try story ?? Story(correlationID: row.decode(at: 1)),
                    data: TaskErased(
                        taskID: id, tenant: caller.tenant, author: author, erasedBy: caller.user, erasedAt: now))
                let message = try OutboxMessage(event)
                let removals = try ErasureStatements.removals(of: id, tenant: caller.tenant)
                let rows = try await transaction.queries(removals.map(\.statement))
                let removed = zip(removals, rows).map { RemovedItems($0.what, $1.affectedRows) }
                try await transaction.commit(after: [
                    ErasureStatements.tombstone(event), try ErasureStatements.firstPart(id, removed),
                    outbox.insertion(of: [message]),
                ])
                return (event, message)
            }
            await relay.enqueue([message])
            return try await view(id, tenant: caller.tenant).map { .erased($0, event: event) } ?? .noSuchTask
        } catch NotErased.notAllowed {
            return .notAllowed
        } catch NotErased.gone {
            return try await view(id, tenant: caller.tenant).map { .erased($0, event: nil) } ?? .noSuchTask
        }
    }

    /// What has become of an erased task's text; nil for one that wasn't erased.
    func view(_ id: Identifier, tenant: String) async throws -> ErasureView? {
        let rows = try await pool.query(
            """
            SELECT erased_by, erased_at, correlation_id, service, removed, done_at
            FROM task.erasures LEFT JOIN task.erasure_parts USING (task_id) WHERE task_id = $1 AND tenant = $2
            """, [id.uuid, tenant])
        guard let first = rows.first else { return nil }
        var parts = ServiceName.allCases.map { ErasurePart(service: $0) }
        for row in rows {
            let name: String? = try row.decode(at: 3)
            guard let index = parts.firstIndex(where: { $0.service.rawValue == name }) else { continue }
            parts[index].removed = try ContractJSON.decode(
                [RemovedItems].self, from: try row.decode(at: 4, as: JSONB.self).bytes)
            parts[index].doneAt = try row.decode(at: 5, as: Timestamp?.self).map {
                EventTime(microseconds: $0.microseconds)
            }
        }
        return ErasureView(
            taskID: id, erasedBy: try first.decode(at: 0),
            erasedAt: EventTime(microseconds: try first.decode(at: 1, as: Timestamp.self).microseconds),
            correlationID: try first.decode(at: 2), parts: parts)
    }

    /// The refusal for a task that isn't there: it was erased, or never was.
    func missing(_ id: Identifier, tenant: String) async throws -> Problem {
        let rows = try await pool.query(
            "SELECT 1 FROM task.erasures WHERE task_id = $1 AND tenant = $2", [id.uuid, tenant])
        return rows.isEmpty ? .noTask(id) : .erased(id)
    }

    /// Takes erased tasks out of what their tenants' other tasks, kept answers and unsent events say of similar ones, and
    /// notes that this service's part is done. May be repeated.
    func forgetMentions(of erased: [TaskErased]) async throws {
        guard !erased.isEmpty else { return }
        let now = EventTime.now
        try await pool.transaction { transaction in
            let mentions = ErasureStatements.mentions(
                of: erased.map(\.taskID), tenants: Array(Set(erased.map(\.tenant))))
            let rows = try await transaction.queries(mentions)
            var counts: [String: Int] = [:]
            for row in rows[0] {
                for id in try row.decode(at: 0, as: [String].self) { counts[id, default: 0] += 1 }
            }
            try await transaction.commit(
                after: try erased.map { one in
                    try ErasureStatements.ownPartDone(
                        one.taskID, RemovedItems("lists of similar tasks", counts[one.taskID.description] ?? 0), at: now
                    )
                })
        }
    }

    /// Notes another service's part; what was noted before stays.
    func note(_ parts: [(task: Identifier, part: ErasurePart)]) async throws {
        let statements = try parts.map { try ErasureStatements.part($0.task, $0.part) }
        if !statements.isEmpty { try await pool.transaction(statements) }
    }
}

extension Problem {
    /// For a task whose text is gone for good.
    static func erased(_ id: Identifier) -> Problem {
        Problem(.taskErased, detail: "Task \(id) was erased; GET /v1/erasures/\(id) says what was removed.")
    }
}

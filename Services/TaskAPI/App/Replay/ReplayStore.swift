import Contracts
import Messaging
import Postgres
import TaskAPICore

/// Replays in the schema `task`: each answer's effect and the next chunk are one transaction, keyed by the chunk's number,
/// so that nothing is lost or counted twice, whoever is killed or told again.
struct ReplayStore: Sendable {
    /// How much is under way at once.
    struct Limits: Sendable {
        /// Most bytes of text in a chunk; a task that is longer is one of its own.
        var chunkBytes = 65_536
        /// Chunks that wait for their answers.
        var window = 8
        /// A replay without an answer for so long makes room for another.
        var patience: Duration = .seconds(600)
        /// Replays that are kept of each tenant.
        var kept = 50
    }

    /// What came of a request.
    enum Start: Sendable {
        case started(ReplayRow)
        /// The same request came before.
        case existing(ReplayRow)
        /// The id is another replay's.
        case taken
        case underWay(Identifier)
        case unknownCandidate
    }

    let pool: DatabasePool
    let outbox: Outbox
    let relay: Relay
    let limits: Limits

    init(pool: DatabasePool, relay: Relay, limits: Limits) {
        self.pool = pool
        self.relay = relay
        self.limits = limits
        outbox = Outbox(schema: "task", pool: pool)
    }

    /// Starts a replay and sends its first chunks.
    func start(_ draft: ReplayDraft, caller: Caller, story: Story) async throws -> Start {
        let now = EventTime.now
        let fresh = ReplayRow(draft, caller: caller, story: story, at: now)
        let (start, messages) = try await pool.transaction { transaction -> (Start, [OutboxMessage]) in
            if draft.id != nil, let same = try await Self.locked(fresh.id, transaction) {
                return (same.tenant == caller.tenant && same.isAsked(by: draft) ? .existing(same) : .taken, [])
            }
            let known = try await transaction.query(
                "SELECT 1 FROM task.models WHERE version = $1", [draft.candidate])
            guard !known.isEmpty else { return (.unknownCandidate, []) }
            _ = try await transaction.queries([giveUp(caller.tenant, now), tidy(caller.tenant)])
            let inserted = try await transaction.queries([try Self.insertion(of: fresh, user: caller.user)])
            guard inserted[0].affectedRows == 1 else {
                let running = try await transaction.query(
                    "SELECT id FROM task.replays WHERE tenant = $1 AND state = 'running'", [caller.tenant])
                // Over by now, or the same id at the same time: asked again it will be clear.
                return (.underWay(try running.first.map { Identifier(try $0.decode(at: 0)) } ?? fresh.id), [])
            }
            var row = fresh
            let messages = try await sendMore(&row, at: now, transaction)
            return (.started(row), messages)
        }
        await relay.enqueue(messages)
        return start
    }

    /// What one answer did.
    enum Effect: Hashable, Sendable {
        /// It had its effect before, or the replay is over.
        case none
        case counted
        case ended(ReplayState, reason: String?)
    }

    /// Counts an answer and sends what comes next.
    func answer(_ event: CloudEvent<ReplayAnswered>) async throws -> Effect {
        let answered = event.data
        let now = EventTime.now
        let (effect, messages) = try await pool.transaction { transaction -> (Effect, [OutboxMessage]) in
            guard var row = try await Self.locked(answered.replayID, transaction), row.state == .running else {
                return (.none, [])
            }
            row.changedAt = max(row.changedAt, now)
            if let fault = answered.fault {
                row.state = .failed
                row.reason = fault
                _ = try await transaction.queries([try row.update(), Self.forgetChunks(row)])
                return (.ended(.failed, reason: fault), [])
            }
            let rows = try await transaction.query(
                "SELECT items FROM task.replay_chunks WHERE replay_id = $1 AND number = $2 AND items IS NOT NULL",
                [row.id.uuid, Int32(answered.number)])
            guard let items = try rows.first?.decode(at: 0, as: JSONB.self) else { return (.none, []) }
            let chunk = try ContractJSON.decode([ReplayItem].self, from: items.bytes)
            let tally = ReplayTally(chunk, answered.answers)
            row.fields = zip(row.fields, tally.fields).map { $0 + $1 }
            row.tasksAnswered += chunk.count
            row.chunksAnswered += 1
            _ = try await transaction.queries([
                Statement(
                    "UPDATE task.replay_chunks SET items = NULL WHERE replay_id = $1 AND number = $2",
                    [row.id.uuid, Int32(answered.number)]),
                try Self.insertion(of: tally.differences, row.id),
            ])
            let messages = try await sendMore(&row, at: now, transaction)
            return (row.state == .running ? .counted : .ended(row.state, reason: nil), messages)
        }
        await relay.enqueue(messages)
        return effect
    }

    private static func locked(_ id: Identifier, _ transaction: DatabaseTransaction) async throws -> ReplayRow? {
        try await transaction.query(
            "SELECT \(ReplayRow.columns) FROM task.replays WHERE id = $1 FOR UPDATE", [id.uuid]
        ).first.map { try ReplayRow($0) }
    }

    /// Fills the window with chunks, ends the replay when nothing is left, and writes the row.
    private func sendMore(
        _ row: inout ReplayRow, at now: EventTime, _ transaction: DatabaseTransaction
    ) async throws -> [OutboxMessage] {
        var messages: [OutboxMessage] = []
        while !row.isListed, row.chunksSent - row.chunksAnswered < limits.window {
            guard let (chunk, items) = try await nextChunk(&row, transaction) else { break }
            let event = CloudEvent(
                source: .taskAPI, subject: row.id.description, time: now, story: row.story, data: chunk)
            let message = try OutboxMessage(event)
            _ = try await transaction.queries([
                Statement(
                    "INSERT INTO task.replay_chunks (replay_id, number, items) VALUES ($1, $2, $3)",
                    [row.id.uuid, Int32(chunk.number), JSONB(try ContractJSON.encode(items))]),
                outbox.insertion(of: [message]),
            ])
            messages.append(message)
        }
        var ending: [Statement] = []
        if row.isListed, row.chunksAnswered == row.chunksSent {
            row.state = .done
            ending = [Self.forgetChunks(row)]
        }
        _ = try await transaction.queries([try row.update()] + ending)
        return messages
    }

    /// The next tasks, the latest first; nil when there are no more.
    private func nextChunk(
        _ row: inout ReplayRow, _ transaction: DatabaseTransaction
    ) async throws -> (ReplayChunk, [ReplayItem])? {
        let wanted = min(100, row.limit - row.tasksSent)
        guard wanted > 0 else {
            row.isListed = true
            return nil
        }
        let rows = try await transaction.query(
            Self.tasksSQL,
            [
                row.tenant, row.nextBefore.uuid, row.lowest.uuid, row.since.timestamp, row.until.timestamp,
                row.project, wanted,
            ])
        var tasks: [ReplayTask] = []
        var items: [ReplayItem] = []
        var bytes = 0
        for found in rows {
            let (task, item) = try Self.task(found)
            bytes += task.title.utf8.count + task.body.utf8.count
            if bytes > limits.chunkBytes, !tasks.isEmpty { break }
            tasks.append(task)
            items.append(item)
        }
        guard let last = tasks.last else {
            row.isListed = true
            return nil
        }
        let chunk = ReplayChunk(
            replayID: row.id, number: row.chunksSent, candidateVersion: row.candidate, tasks: tasks)
        row.nextBefore = last.taskID
        row.chunksSent += 1
        row.tasksSent += tasks.count
        return (chunk, items)
    }

    /// Only tasks with an analysis: where nothing was shown nothing would change.
    private static let tasksSQL = """
        SELECT id, revision, project, title, body, fields, analysis->'category'->>'value',
            analysis->'priority'->>'value', (analysis->'effort'->>'points')::float8,
            (SELECT names FROM task.label_sets WHERE label_sets.tenant = tasks.tenant)
        FROM task.tasks
        WHERE tenant = $1 AND id < $2 AND id >= $3 AND created_at >= $4 AND created_at <= $5
            AND ($6::text IS NULL OR project = $6) AND analysis IS NOT NULL
        ORDER BY id DESC LIMIT $7
        """

    private static func task(_ row: Row) throws -> (ReplayTask, ReplayItem) {
        let task = ReplayTask(
            taskID: Identifier(try row.decode(at: 0)), revision: Int(try row.decode(at: 1, as: Int32.self)),
            project: try row.decode(at: 2), title: try row.decode(at: 3), body: try row.decode(at: 4))
        // The candidate's answers come under the names of today.
        let today = try row.decode(at: 9, as: JSONB?.self).map {
            try ContractJSON.decode(NamesOfBefore.self, from: $0.bytes)
        }
        let fields = try row.decode(at: 5, as: JSONB.self)
        let category = try row.decode(at: 6, as: String?.self)
        let item = ReplayItem(
            taskID: task.taskID, category: category.map { today?.now[$0] ?? $0 }, priority: try row.decode(at: 7),
            effort: try row.decode(at: 8),
            fields: try ContractJSON.decode(TaskFields.self, from: (try today?.shown(fields) ?? fields).bytes))
        return (task, item)
    }
}

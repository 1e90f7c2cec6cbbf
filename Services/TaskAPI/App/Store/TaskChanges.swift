import Contracts
import Messaging
import Postgres
import TaskAPICore

/// A change of a task that is decided and not committed.
struct PendingChange<Payload: EventPayload>: Sendable {
    /// The task as it will be.
    let row: TaskRow
    let event: CloudEvent<Payload>
    let message: OutboxMessage
    /// What is left to run.
    let statements: [Statement]
}

/// Edits and feedback: each one transaction of the change, its timeline entry and its event.
extension TaskStore {
    /// Applies an edit; the task gets a new revision and no analysis until that one is there.
    /// - Parameter ifMatch: only if the task as the caller sees it is one of these.
    /// - Returns: the task as it is now, or `nil` if there is none.
    /// - Throws: `Problem` when it is another one by now; nothing is changed then.
    func edit(
        _ id: Identifier, _ edit: TaskEdit, caller: Caller, story: Story?, ifMatch: EntityTags? = nil
    ) async throws -> TaskRow? {
        let result = try await pool.transaction { transaction -> PendingChange<TaskEdited>? in
            if let ifMatch {
                let known = try await transaction.query(
                    "SELECT \(TaskRow.columns) FROM task.tasks WHERE id = $1 AND tenant = $2 FOR UPDATE",
                    [id.uuid, caller.tenant])
                guard let row = try known.first.map({ try TaskRow($0) }) else { return nil }
                let tag = EntityTag(of: try shown(row, to: caller).json, revision: row.revision)
                guard ifMatch.matches(tag) else {
                    throw Problem(
                        .revisionConflict, detail: "The task is at revision \(row.revision); its ETag is \(tag.header)."
                    )
                }
            }
            guard
                let change = try await self.change(id, edit, tenant: caller.tenant, story: story, in: transaction)
            else { return nil }
            _ = try await transaction.commit(after: change.statements)
            return change
        }
        guard let result else { return nil }
        await relay.enqueue([result.message])
        return result.row
    }

    /// The same within a transaction, whose last statements are to be the change's own.
    func change(
        _ id: Identifier, _ edit: TaskEdit, tenant: String, story: Story?, in transaction: DatabaseTransaction
    ) async throws -> PendingChange<TaskEdited>? {
        let now = EventTime.now
        let rows = try await transaction.query(
            """
            UPDATE task.tasks SET title = coalesce($3, title), body = coalesce($4, body),
                project = coalesce($5, project), revision = revision + 1, status = 'analysing', analysis = NULL,
                updated_at = greatest(updated_at, $6)
            WHERE id = $1 AND tenant = $2 RETURNING \(TaskRow.columns)
            """,
            [id.uuid, tenant, edit.title, edit.body, edit.project, now.timestamp])
        guard let first = rows.first else { return nil }
        let row = try TaskRow(first)
        let event = CloudEvent(
            source: .taskAPI, subject: id.description, time: now,
            story: story ?? Story(correlationID: row.correlationID), sequence: row.revision,
            data: TaskEdited(task: try row.snapshot))
        let message = try OutboxMessage(event)
        return PendingChange(
            row: row, event: event, message: message,
            statements: [
                Self.timelineEntry(event, of: row, summary: Summaries.edited(event.data.task)),
                outbox.insertion(of: [message]),
            ])
    }

    /// Asks for another analysis of the text as it stands, at a revision of its own.
    /// - Parameters:
    ///   - once: makes it happen once for its key, and keeps the answer.
    ///   - reply: the answer, from the task as it is then.
    /// - Returns: nil if there is no such task.
    /// - Throws: `AnsweredBefore` when the key was used before; nothing happens then.
    func reanalyse(
        _ id: Identifier, caller: Caller, story: Story?, once: Once?,
        reply: @Sendable (TaskRow) throws -> Reply<TaskView>
    ) async throws -> Reply<TaskView>? {
        struct NoTask: Error {}
        do {
            let (answer, message) = try await pool.transaction { transaction in
                try await once?.claim(in: transaction)
                let now = EventTime.now
                let rows = try await transaction.query(
                    """
                    UPDATE task.tasks SET revision = revision + 1, status = 'analysing', analysis = NULL,
                        updated_at = greatest(updated_at, $3)
                    WHERE id = $1 AND tenant = $2 RETURNING \(TaskRow.columns)
                    """, [id.uuid, caller.tenant, now.timestamp])
                guard let row = try rows.first.map({ try TaskRow($0) }) else { throw NoTask() }
                let event = CloudEvent(
                    source: .taskAPI, subject: id.description, time: now,
                    story: story ?? Story(correlationID: row.correlationID), sequence: row.revision,
                    data: TaskEdited(task: try row.snapshot))
                let message = try OutboxMessage(event)
                let answer = try reply(row)
                let changes = [
                    Self.timelineEntry(event, of: row, summary: Summaries.edited(event.data.task)),
                    outbox.insertion(of: [message]),
                    try once?.keeping(answer.kept(of: event.ownStory), taskID: id),
                ]
                _ = try await transaction.commit(after: changes.compactMap(\.self))
                return (answer, message)
            }
            await relay.enqueue([message])
            return answer
        } catch is NoTask {
            return nil
        }
    }

    /// What came of feedback.
    enum FeedbackOutcome: Sendable {
        case recorded(Reply<FeedbackResult>, CloudEvent<FeedbackRecorded>)
        case refused([BrokenRule])
        case noSuchTask
    }

    /// Why feedback is not recorded: ends the transaction, so that a claim goes with it.
    struct NotRecorded: Error {
        let outcome: FeedbackOutcome
    }

    /// Records what a person said; the task shows it from now on.
    /// - Parameters:
    ///   - once: makes it count once for its key, and keeps the answer.
    ///   - reply: the answer, from the task as it stands then.
    /// - Throws: `AnsweredBefore` when the key was used before; nothing happens then.
    func record(
        _ draft: FeedbackDraft, on id: Identifier, caller: Caller, story: Story?, once: Once?,
        reply: @Sendable (TaskRow, CloudEvent<FeedbackRecorded>) throws -> Reply<FeedbackResult>
    ) async throws -> FeedbackOutcome {
        do {
            let (outcome, message) = try await decide(draft, on: id, caller, story, once, reply)
            await relay.enqueue([message])
            return outcome
        } catch let refused as NotRecorded {
            return refused.outcome
        }
    }

    private func decide(
        _ draft: FeedbackDraft, on id: Identifier, _ caller: Caller, _ story: Story?, _ once: Once?,
        _ reply: @Sendable (TaskRow, CloudEvent<FeedbackRecorded>) throws -> Reply<FeedbackResult>
    ) async throws -> (FeedbackOutcome, OutboxMessage) {
        try await pool.transaction { transaction in
            try await once?.claim(in: transaction)
            let side = holdBack.side(of: caller)
            let change = try await judge(
                draft, on: id, caller: caller, story: story, isBlind: side == .blind, side: side, in: transaction)
            let answer = try reply(change.row, change.event)
            let kept = try once?.keeping(answer.kept(of: change.event.ownStory), taskID: id)
            _ = try await transaction.commit(after: change.statements + [kept].compactMap(\.self))
            return (.recorded(answer, change.event), change.message)
        }
    }

    /// What a person said, within a transaction whose last statements are to be the change's own.
    /// - Parameters:
    ///   - isBlind: whether the person saw no suggestion.
    ///   - side: where the answer counts in the comparison of those who see suggestions with those who don't; nil:
    ///     nowhere.
    /// - Throws: `NotRecorded` when there is no such task, or nothing to accept.
    func judge(
        _ draft: FeedbackDraft, on id: Identifier, caller: Caller, story: Story?, isBlind: Bool, side: HoldBackSide?,
        in transaction: DatabaseTransaction
    ) async throws -> PendingChange<FeedbackRecorded> {
        let rows = try await transaction.query(
            "SELECT \(TaskRow.columns) FROM task.tasks WHERE id = $1 AND tenant = $2 FOR UPDATE",
            [id.uuid, caller.tenant])
        guard let first = rows.first else { throw NotRecorded(outcome: .noSuchTask) }
        var row = try TaskRow(first)
        let analysis = try row.analysis.map { try ContractJSON.decode(Analysis.self, from: $0.bytes) }
        let now = EventTime.now
        let set = try ContractJSON.decode(TaskFields.self, from: row.fields.bytes)
        let labels =
            draft.fields.contains { $0.field == .category }
            ? try await LabelStore.mapping(tenant: caller.tenant, in: transaction) : .none
        let decision = FeedbackDecision.decide(
            on: draft, fields: set, analysis: analysis, user: caller.user, isBlind: isBlind, labels: labels,
            at: now)
        guard case .record(let judged, let fields) = decision else {
            guard case .refuse(let broken) = decision else { throw NotRecorded(outcome: .noSuchTask) }
            throw NotRecorded(outcome: .refused(broken))
        }
        row.fields = JSONB(try ContractJSON.encode(fields))
        // Never back, even if the analyzer's clock is ahead: readers take the later state for the newer.
        row.updatedAt = max(row.updatedAt, now)
        let event = CloudEvent(
            source: .taskAPI, subject: id.description, time: now,
            story: story ?? Story(correlationID: row.correlationID), sequence: row.revision,
            data: FeedbackRecorded(
                feedbackID: Identifier(), task: try row.snapshot, user: caller.user, fields: judged,
                modelVersion: analysis?.modelVersion, analysedAt: analysis?.analysedAt, blind: isBlind ? true : nil,
                recordedAt: now))
        let message = try OutboxMessage(event)
        let statements = [
            Statement(
                "UPDATE task.tasks SET fields = $2, updated_at = $3 WHERE id = $1",
                [id.uuid, row.fields, row.updatedAt.timestamp]),
            Self.timelineEntry(event, of: row, summary: Summaries.feedback(event.data)),
            outbox.insertion(of: [message]),
            HoldBackStore.note(event.data, side: side, set: set),
        ]
        return PendingChange(row: row, event: event, message: message, statements: statements.compactMap(\.self))
    }

    /// Sends an event that changes nothing here: a request to the training side.
    /// - Parameter once: makes it leave once for its key, and keeps the answer.
    /// - Throws: `AnsweredBefore` when the key was used before; nothing happens then.
    func send(_ event: CloudEvent<some EventPayload>, once: Once?, answer: KeptAnswer) async throws {
        let message = try OutboxMessage(event)
        let insertion = outbox.insertion(of: [message])
        if let once {
            try await pool.transaction { transaction in
                try await once.claim(in: transaction)
                try await transaction.commit(after: [insertion, try once.keeping(answer)])
            }
        } else {
            try await pool.transaction([insertion])
        }
        await relay.enqueue([message])
    }

    private static func timelineEntry(
        _ event: CloudEvent<some EventPayload>, of row: TaskRow, summary: JSONValue
    ) -> Statement {
        Statement(
            """
            INSERT INTO task.timeline
                (task_id, event_id, type, time, revision, correlation_id, causation_id, summary, tenant, author)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                row.id.uuid, event.id.uuid, event.type.rawValue, event.time.timestamp, Int32(row.revision),
                event.correlationID, event.causationID, JSONB(summary.text()), row.tenant, row.author,
            ])
    }
}

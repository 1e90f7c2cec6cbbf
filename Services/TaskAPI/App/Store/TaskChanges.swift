import Contracts
import Messaging
import Postgres
import TaskAPICore

/// Edits and feedback: each one transaction of the change, its timeline entry and its event.
extension TaskStore {
    /// Applies an edit; the task gets a new revision and no analysis until that one is there.
    /// - Returns: the task as it is now, or `nil` if there is none.
    func edit(_ id: Identifier, _ edit: TaskEdit, caller: Caller, story: Story?) async throws -> TaskRow? {
        let now = EventTime.now
        let result = try await pool.transaction { transaction -> (TaskRow, OutboxMessage, Story)? in
            let rows = try await transaction.query(
                """
                UPDATE task.tasks SET title = coalesce($3, title), body = coalesce($4, body),
                    project = coalesce($5, project), revision = revision + 1, status = 'analysing', analysis = NULL,
                    updated_at = greatest(updated_at, $6)
                WHERE id = $1 AND tenant = $2 RETURNING \(TaskRow.columns)
                """,
                [id.uuid, caller.tenant, edit.title, edit.body, edit.project, now.timestamp])
            guard let first = rows.first else { return nil }
            let row = try TaskRow(first)
            let story = story ?? Story(correlationID: row.correlationID)
            let event = CloudEvent(
                source: .taskAPI, subject: id.description, time: now, story: story, sequence: row.revision,
                data: TaskEdited(task: try row.snapshot))
            let message = try OutboxMessage(event)
            _ = try await transaction.commit(after: [
                Self.timelineEntry(
                    event, of: row, summary: Summaries.edited(event.data.task)),
                outbox.insertion(of: [message]),
            ])
            return (row, message, story)
        }
        guard let (row, message, _) = result else { return nil }
        await relay.enqueue([message])
        return row
    }

    /// What came of feedback.
    enum FeedbackOutcome: Sendable {
        case recorded(feedbackID: Identifier, task: TaskRow, event: CloudEvent<FeedbackRecorded>)
        case refused([BrokenRule])
        case noSuchTask
    }

    /// Records what a person said; the task shows it from now on.
    func record(
        _ draft: FeedbackDraft, on id: Identifier, caller: Caller, story: Story?
    ) async throws -> FeedbackOutcome {
        let (outcome, message) = try await pool.transaction {
            transaction -> (FeedbackOutcome, OutboxMessage?) in
            let rows = try await transaction.query(
                "SELECT \(TaskRow.columns) FROM task.tasks WHERE id = $1 AND tenant = $2 FOR UPDATE",
                [id.uuid, caller.tenant])
            guard let first = rows.first else { return (.noSuchTask, nil) }
            var row = try TaskRow(first)
            let analysis = try row.analysis.map { try ContractJSON.decode(Analysis.self, from: $0.bytes) }
            let now = EventTime.now
            let decision = FeedbackDecision.decide(
                on: draft, fields: try ContractJSON.decode(TaskFields.self, from: row.fields.bytes),
                analysis: analysis, user: caller.user, at: now)
            guard case .record(let judged, let fields) = decision else {
                guard case .refuse(let broken) = decision else { return (.noSuchTask, nil) }
                return (.refused(broken), nil)
            }
            row.fields = JSONB(try ContractJSON.encode(fields))
            // Never back, even if the analyzer's clock is ahead: readers take the later state for the newer.
            row.updatedAt = max(row.updatedAt, now)
            let event = CloudEvent(
                source: .taskAPI, subject: id.description, time: now,
                story: story ?? Story(correlationID: row.correlationID), sequence: row.revision,
                data: FeedbackRecorded(
                    feedbackID: Identifier(), task: try row.snapshot, user: caller.user, fields: judged,
                    modelVersion: analysis?.modelVersion, recordedAt: now))
            let message = try OutboxMessage(event)
            _ = try await transaction.commit(after: [
                Statement(
                    "UPDATE task.tasks SET fields = $2, updated_at = $3 WHERE id = $1",
                    [id.uuid, row.fields, row.updatedAt.timestamp]),
                Self.timelineEntry(
                    event, of: row, summary: Summaries.feedback(event.data)),
                outbox.insertion(of: [message]),
            ])
            return (.recorded(feedbackID: event.data.feedbackID, task: row, event: event), message)
        }
        if let message { await relay.enqueue([message]) }
        return outcome
    }

    /// Sends an event that changes nothing here: a request to the training side.
    func send(_ event: CloudEvent<some EventPayload>) async throws {
        let message = try OutboxMessage(event)
        _ = try await pool.transaction([outbox.insertion(of: [message])])
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

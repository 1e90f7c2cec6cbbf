import Contracts
import FoundationEssentials
import Messaging
import Postgres
import TaskAPICore

/// Takes issues as tasks: delivery, issue, task and event are one transaction.
struct IntakeStore: Sendable {
    let tasks: TaskStore
    let erasures: ErasureStore

    /// One delivery, its sender known.
    struct Delivery: Sendable {
        /// As the other system names it; nil where it doesn't.
        let id: String?
        let event: String
        let asks: IssueDelivery
    }

    /// A task's change that the transaction leaves behind.
    private struct Effect: Sendable {
        var receipt: IntakeReceipt
        var messages: [OutboxMessage] = []
        var statements: [Statement] = []
    }

    /// Not a failure: the delivery came before.
    private struct CameBefore: Error {
        let receipt: IntakeReceipt
    }

    /// Does what a delivery asks, once.
    func take(_ delivery: Delivery, of source: IntakeSource, story: Story) async throws -> IntakeReceipt {
        let id = delivery.id ?? Identifier().description
        // A transaction of its own, which may be repeated.
        var erased: IntakeReceipt?
        if case .erase(let issueID, let sender) = delivery.asks {
            erased = try await erase(issueID, by: sender, of: source)
        }
        let receipt = erased
        do {
            let effect = try await tasks.pool.transaction { transaction -> Effect in
                try await Self.claim(id, delivery.event, of: source, in: transaction)
                let effect =
                    if let receipt { Effect(receipt: receipt) } else {
                        try await self.effect(of: delivery.asks, source, story, in: transaction)
                    }
                try await transaction.commit(after: effect.statements + Self.noting(effect.receipt, of: source, id))
                return effect
            }
            if !effect.messages.isEmpty { await tasks.relay.enqueue(effect.messages) }
            return effect.receipt
        } catch let before as CameBefore {
            return before.receipt
        }
    }

    private func effect(
        of asks: IssueDelivery, _ source: IntakeSource, _ story: Story, in transaction: DatabaseTransaction
    ) async throws -> Effect {
        switch asks {
        case .pong, .erase: Effect(receipt: IntakeReceipt(outcome: .pong))
        case .ignore(let reason): Effect(receipt: IntakeReceipt(outcome: .ignored, reason: reason))
        case .take(let state, let said): try await sync(state, said, source, story, in: transaction)
        }
    }

    private func sync(
        _ state: IssueState, _ said: [FeedbackDraft.Field], _ source: IntakeSource, _ story: Story,
        in transaction: DatabaseTransaction
    ) async throws -> Effect {
        let hash = HookSignature.textHash(title: state.title, body: state.body)
        let fresh = Identifier()
        // The row is the lock: of two deliveries about one issue the second waits here for the first one's end.
        let row = try await transaction.query(
            """
            INSERT INTO task.intake_issues AS known (source_id, issue_id, task_id, changed_at, text_hash)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (source_id, issue_id) DO UPDATE SET issue_id = excluded.issue_id
            RETURNING task_id, changed_at, text_hash
            """, [source.id.uuid, state.issueID, fresh.uuid, state.changedAt.timestamp, hash]
        ).one()
        let id = Identifier(try row.decode(at: 0))
        let known =
            id == fresh
            ? nil
            : KnownIssue(
                changedAt: EventTime(microseconds: try row.decode(at: 1, as: Timestamp.self).microseconds),
                textHash: try row.decode(at: 2))
        var effect = Effect(receipt: IntakeReceipt(outcome: .unchanged, taskID: id))
        switch IssueDecision.decide(at: state.changedAt, textHash: hash, known: known) {
        case .create:
            let task = try NewTask(
                state.draft, caller: Caller(tenant: source.tenant, user: state.author), story: story, id: id)
            effect.receipt = IntakeReceipt(outcome: .created, reason: state.note, taskID: id)
            effect.messages.append(task.outbox)
            _ = try await transaction.queries([tasks.insertion(of: [task])])
        case .edit:
            let edit = TaskEdit(title: state.title, body: state.body)
            guard let change = try await tasks.change(id, edit, tenant: source.tenant, story: nil, in: transaction)
            else { return Effect(receipt: Self.gone(id)) }
            effect.receipt = IntakeReceipt(outcome: .edited, reason: state.note, taskID: id)
            effect.messages.append(change.message)
            // At once: what is judged next is judged of the task as it is then.
            _ = try await transaction.queries(change.statements)
        case .keep: effect.receipt.reason = "its text is the one that was taken last"
        case .outdated:
            effect.receipt = IntakeReceipt(
                outcome: .stale, reason: "a later state of the issue was taken before", taskID: id)
        }
        effect.statements.append(
            Statement(
                """
                UPDATE task.intake_issues SET text_hash = CASE WHEN changed_at > $3 THEN text_hash ELSE $4 END,
                    changed_at = greatest(changed_at, $3)
                WHERE source_id = $1 AND issue_id = $2
                """, [source.id.uuid, state.issueID, state.changedAt.timestamp, hash]))
        if !said.isEmpty { try await judge(said, by: state.sender, on: id, source, &effect, in: transaction) }
        return effect
    }

    /// A person's word counts whenever it comes, and nobody there saw a suggestion.
    private func judge(
        _ said: [FeedbackDraft.Field], by user: String, on id: Identifier, _ source: IntakeSource,
        _ effect: inout Effect, in transaction: DatabaseTransaction
    ) async throws {
        do {
            let change = try await tasks.judge(
                FeedbackDraft(fields: said), on: id, caller: Caller(tenant: source.tenant, user: user), story: nil,
                isBlind: true, side: nil, in: transaction)
            effect.messages.append(change.message)
            effect.statements += change.statements
            if effect.receipt.outcome != .created { effect.receipt = IntakeReceipt(outcome: .judged, taskID: id) }
        } catch let refused as TaskStore.NotRecorded {
            if case .refused = refused.outcome {
                // A label that the team uses no more says nothing; the rest of what was said does.
                let rest = said.filter { $0.field != .category }
                if !rest.isEmpty, rest.count < said.count {
                    try await judge(rest, by: user, on: id, source, &effect, in: transaction)
                }
                return
            }
            if effect.receipt.outcome == .unchanged { effect.receipt = Self.gone(id) }
        }
    }

    /// Erases the task of an issue that was deleted: whoever may delete there may here, by the source.
    private func erase(_ issueID: String, by sender: String, of source: IntakeSource) async throws -> IntakeReceipt {
        let rows = try await tasks.pool.query(
            "SELECT task_id FROM task.intake_issues WHERE source_id = $1 AND issue_id = $2", [source.id.uuid, issueID])
        guard let row = rows.first else {
            return IntakeReceipt(outcome: .ignored, reason: "the issue never became a task")
        }
        let id = Identifier(try row.decode(at: 0))
        let outcome = try await erasures.erase(
            id, caller: Caller(tenant: source.tenant, user: sender), isOperator: true, story: nil)
        guard case .erased = outcome else { return Self.gone(id) }
        return IntakeReceipt(outcome: .erased, taskID: id)
    }

    private static func gone(_ id: Identifier) -> IntakeReceipt {
        IntakeReceipt(outcome: .ignored, reason: "its task was erased", taskID: id)
    }

    /// Makes this the only transaction for the delivery.
    private static func claim(
        _ id: String, _ event: String, of source: IntakeSource, in transaction: DatabaseTransaction
    ) async throws {
        let rows = try await transaction.queries([
            Statement(
                """
                INSERT INTO task.intake_deliveries (source_id, delivery_id, event) VALUES ($1, $2, $3)
                ON CONFLICT DO NOTHING RETURNING 1
                """, [source.id.uuid, id, event]),
            Statement(
                "SELECT outcome, reason, task_id FROM task.intake_deliveries WHERE source_id = $1 AND delivery_id = $2",
                [source.id.uuid, id]),
        ])
        guard rows[0].isEmpty else { return }
        let row = try rows[1].one()
        throw CameBefore(
            receipt: IntakeReceipt(
                outcome: IntakeOutcome(rawValue: try row.decode(at: 0, as: String?.self) ?? "") ?? .ignored,
                reason: try row.decode(at: 1), taskID: try row.decode(at: 2, as: UUID?.self).map { Identifier($0) },
                repeated: true))
    }

    private static func noting(_ receipt: IntakeReceipt, of source: IntakeSource, _ id: String) -> [Statement] {
        [
            Statement(
                """
                UPDATE task.intake_deliveries SET outcome = $3, reason = $4, task_id = $5
                WHERE source_id = $1 AND delivery_id = $2
                """, [source.id.uuid, id, receipt.outcome.rawValue, receipt.reason, receipt.taskID?.uuid]),
            Statement("UPDATE task.intake_sources SET last_delivery_at = now() WHERE id = $1", [source.id.uuid]),
        ]
    }
}

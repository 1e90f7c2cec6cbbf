import Contracts
import Messaging
import Postgres
import RetrainingTriggerCore
import Rollout

/// Rollouts in the schema `registry`. One is under way at most (a unique index).
///
/// Whoever changes something locks what serves, then the rollout, then its training, in this order: so replicas take turns
/// and nobody waits in a circle. State, what serves, the training and all events of a change are one transaction.
struct RolloutStore: Sendable {
    private static let underWay = "status IN ('shadow', 'canary')"

    let pool: DatabasePool
    let outbox: Outbox

    /// What a transaction did.
    struct Changes: Sendable {
        var rollouts: [CloudEvent<RolloutChanged>] = []
        var trainings: [CloudEvent<TrainingChanged>] = []
        var messages: [OutboxMessage] = []
    }

    /// A rollout in the hands of one transaction, with what serves.
    struct Held: Sendable {
        var row: RolloutRow
        var serving: Serving
        var changes = Changes()
    }

    /// Whether there is one, without waiting for anybody.
    func isUnderWay(_ transaction: DatabaseTransaction? = nil) async throws -> Bool {
        let sql = "SELECT EXISTS (SELECT FROM registry.rollouts WHERE \(Self.underWay))"
        guard let transaction else { return try await pool.query(sql).one().decode(at: 0) }
        return try await transaction.query(sql).one().decode(at: 0)
    }

    /// The rollout that is under way, locked until the transaction's end.
    func hold(_ transaction: DatabaseTransaction) async throws -> Held? {
        guard try await isUnderWay(transaction), let serving = try await RegistryStore.serving(transaction) else {
            return nil
        }
        return try await hold(over: serving, transaction)
    }

    /// - Parameter serving: as locked in the same transaction.
    func hold(over serving: Serving, _ transaction: DatabaseTransaction) async throws -> Held? {
        // Asked again: it may have ended while we waited for the lock.
        let rows = try await transaction.query(
            "SELECT \(RolloutRow.columns) FROM registry.rollouts WHERE \(Self.underWay) FOR UPDATE")
        guard var held = try rows.first.map({ Held(row: try RolloutRow($0), serving: serving) }) else { return nil }
        if let damage = held.row.damage {
            try await take(
                .broken(reason: "what is stored of the rollout can't be read: \(damage)"), &held, transaction)
        }
        return held
    }

    /// Tells the rollout what happened, and does what follows.
    /// - Parameter story: of the person who asked for it; else that of the training.
    func take(
        _ event: CanaryEvent, _ held: inout Held, at now: EventTime = .now, story: Story? = nil,
        _ transaction: DatabaseTransaction
    ) async throws {
        guard held.row.state.take(event, at: now.microseconds) != nil else { return }
        try await perform(&held, at: now, story: story, transaction)
        guard let id = held.row.trainingID else { return }
        let rows = try await transaction.query(
            "SELECT \(TrainingRow.columns) FROM training.trainings WHERE id = $1 FOR UPDATE", [id.uuid])
        guard let training = try rows.first.map({ try TrainingRow($0) }), !training.state.isFinal else { return }
        var next = training.moved(to: held.row.trainingState, reason: held.row.reason, at: now)
        let event = next.event
        next.causedBy = event.id.description
        _ = try await transaction.queries([try TrainingStore.update(to: next, from: training.state)])
        held.changes.trainings.append(event)
        held.changes.messages.append(try OutboxMessage(event))
    }

    /// Stores what the rollout has become, and its events.
    func finish(_ held: Held, _ transaction: DatabaseTransaction) async throws {
        let row = held.row
        var statements = [
            Statement(
                """
                UPDATE registry.rollouts SET status = $2, is_paused = $3, state = $4, reason = $5, generation = $6,
                    agreement = $7, canary_at = $8, changed_at = $9
                WHERE id = $1
                """,
                [
                    row.id.uuid, row.status.rawValue, row.state.isPaused, JSONB(try ContractJSON.encode(row.state)),
                    row.reason, row.generation, JSONB(try ContractJSON.encode(row.agreement)),
                    row.canaryAt?.timestamp, row.changedAt.timestamp,
                ])
        ]
        if !held.changes.messages.isEmpty { statements.append(outbox.insertion(of: held.changes.messages)) }
        _ = try await transaction.queries(statements)
    }

    /// Begins a rollout with the first thing that its state wants; the training's own move is the caller's.
    /// - Parameter serving: as locked in the same transaction.
    /// - Returns: the event of it.
    static func begin(
        _ row: RolloutRow, over serving: Serving, because reason: String, story: Story,
        _ transaction: DatabaseTransaction
    ) async throws -> CloudEvent<RolloutChanged> {
        var row = row
        row.reason = String(reason.unicodeScalars.prefix(2_000))
        row.generation = serving.generation + 1
        row.canaryAt = row.status == .canary ? row.createdAt : nil
        // Before what serves: that refers to it.
        try await transaction.execute(
            """
            INSERT INTO registry.rollouts (id, training_id, challenger, champion, status, plan, state, reason, generation,
                created_at, canary_at, changed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10)
            """,
            [
                row.id.uuid, row.trainingID?.uuid, row.challenger, row.champion, row.status.rawValue, row.plan,
                JSONB(try ContractJSON.encode(row.state)), row.reason, row.generation, row.createdAt.timestamp,
                row.canaryAt?.timestamp,
            ])
        return try await serve(row, over: serving, story: story, at: row.createdAt, transaction)
    }

    private func perform(
        _ held: inout Held, at now: EventTime, story: Story?, _ transaction: DatabaseTransaction
    ) async throws {
        held.row.reason = String(held.row.state.last.reason.unicodeScalars.prefix(2_000))
        held.row.changedAt = now
        if held.row.status == .canary, held.row.canaryAt == nil { held.row.canaryAt = now }
        let own = try await self.story(of: held.row, transaction)
        let event = try await Self.serve(held.row, over: held.serving, story: story ?? own, at: now, transaction)
        held.row.generation = event.data.generation
        held.serving = Serving(
            champion: event.data.champion, previous: event.data.previous, generation: event.data.generation)
        held.changes.rollouts.append(event)
        held.changes.messages.append(try OutboxMessage(event))
    }

    private func story(of row: RolloutRow, _ transaction: DatabaseTransaction) async throws -> Story {
        guard let id = row.trainingID else { return Story(correlationID: row.id.description) }
        let rows = try await transaction.query(
            "SELECT \(TrainingRow.columns) FROM training.trainings WHERE id = $1", [id.uuid])
        return try rows.first.map { try TrainingRow($0).story } ?? Story(correlationID: row.id.description)
    }

    private static func serve(
        _ row: RolloutRow, over serving: Serving, story: Story, at now: EventTime, _ transaction: DatabaseTransaction
    ) async throws -> CloudEvent<RolloutChanged> {
        let isPromoted = row.status == .promoted
        return try await RegistryStore.serve(
            RolloutChanged(
                champion: isPromoted ? row.challenger : serving.champion,
                previous: isPromoted ? serving.champion : serving.previous, reason: row.reason,
                generation: serving.generation + 1, rollout: row.standing, changedAt: now),
            trial: row.trial, story: story, transaction)
    }
}

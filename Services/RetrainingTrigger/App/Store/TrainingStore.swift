import Contracts
import Messaging
import Postgres
import RetrainingTriggerCore

/// The training belongs to somebody else now: what this owner still wanted to write must not be written.
struct LeaseLost: Error {}

/// Trainings in the schema `training`. One is under way at most (a unique index), one owner works on it (a lease), and
/// every write names the owner's fence, so that a stale owner's writes do nothing.
struct TrainingStore: Sendable {
    static let finalStates = "('champion', 'rejected', 'rolled_back', 'failed')"
    /// What the rollout leads; nobody works on it.
    static let rolloutStates = "('shadow', 'canary')"
    let pool: DatabasePool
    let outbox: Outbox
    /// This process among its like.
    let owner: String

    /// Takes the training that is under way, if it is nobody's, ours already, or its owner was silent too long.
    /// An owner that was lost counts as an attempt.
    func take(lease: Duration) async throws -> TrainingRow? {
        let rows = try await pool.query(
            """
            UPDATE training.trainings SET lease_owner = $1, lease_until = now() + make_interval(secs => $2),
                fence = fence + 1,
                attempts = attempts + CASE WHEN lease_owner IS NULL OR lease_owner = $1 THEN 0 ELSE 1 END
            WHERE state NOT IN \(Self.finalStates) AND state NOT IN \(Self.rolloutStates)
                AND (lease_owner IS NULL OR lease_owner = $1 OR lease_until < now())
            RETURNING \(TrainingRow.columns)
            """, [owner, lease.seconds])
        return try rows.first.map { try TrainingRow($0) }
    }

    /// Says that the owner is still there.
    /// - Throws: `LeaseLost` when it isn't the owner any more.
    func renew(_ row: TrainingRow, lease: Duration) async throws {
        let count = try await pool.execute(
            """
            UPDATE training.trainings SET lease_until = now() + make_interval(secs => $3)
            WHERE id = $1 AND fence = $2 AND lease_owner = $4
            """, [row.id.uuid, row.fence, lease.seconds, owner])
        if count == 0 { throw LeaseLost() }
    }

    /// Leaves the training to whoever comes next, without blame.
    func release(_ row: TrainingRow) async throws {
        try await pool.execute(
            """
            UPDATE training.trainings SET lease_owner = NULL, lease_until = NULL WHERE id = $1 AND fence = $2
            """, [row.id.uuid, row.fence])
    }

    /// Notes a failed attempt.
    func note(_ row: TrainingRow, attempts: Int) async throws -> TrainingRow {
        let count = try await pool.execute(
            "UPDATE training.trainings SET attempts = $3 WHERE id = $1 AND fence = $2",
            [row.id.uuid, row.fence, Int32(attempts)])
        if count == 0 { throw LeaseLost() }
        var row = row
        row.attempts = attempts
        return row
    }

    /// Writes the row's next state and its event in one transaction, with what else belongs to it.
    /// - Parameters:
    ///   - next: by `TrainingRow.moved`.
    ///   - also: runs inside the transaction, after the owner was checked; its messages go out before the training's.
    /// - Returns: the row as it is now, and what was put in the outbox.
    func move(
        _ row: TrainingRow, to next: TrainingRow,
        also: @Sendable (DatabaseTransaction) async throws -> [OutboxMessage] = { _ in [] }
    ) async throws -> (TrainingRow, [OutboxMessage]) {
        let event = next.event
        var next = next
        next.causedBy = event.id.description
        let update = try Self.update(to: next, from: row.state)
        // It is told and stored once.
        next.validation = nil
        next.decision = nil
        let after = next
        let message = try OutboxMessage(event)
        let messages = try await pool.transaction { transaction in
            guard try await transaction.queries([update])[0].affectedRows == 1 else { throw LeaseLost() }
            let messages = try await also(transaction) + [message]
            _ = try await transaction.queries([outbox.insertion(of: messages)])
            return messages
        }
        return (after, messages)
    }

    /// What the checks of the last accepted data found, of another training than this one.
    func lastAccepted(before row: TrainingRow) async throws -> DatasetSummary? {
        let rows = try await pool.query(
            """
            SELECT validation->'summary' FROM training.trainings
            WHERE id <> $1 AND (validation->>'passed')::boolean ORDER BY changed_at DESC LIMIT 1
            """, [row.id.uuid])
        return try rows.first.map {
            try ContractJSON.decode(DatasetSummary.self, from: try $0.decode(at: 0, as: JSONB.self).bytes)
        }
    }

    static func insertion(of row: TrainingRow, origin: String) throws -> Statement {
        Statement(
            """
            INSERT INTO training.trainings
                (id, state, reason, correlation_id, caused_by, traceparent, created_at, changed_at, accepted_checks,
                past_gate, origin)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                row.id.uuid, row.state.rawValue, row.reason, row.correlationID, row.causedBy, row.traceparent,
                row.createdAt.timestamp, row.changedAt.timestamp, JSONB(try ContractJSON.encode(row.acceptedChecks)),
                row.pastGate, origin,
            ])
    }

    static func update(to row: TrainingRow, from state: TrainingState) throws -> Statement {
        Statement(
            """
            UPDATE training.trainings SET state = $4, reason = $5, examples = $6, snapshot_sha256 = $7,
                candidate_version = $8, candidate_sha256 = $9, champion_version = $10, metrics = $11, caused_by = $12,
                changed_at = $13, validation = coalesce($14, validation), decision = coalesce($15, decision)
            WHERE id = $1 AND fence = $2 AND state = $3
            """,
            [
                row.id.uuid, row.fence, state.rawValue, row.state.rawValue, row.reason,
                Int32(clamping: row.examples), row.snapshotSHA256, row.candidateVersion, row.candidateSHA256,
                row.championVersion, JSONB(try ContractJSON.encode(row.metrics)), row.causedBy,
                row.changedAt.timestamp, try row.validation.map { JSONB(try ContractJSON.encode($0)) },
                try row.decision.map { JSONB(try ContractJSON.encode($0)) },
            ])
    }

}

extension DatabaseTransaction {
    /// Notes that a control event has its effect in this transaction; false when it had it before.
    func isNew(_ eventID: Identifier) async throws(DatabaseError) -> Bool {
        try await execute("INSERT INTO training.inbox (event_id) VALUES ($1) ON CONFLICT DO NOTHING", [eventID.uuid])
            == 1
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

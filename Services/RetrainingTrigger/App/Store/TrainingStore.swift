import Contracts
import Messaging
import Postgres
import RetrainingTriggerCore

/// The training belongs to somebody else now: what this owner still wanted to write must not be written.
struct LeaseLost: Error {}

/// Trainings in the schema `training`. One is under way at most (a unique index), one owner works on it (a lease), and
/// every write names the owner's fence, so that a stale owner's writes do nothing.
struct TrainingStore: Sendable {
    /// What a start came to.
    enum Start: Sendable {
        case started(TrainingRow, OutboxMessage)
        case waited(reason: String)
        /// The request was handled before.
        case duplicate
    }

    private static let finalStates = "('champion', 'rejected', 'failed')"
    /// Any constant: starts of all replicas go one after the other.
    private static let startLock = 7_261_943

    let pool: DatabasePool
    let outbox: Outbox
    /// This process among its like.
    let owner: String

    /// What the trigger policy looks at.
    func facts() async throws -> TriggerFacts { try Self.facts(try await pool.query(Self.factsSQL)) }

    /// Starts a training if `decide` says so on the facts as they are then; the feedback that is new belongs to it
    /// from that moment, also when it fails.
    /// - Parameter request: the event that asks for it.
    func start(
        request: CloudEvent<TrainingRequested>? = nil, deciding decide: @Sendable (TriggerFacts) -> TriggerDecision
    ) async throws -> Start {
        try await pool.transaction { transaction in
            _ = try await transaction.query("SELECT pg_advisory_xact_lock($1)", [Self.startLock])
            if let request, try await !transaction.isNew(request.id) { return .duplicate }
            // The lock is held: nobody else starts between this look and the insertion.
            let facts = try Self.facts(try await transaction.query(Self.factsSQL))
            guard case .start(let reason) = decide(facts) else {
                guard case .wait(let reason) = decide(facts) else { return .duplicate }
                return .waited(reason: reason)
            }
            var row = TrainingRow(reason: reason, story: request?.story)
            let event = row.event
            row.causedBy = event.id.description
            let message = try OutboxMessage(event)
            _ = try await transaction.queries([
                Self.insertion(of: row),
                Statement("UPDATE training.feedback SET counted_in = $1 WHERE counted_in IS NULL", [row.id.uuid]),
                outbox.insertion(of: [message]),
            ])
            return .started(row, message)
        }
    }

    /// Takes the training that is under way, if it is nobody's, ours already, or its owner was silent too long.
    /// An owner that was lost counts as an attempt.
    func take(lease: Duration) async throws -> TrainingRow? {
        let rows = try await pool.query(
            """
            UPDATE training.trainings SET lease_owner = $1, lease_until = now() + make_interval(secs => $2),
                fence = fence + 1,
                attempts = attempts + CASE WHEN lease_owner IS NULL OR lease_owner = $1 THEN 0 ELSE 1 END
            WHERE state NOT IN \(Self.finalStates)
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
        let written = next
        let message = try OutboxMessage(event)
        let messages = try await pool.transaction { transaction in
            let update = try Self.update(to: written, from: row.state)
            guard try await transaction.queries([update])[0].affectedRows == 1 else { throw LeaseLost() }
            let messages = try await also(transaction) + [message]
            _ = try await transaction.queries([outbox.insertion(of: messages)])
            return messages
        }
        return (written, messages)
    }

    private static func insertion(of row: TrainingRow) -> Statement {
        Statement(
            """
            INSERT INTO training.trainings
                (id, state, reason, correlation_id, caused_by, traceparent, created_at, changed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                row.id.uuid, row.state.rawValue, row.reason, row.correlationID, row.causedBy, row.traceparent,
                row.createdAt.timestamp, row.changedAt.timestamp,
            ])
    }

    private static func update(to row: TrainingRow, from state: TrainingState) throws -> Statement {
        Statement(
            """
            UPDATE training.trainings SET state = $4, reason = $5, examples = $6, snapshot_sha256 = $7,
                candidate_version = $8, candidate_sha256 = $9, champion_version = $10, metrics = $11, caused_by = $12,
                changed_at = $13
            WHERE id = $1 AND fence = $2 AND state = $3
            """,
            [
                row.id.uuid, row.fence, state.rawValue, row.state.rawValue, row.reason,
                Int32(clamping: row.examples), row.snapshotSHA256, row.candidateVersion, row.candidateSHA256,
                row.championVersion, JSONB(try ContractJSON.encode(row.metrics)), row.causedBy,
                row.changedAt.timestamp,
            ])
    }

    private static let factsSQL = """
        SELECT (SELECT count(*) FROM training.feedback WHERE counted_in IS NULL),
            EXISTS (SELECT FROM training.trainings WHERE state NOT IN \(finalStates)),
            (SELECT max(changed_at) FROM training.trainings WHERE state IN \(finalStates))
        """

    private static func facts(_ rows: Rows) throws -> TriggerFacts {
        let row = try rows.one()
        return TriggerFacts(
            newFeedback: try row.decode(at: 0), isTraining: try row.decode(at: 1),
            lastTrainingEnded: try row.decode(at: 2, as: Timestamp?.self).map { EventTime($0) })
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

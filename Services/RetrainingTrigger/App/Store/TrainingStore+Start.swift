import Contracts
import Messaging
import Postgres
import RetrainingTriggerCore

/// Whether a training starts, and its start.
extension TrainingStore {
    /// What a start came to.
    enum Start: Sendable {
        case started(TrainingRow, OutboxMessage)
        case waited(reason: String)
        /// What a person asked for can't be; the row says so.
        case refused(TrainingRow, OutboxMessage)
        /// The request was handled before.
        case duplicate
    }

    /// Any constant: starts of all replicas go one after the other.
    private static let startLock = 7_261_943

    /// What the trigger policy looks at.
    func facts() async throws -> TriggerFacts { try Self.facts(try await pool.query(Self.factsSQL)) }

    /// What the feedback that no training has counted looks like beside what was counted last.
    func signs() async throws -> TriggerSigns {
        // Under the names of today: a rename is no drift.
        let labels = try await LabelSetStore(pool: pool).latest()
        func sample(_ condition: String, latest: Int) async throws -> TriggerSigns.Sample {
            // The last word on each task, among some more than are looked at.
            let rows = try await pool.query(
                """
                SELECT fields, characters, tenant FROM (
                    SELECT DISTINCT ON (task_id) event_id, fields, tenant, length(title) + length(body) AS characters
                    FROM (
                        SELECT * FROM training.feedback WHERE counted_in IS \(condition)
                        ORDER BY event_id DESC LIMIT $1::bigint * 4
                    ) AS latest ORDER BY task_id, event_id DESC
                ) AS words ORDER BY event_id DESC LIMIT $1
                """, [latest])
            var sample = TriggerSigns.Sample()
            for row in rows {
                let fields = try ContractJSON.decode(
                    [JudgedField].self, from: try row.decode(at: 0, as: JSONB.self).bytes)
                sample.add(
                    labels[try row.decode(at: 2, as: String.self)].renamed(fields),
                    characters: Int(try row.decode(at: 1, as: Int32.self)))
            }
            return sample
        }
        return TriggerSigns(
            recent: try await sample("NULL", latest: TriggerSigns.recentItems),
            before: try await sample("NOT NULL", latest: TriggerSigns.earlierItems))
    }

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
            let reason: String
            switch decide(facts) {
            case .start(let why): reason = why
            case .wait(let why):
                guard let request else { return .waited(reason: why) }
                let (row, message) = try await refuse(request, because: why, transaction)
                return .refused(row, message)
            }
            let asked = request.map(\.data)
            var row = TrainingRow(
                reason: reason, story: request?.story, accepting: asked?.accept ?? [],
                pastGate: asked.flatMap { $0.pastGate == true ? "\($0.requestedBy): \($0.reason)" : nil })
            let event = row.event
            row.causedBy = event.id.description
            let message = try OutboxMessage(event)
            _ = try await transaction.queries([
                try Self.insertion(of: row, origin: request == nil ? "policy" : "person"),
                Statement("UPDATE training.feedback SET counted_in = $1 WHERE counted_in IS NULL", [row.id.uuid]),
                Statement("UPDATE training.label_sets SET counted_in = $1 WHERE counted_in IS NULL", [row.id.uuid]),
                outbox.insertion(of: [message]),
            ])
            return .started(row, message)
        }
    }

    /// Shows whoever asked, in the list of trainings, that theirs doesn't begin and why.
    private func refuse(
        _ request: CloudEvent<TrainingRequested>, because reason: String, _ transaction: DatabaseTransaction
    ) async throws -> (TrainingRow, OutboxMessage) {
        let asked = "asked for by \(request.data.requestedBy): \(request.data.reason)"
        var row = TrainingRow(reason: asked, story: request.story)
            .moved(to: .rejected, reason: "not started: \(reason); \(asked)")
        let event = row.event
        row.causedBy = event.id.description
        let message = try OutboxMessage(event)
        _ = try await transaction.queries([
            try Self.insertion(of: row, origin: "refused"), outbox.insertion(of: [message]),
        ])
        return (row, message)
    }

    private static let factsSQL = """
        SELECT (SELECT count(DISTINCT task_id) FROM training.feedback WHERE counted_in IS NULL),
            EXISTS (SELECT FROM training.trainings WHERE state NOT IN \(finalStates)),
            (SELECT max(changed_at) FROM training.trainings WHERE state IN \(finalStates) AND origin <> 'refused'),
            (SELECT count(*) FROM training.trainings
                WHERE state IN \(finalStates) AND origin = 'policy' AND changed_at > coalesce(
                    (SELECT max(changed_at) FROM training.trainings WHERE state = 'champion'), '-infinity')),
            EXISTS (SELECT FROM training.trainings WHERE state IN \(rolloutStates)),
            labels.changes, labels.last,
            CASE WHEN labels.changes > 0
                THEN (SELECT count(*) FROM (SELECT FROM training.feedback LIMIT 10000) AS known) ELSE 0 END
        FROM (
            SELECT count(*) AS changes, max(written_at) AS last FROM training.label_sets
            WHERE counted_in IS NULL AND is_training_needed
        ) AS labels
        """

    private static func facts(_ rows: Rows) throws -> TriggerFacts {
        let row = try rows.one()
        var facts = TriggerFacts(
            newFeedback: try row.decode(at: 0), isTraining: try row.decode(at: 1),
            isRollingOut: try row.decode(at: 4),
            lastTrainingEnded: try row.decode(at: 2, as: Timestamp?.self).map { EventTime($0) },
            inVain: try row.decode(at: 3))
        facts.labelChanges = try row.decode(at: 5)
        facts.lastLabelChange = try row.decode(at: 6, as: Timestamp?.self).map { EventTime($0) }
        facts.knownFeedback = try row.decode(at: 7)
        return facts
    }
}

import Contracts
import Messaging
import Postgres
import RetrainingTriggerCore
import TriageModel

/// Model versions and which of them serves, in the schema `registry`.
struct RegistryStore: Sendable {
    let pool: DatabasePool
    let outbox: Outbox

    /// A version as it enters the registry.
    struct Entry: Sendable {
        let version: String
        let parent: String?
        let sha256: String
        let artifact: [UInt8]
        let metrics: [String: Double]
        let trainingID: Identifier?
        /// Of the snapshot that it was trained on, as JSON.
        let manifest: [UInt8]?

        init(_ model: TriageModel, metrics: [String: Double], trainingID: Identifier?, manifest: [UInt8]? = nil) {
            version = model.header.version
            parent = model.header.parent
            sha256 = model.header.sha256
            artifact = model.serialized()
            self.metrics = metrics
            self.trainingID = trainingID
            self.manifest = manifest
        }
    }

    /// The challenger of a rollout under way, and who gets it.
    struct Trial: Sendable, Hashable {
        let rolloutID: Identifier
        let challenger: String
        let mode: RolloutStatus
        /// Of the users, in hundredths of a percent.
        let share: Int
        let experiment: String
    }

    /// What serves; `nil` before the first start is done.
    func champion() async throws -> StoredArtifact? {
        try await pool.query(
            """
            SELECT \(StoredArtifact.columns) FROM registry.serving JOIN registry.models ON version = champion
            """
        ).first.map { try StoredArtifact($0) }
    }

    /// A version that is registered.
    func stored(_ version: String) async throws -> StoredArtifact? {
        try await pool.query(
            "SELECT \(StoredArtifact.columns) FROM registry.models WHERE version = $1", [version]
        ).first.map { try StoredArtifact($0) }
    }

    /// Why a version must not serve; nil when it can be loaded, or isn't there at all.
    static func refusal(toServe version: String, _ transaction: DatabaseTransaction) async throws -> String? {
        let rows = try await transaction.query(
            "SELECT \(StoredArtifact.columns) FROM registry.models WHERE version = $1", [version])
        guard let stored = try rows.first.map({ try StoredArtifact($0) }) else { return nil }
        guard let damage = try await offPool({ stored.damage }) else { return nil }
        return "\(version) can't be loaded, so it must not serve: \(damage)"
    }

    /// Brings the shipped model into the registry and lets it serve if nothing does. Several replicas may do it at
    /// once: one of them has the effect.
    func installBase(_ base: TriageModel) async throws -> [OutboxMessage] {
        let now = EventTime.now
        let story = Story(correlationID: Identifier().description)
        let entry = Entry(base, metrics: base.header.metrics, trainingID: nil)
        return try await pool.transaction { transaction in
            var messages: [OutboxMessage] = []
            if let event = try await Self.register(entry, story: story, at: now, transaction) {
                messages.append(try OutboxMessage(event))
            }
            let reason = "shipped base model"
            let inserted = try await transaction.execute(
                """
                INSERT INTO registry.serving (champion, reason, generation, changed_at) VALUES ($1, $2, 1, $3)
                ON CONFLICT DO NOTHING
                """, [entry.version, reason, now.timestamp])
            if inserted == 1 {
                try await transaction.execute(
                    "UPDATE registry.models SET state = 'champion' WHERE version = $1", [entry.version])
                let change = RolloutChanged(
                    champion: entry.version, previous: nil, reason: reason, generation: 1, changedAt: now)
                messages.append(try OutboxMessage(Self.event(change, story: story, at: now)))
            }
            if !messages.isEmpty { _ = try await transaction.queries([outbox.insertion(of: messages)]) }
            return messages
        }
    }

    /// Stores a version as a candidate.
    /// - Returns: the event that tells of it; `nil` when the version is there already.
    static func register(
        _ entry: Entry, story: Story, at time: EventTime, _ transaction: DatabaseTransaction
    ) async throws -> CloudEvent<ModelRegistered>? {
        let inserted = try await transaction.execute(
            """
            INSERT INTO registry.models (version, parent, state, sha256, artifact, metrics, training_id, registered_at,
                manifest)
            VALUES ($1, $2, 'candidate', $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
            """,
            [
                entry.version, entry.parent, entry.sha256, entry.artifact,
                JSONB(try ContractJSON.encode(entry.metrics)), entry.trainingID?.uuid, time.timestamp,
                entry.manifest,
            ])
        guard inserted == 1 else { return nil }
        return CloudEvent(
            source: .retrainingTrigger, subject: entry.version, time: time, story: story,
            data: ModelRegistered(
                version: entry.version, parent: entry.parent, sha256: entry.sha256, bytes: entry.artifact.count,
                metrics: entry.metrics, trainingID: entry.trainingID, registeredAt: time))
    }

    /// What serves, locked until the transaction's end.
    static func serving(_ transaction: DatabaseTransaction) async throws -> Serving? {
        let rows = try await transaction.query(
            "SELECT champion, previous, generation FROM registry.serving FOR UPDATE")
        return try rows.first.map {
            Serving(
                champion: try $0.decode(at: 0), previous: try $0.decode(at: 1), generation: try $0.decode(at: 2))
        }
    }

    /// Lets another version serve; the one that served is kept as the backup.
    /// - Parameter serving: as `serving` answered in the same transaction.
    static func promote(
        _ version: String, over serving: Serving, reason: String, story: Story, at time: EventTime,
        _ transaction: DatabaseTransaction
    ) async throws -> CloudEvent<RolloutChanged> {
        try await serve(
            RolloutChanged(
                champion: version, previous: serving.champion, reason: String(reason.unicodeScalars.prefix(2_000)),
                generation: serving.generation + 1, changedAt: time), trial: nil, story: story, transaction)
    }

    /// Writes what serves from now on, and who gets a challenger.
    static func serve(
        _ change: RolloutChanged, trial: Trial?, story: Story, _ transaction: DatabaseTransaction
    ) async throws -> CloudEvent<RolloutChanged> {
        _ = try await transaction.queries([
            Statement(
                """
                UPDATE registry.serving
                SET champion = $1, previous = $2, reason = $3, generation = $4, changed_at = $5, rollout_id = $6,
                    challenger = $7, mode = $8, share = $9, experiment = $10
                """,
                [
                    change.champion, change.previous, change.reason, change.generation, change.changedAt.timestamp,
                    trial?.rolloutID.uuid, trial?.challenger, trial?.mode.rawValue, trial.map { Int32($0.share) },
                    trial?.experiment,
                ]),
            Statement(
                """
                UPDATE registry.models SET state = CASE WHEN version = $1 THEN 'champion'
                    WHEN version = $2 THEN 'challenger' WHEN state = 'champion' THEN 'retired' ELSE 'rolled_back' END
                WHERE version = $1 OR version = $2 OR state IN ('champion', 'challenger')
                """, [change.champion, trial?.challenger]),
        ])
        return event(change, story: story, at: change.changedAt)
    }

    private static func event(
        _ change: RolloutChanged, story: Story, at time: EventTime
    ) -> CloudEvent<RolloutChanged> {
        CloudEvent(
            source: .retrainingTrigger, subject: change.champion, time: time, story: story,
            sequence: change.generation, data: change)
    }
}

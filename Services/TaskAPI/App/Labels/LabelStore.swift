import Contracts
import Messaging
import Postgres
import TaskAPICore

/// The teams' label sets in the schema `task`. A change is one transaction of the set, its history and its event;
/// changes of one team go one after the other. docs/labels.md
struct LabelStore: Sendable {
    /// Tasks whose labels are counted for a list, the newest.
    static let counted = 10_000
    /// Changes that are listed.
    static let listed = 200

    let pool: DatabasePool
    let outbox: Outbox
    let relay: Relay

    init(pool: DatabasePool, relay: Relay) {
        self.pool = pool
        self.relay = relay
        outbox = Outbox(schema: "task", pool: pool)
    }

    /// A team's labels with how many tasks show each.
    func view(tenant: String) async throws -> LabelSetView {
        let rows = try await pool.query(
            "SELECT version, labels, changed_by, changed_at FROM task.label_sets WHERE tenant = $1", [tenant])
        let counts = try await shown(tenant: tenant, latest: Self.counted)
        guard let row = rows.first else {
            return Self.view(LabelSet.beginning(with: counts.map(\.name)), counts, changedBy: nil, changedAt: nil)
        }
        return Self.view(
            try Self.set(row), counts, changedBy: try row.decode(at: 2),
            changedAt: EventTime(microseconds: try row.decode(at: 3, as: Timestamp.self).microseconds))
    }

    private static func view(
        _ set: LabelSet, _ counts: [(name: String, tasks: Int)], changedBy: String?, changedAt: EventTime?
    ) -> LabelSetView {
        let labels = LabelMapping(set)
        var tasks: [String: Int] = [:]
        for count in counts { tasks[labels.renamed(count.name), default: 0] += count.tasks }
        var former: [String: [String]] = [:]
        for (name, now) in labels.aliases { former[now, default: []].append(name) }
        return LabelSetView(
            version: set.version,
            labels: set.labels.map { label in
                LabelView(
                    label, formerNames: (former[label.value] ?? []).sorted(),
                    tasks: label.state.leadsOn ? 0 : tasks[label.value] ?? 0)
            }, changedBy: changedBy, changedAt: changedAt)
    }

    /// The changes, the latest first.
    func changes(tenant: String) async throws -> [LabelChangeView] {
        try await pool.query(
            """
            SELECT version, change, changed_by, changed_at, event_id, correlation_id FROM task.label_changes
            WHERE tenant = $1 ORDER BY version DESC LIMIT $2
            """, [tenant, Self.listed]
        ).map { row in
            LabelChangeView(
                version: Int(try row.decode(at: 0, as: Int64.self)),
                try ContractJSON.decode(LabelChange.self, from: try row.decode(at: 1, as: JSONB.self).bytes),
                changedBy: try row.decode(at: 2),
                changedAt: EventTime(microseconds: try row.decode(at: 3, as: Timestamp.self).microseconds),
                eventID: Identifier(try row.decode(at: 4)), correlationID: try row.decode(at: 5))
        }
    }

    /// Makes a change, or refuses it with nothing done.
    /// - Parameters:
    ///   - once: makes it happen once for its key, and keeps the answer.
    ///   - reply: the answer.
    /// - Throws: `Problem` for a change that can't be; `AnsweredBefore` when the key was used before.
    func change(
        _ draft: LabelChangeDraft, caller: Caller, story: Story, once: Once?,
        reply: @Sendable (LabelChangeView) throws -> Reply<LabelChangeView>
    ) async throws -> (Reply<LabelChangeView>, CloudEvent<LabelsChanged>) {
        let (answer, event, message) = try await pool.transaction { transaction in
            try await once?.claim(in: transaction)
            // One after the other, also where there is no row yet to wait for.
            _ = try await transaction.query(
                "SELECT pg_advisory_xact_lock(hashtextextended('labels ' || $1, 0))", [caller.tenant])
            let rows = try await transaction.query(
                "SELECT version, labels FROM task.label_sets WHERE tenant = $1", [caller.tenant])
            let set: LabelSet
            if let row = rows.first {
                set = try Self.set(row)
            } else {
                let shown = try await transaction.query(
                    Self.shownSQL("$2"), [caller.tenant, LabelSet.mostActive])
                set = LabelSet.beginning(with: try shown.map { try $0.decode(at: 0) })
            }
            let new: LabelSet
            switch LabelDecision.decide(on: draft, set: set) {
            case .change(let made): new = made
            case .refuse(let code, let detail): throw Problem(code, detail: detail)
            }
            let now = EventTime.now
            let event = CloudEvent(
                source: .taskAPI, subject: caller.tenant, time: now, story: story, sequence: new.version,
                data: LabelsChanged(
                    tenant: caller.tenant, version: new.version, change: draft.change, labels: new.labels,
                    changedBy: caller.user, changedAt: now))
            let message = try OutboxMessage(event)
            let answer = try reply(
                LabelChangeView(
                    version: new.version, draft.change, changedBy: caller.user, changedAt: now, eventID: event.id,
                    correlationID: event.correlationID))
            let kept = try once?.keeping(answer.kept(of: event.ownStory))
            let statements = try Self.writing(event) + [outbox.insertion(of: [message])]
            try await transaction.commit(after: statements + [kept].compactMap(\.self))
            return (answer, event, message)
        }
        await relay.enqueue([message])
        return (answer, event)
    }

    /// What a team's tasks show, the most frequent first.
    private func shown(tenant: String, latest: Int) async throws -> [(name: String, tasks: Int)] {
        let rows = try await pool.query(
            Self.shownSQL("1000", of: "(SELECT * FROM task.tasks WHERE tenant = $1 ORDER BY id DESC LIMIT $2)"),
            [tenant, latest])
        return try rows.map { (try $0.decode(at: 0), Int(try $0.decode(at: 1, as: Int64.self))) }
    }

    private static func shownSQL(_ limit: String, of tasks: String = "task.tasks") -> String {
        """
        SELECT coalesce(fields->'category'->>'value', analysis->'category'->>'value') AS label, count(*)
        FROM \(tasks) AS tasks WHERE tenant = $1 AND (fields ? 'category' OR analysis->'category'->>'value' IS NOT NULL)
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT \(limit)
        """
    }

    private static func writing(_ event: CloudEvent<LabelsChanged>) throws -> [Statement] {
        let changed = event.data
        return [
            Statement(
                """
                INSERT INTO task.label_sets (tenant, version, labels, names, changed_by, changed_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (tenant) DO UPDATE SET version = excluded.version, labels = excluded.labels,
                    names = excluded.names, changed_by = excluded.changed_by, changed_at = excluded.changed_at
                """,
                [
                    changed.tenant, Int64(changed.version), JSONB(try ContractJSON.encode(changed.labels)),
                    try NamesOfBefore(changed.set).json, changed.changedBy, changed.changedAt.timestamp,
                ]),
            Statement(
                """
                INSERT INTO task.label_changes
                    (tenant, version, change, changed_by, changed_at, event_id, correlation_id)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                [
                    changed.tenant, Int64(changed.version), JSONB(try ContractJSON.encode(changed.change)),
                    changed.changedBy, changed.changedAt.timestamp, event.id.uuid, event.correlationID,
                ]),
        ]
    }

    /// A team's labels as feedback is held against them.
    static func mapping(tenant: String, in transaction: DatabaseTransaction) async throws -> LabelMapping {
        let rows = try await transaction.query(
            "SELECT version, labels FROM task.label_sets WHERE tenant = $1", [tenant])
        return try rows.first.map { LabelMapping(try Self.set($0)) } ?? .none
    }

    /// From `version, labels`.
    static func set(_ row: Row) throws -> LabelSet {
        LabelSet(
            version: Int(try row.decode(at: 0, as: Int64.self)),
            labels: try ContractJSON.decode([TeamLabel].self, from: try row.decode(at: 1, as: JSONB.self).bytes))
    }
}

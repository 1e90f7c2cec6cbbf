import Contracts
import Postgres

/// Rollouts as their events told of them: what serves now, and how each challenger came there or went.
struct RolloutProjection: Sendable {
    static let columns = "generation, champion, previous, reason, changed_at, standing"
    private static let limit = 200

    let pool: DatabasePool

    /// The latest, newest first.
    func rollouts() async throws -> [RolloutView] {
        try await pool.query(
            """
            SELECT DISTINCT ON (rollout_id) \(Self.columns), min(changed_at) OVER (PARTITION BY rollout_id)
            FROM task.rollouts WHERE rollout_id IS NOT NULL
            ORDER BY rollout_id DESC, generation DESC LIMIT \(Self.limit)
            """, []
        ).compactMap { row in
            Self.view(
                try Self.change(row),
                startedAt: EventTime(microseconds: try row.decode(at: 6, as: Timestamp.self).microseconds))
        }
    }

    /// One rollout with all its changes.
    func rollout(_ id: Identifier) async throws -> RolloutView? {
        let changes = try await pool.query(
            "SELECT \(Self.columns) FROM task.rollouts WHERE rollout_id = $1 ORDER BY generation LIMIT \(Self.limit)",
            [id.uuid]
        ).map { try Self.change($0) }
        guard let first = changes.first, let last = changes.last else { return nil }
        return Self.view(last, startedAt: first.changedAt, changes: changes)
    }

    /// By `columns`.
    static func change(_ row: Row) throws -> RolloutChanged {
        RolloutChanged(
            champion: try row.decode(at: 1), previous: try row.decode(at: 2), reason: try row.decode(at: 3),
            generation: try row.decode(at: 0),
            rollout: try row.decode(at: 5, as: JSONB?.self).map {
                try ContractJSON.decode(RolloutStanding.self, from: $0.bytes)
            }, changedAt: EventTime(microseconds: try row.decode(at: 4, as: Timestamp.self).microseconds))
    }

    /// What a version is that isn't the champion.
    static func state(hasServed: Bool, lastRollout status: RolloutStatus?) -> String {
        switch status {
        case .shadow, .canary: "challenger"
        case .rolledBack where !hasServed: "rolled_back"
        default: hasServed ? "retired" : "candidate"
        }
    }

    private static func view(
        _ change: RolloutChanged, startedAt: EventTime, changes: [RolloutChanged]? = nil
    ) -> RolloutView? {
        change.rollout.map {
            RolloutView(
                standing: $0, reason: change.reason, generation: change.generation, startedAt: startedAt,
                changedAt: change.changedAt, changes: changes)
        }
    }
}

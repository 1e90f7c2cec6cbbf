import Contracts
import Postgres

extension ReplayStore {
    /// A replay as the API shows it.
    /// - Parameter differences: how many are shown, at most.
    func view(_ id: Identifier, tenant: String, differences limit: Int) async throws -> ReplayView? {
        let rows = try await pool.query(
            "SELECT \(ReplayRow.columns) FROM task.replays WHERE id = $1 AND tenant = $2", [id.uuid, tenant])
        guard let row = try rows.first.map({ try ReplayRow($0) }) else { return nil }
        let shown = try await pool.query(
            """
            SELECT task_id, title, field, shown, candidate, truth, outcome
            FROM task.replay_differences LEFT JOIN task.tasks ON id = task_id AND tenant = $3
            WHERE replay_id = $1 ORDER BY task_id DESC, field LIMIT $2
            """, [id.uuid, limit, tenant]
        ).map { try Self.difference($0) }
        return Self.view(row, shown)
    }

    static func view(_ row: ReplayRow, _ differences: [ReplayDifference]) -> ReplayView {
        ReplayView(
            id: row.id, state: row.state, reason: row.reason, candidate: row.candidate, since: row.since,
            until: row.until, project: row.project, limit: row.limit, tasks: row.tasksAnswered, fields: row.fields,
            differences: differences,
            omitted: max(0, row.fields.reduce(0) { $0 + $1.differ } - differences.count),
            correlationID: row.correlationID, createdAt: row.createdAt, changedAt: row.changedAt)
    }

    private static func difference(_ row: Row) throws -> ReplayDifference {
        let (field, outcome): (String, String) = (try row.decode(at: 2), try row.decode(at: 6))
        guard let field = TriageField(rawValue: field), let outcome = ReplayDifference.Outcome(rawValue: outcome) else {
            throw DatabaseError(code: .decoding, reason: "unknown field or outcome of a replay: \(field), \(outcome)")
        }
        func value(_ place: Int) throws -> FieldValue? {
            try row.decode(at: place, as: JSONB?.self).map { try ContractJSON.decode(FieldValue.self, from: $0.bytes) }
        }
        return ReplayDifference(
            taskID: Identifier(try row.decode(at: 0)), title: try row.decode(at: 1), field: field,
            shown: try value(3) ?? .text(""), candidate: try value(4), truth: try value(5), outcome: outcome)
    }
}

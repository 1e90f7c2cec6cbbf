import Contracts
import Postgres
import RetrainingTriggerCore

/// The teams' label sets in the schema `training`. A set is counted by the first training that goes by it, as feedback is:
/// while a training is under way it always goes by the same ones.
struct LabelSetStore: Sendable {
    let pool: DatabasePool

    /// Writes down what was told; a version that is there already is left alone.
    func insert(_ events: [CloudEvent<LabelsChanged>]) async throws {
        let changed = events.map(\.data)
        try await pool.execute(
            """
            INSERT INTO training.label_sets (tenant, version, labels, change, is_training_needed)
            SELECT * FROM unnest($1::text[], $2::int8[], $3::jsonb[], $4::jsonb[], $5::bool[]) ON CONFLICT DO NOTHING
            """,
            [
                changed.map(\.tenant), changed.map { Int64($0.version) },
                try changed.map { JSONB(try ContractJSON.encode($0.labels)) },
                try changed.map { JSONB(try ContractJSON.encode($0.change)) },
                // Of a label that is new nothing is known yet.
                changed.map { $0.change.action != .add },
            ])
    }

    /// What the training under way goes by, or the next one would if none came to it.
    func counted() async throws -> TeamLabels { try await sets("counted_in IS NOT NULL") }

    /// The latest of each team.
    func latest() async throws -> TeamLabels { try await sets("true") }

    private func sets(_ condition: String) async throws -> TeamLabels {
        let rows = try await pool.query(
            """
            SELECT DISTINCT ON (tenant) tenant, version, labels FROM training.label_sets WHERE \(condition)
            ORDER BY tenant, version DESC
            """)
        var sets: [String: LabelSet] = [:]
        for row in rows {
            sets[try row.decode(at: 0)] = LabelSet(
                version: Int(try row.decode(at: 1, as: Int64.self)),
                labels: try ContractJSON.decode([TeamLabel].self, from: try row.decode(at: 2, as: JSONB.self).bytes))
        }
        return TeamLabels(sets)
    }

    /// Names that people have moved since the last snapshot that was accepted: a comparison with that one says nothing of
    /// them.
    func moved(before row: TrainingRow) async throws -> Set<String> {
        let rows = try await pool.query(
            """
            SELECT change FROM training.label_sets JOIN training.trainings ON trainings.id = counted_in
            WHERE trainings.created_at > coalesce((
                SELECT created_at FROM training.trainings WHERE id <> $1 AND (validation->>'passed')::boolean
                ORDER BY changed_at DESC LIMIT 1), '-infinity')
            """, [row.id.uuid])
        var names: Set<String> = []
        for row in rows {
            let change = try ContractJSON.decode(LabelChange.self, from: try row.decode(at: 0, as: JSONB.self).bytes)
            names.formUnion(change.labels + [change.into].compactMap(\.self))
        }
        return names
    }
}

import FeatureStore
import Postgres

/// What ai-analyzer keeps of features in the schema `analysis`, and the tasks' texts in the schema `task`.
struct FeatureTables: Sendable {
    private static let page = 20_000

    let pool: DatabasePool

    /// The lists of features that were served, by fingerprint.
    func sets() async throws -> [Int64: [String]] {
        var sets: [Int64: [String]] = [:]
        for row in try await pool.query("SELECT fingerprint, features FROM analysis.feature_sets") {
            sets[try row.decode(at: 0)] = try row.decode(at: 1, as: [String].self)
        }
        return sets
    }

    /// Up to `limit` predictions that were served features: the same ones for the same seed.
    /// - Parameter since: only those of the last so many hours; nil for all.
    func sample(_ limit: Int, seed: Int, hours: Int?) async throws -> [ServedPrediction] {
        let rows = try await pool.query(
            """
            SELECT analyses.task_id::text || ' revision ' || analyses.revision, feature_set, features_at,
                user_version, project_version, features, tasks.title, tasks.body, coalesce(authors.id, 0),
                coalesce(projects.id, 0)
            FROM (
                SELECT * FROM analysis.analyses
                WHERE features IS NOT NULL
                    AND ($3::int4 IS NULL OR analysed_at > now() - make_interval(hours => $3::int4))
                ORDER BY hashtextextended(task_id::text || revision, $2) LIMIT $1
            ) AS analyses
            LEFT JOIN analysis.feature_entities AS authors
                ON authors.entity = \(FeatureEntity.user.code) AND authors.tenant = analyses.tenant
                AND authors.name = analyses.author
            LEFT JOIN analysis.feature_entities AS projects
                ON projects.entity = \(FeatureEntity.project.code) AND projects.tenant = analyses.tenant
                AND projects.name = analyses.project
            LEFT JOIN task.tasks ON tasks.id = analyses.task_id AND tasks.revision = analyses.revision
            """, [limit, seed, hours.map { Int32(clamping: $0) }])
        return try rows.map { row in
            let title: String? = try row.decode(at: 6)
            let body: String? = try row.decode(at: 7)
            return ServedPrediction(
                name: try row.decode(at: 0), set: try row.decode(at: 1),
                at: try row.decode(at: 2, as: Timestamp.self).microseconds, userVersion: try row.decode(at: 3),
                projectVersion: try row.decode(at: 4), values: try row.decode(at: 5),
                text: title.map { TextStatistics(title: $0, body: body ?? "") }, user: try row.decode(at: 8),
                project: try row.decode(at: 9))
        }
    }

    /// The events of each of these entities, up to a version.
    func histories(_ entities: [Int64: Int64]) async throws -> [Int64: [HistoryEvent]] {
        var histories: [Int64: [HistoryEvent]] = [:]
        let ids = Array(entities.keys)
        let versions = ids.map { entities[$0] ?? 0 }
        var after: (entity: Int64, version: Int64) = (.min, 0)
        while true {
            let rows = try await pool.query(
                """
                SELECT entity_id, \(Self.columns) FROM analysis.feature_history
                JOIN unnest($1::int8[], $2::int8[]) AS asked (entity_id, last) USING (entity_id)
                WHERE version <= last AND (entity_id, version) > ($3, $4)
                ORDER BY entity_id, version LIMIT $5
                """, [ids, versions, after.entity, after.version, Self.page])
            for row in rows {
                let event = try Self.event(row, from: 1)
                after = (try row.decode(at: 0), event.version)
                histories[after.entity, default: []].append(event)
            }
            if rows.count < Self.page { return histories }
        }
    }

    /// All events of one entity.
    func history(of entity: FeatureEntity, tenant: String, name: String) async throws -> [HistoryEvent] {
        let rows = try await pool.query(
            "SELECT id, version FROM analysis.feature_entities WHERE entity = $1 AND tenant = $2 AND name = $3",
            [entity.code, tenant, name])
        guard let row = rows.first else { return [] }
        let id: Int64 = try row.decode(at: 0)
        return try await histories([id: try row.decode(at: 1)])[id] ?? []
    }

    private static let columns = """
        version, kind, task_id, task_created_at, event_time, written_at, category, priority, effort, corrected
        """

    private static func event(_ row: Row, from first: Int) throws -> HistoryEvent {
        let kind: Int16 = try row.decode(at: first + 1)
        guard let kind = HistoryEvent.Kind(rawValue: kind) else {
            throw CommandFailure(.badData, "the history has an event of kind \(kind), which this release doesn't know")
        }
        return HistoryEvent(
            version: try row.decode(at: first), kind: kind, taskID: try row.decode(at: first + 2),
            taskCreatedAt: try row.decode(at: first + 3, as: Timestamp.self).microseconds,
            eventTime: try row.decode(at: first + 4, as: Timestamp.self).microseconds,
            writtenAt: try row.decode(at: first + 5, as: Timestamp.self).microseconds,
            category: try row.decode(at: first + 6), priority: try row.decode(at: first + 7),
            effort: try row.decode(at: first + 8), corrected: try row.decode(at: first + 9))
    }
}

import FeatureStore
import FoundationEssentials
import Postgres

/// Reads what came after the position that a state has: the events, and the kept state where that is further.
struct FeatureReader: Sendable {
    /// Events that one round trip brings, of one entity and of all.
    static let eventsPerEntity = 5_000
    static let eventsPerRead = 20_000

    let pool: DatabasePool

    /// Brings these states up to what has committed. One statement, unless more than `eventsPerEntity` are missing.
    ///
    /// Each entity's events are seen as a beginning of its history without gaps: numbers are given in the order of commits.
    func catchUp(_ entries: inout [FeatureKey: OnlineStates.Entry]) async throws {
        var pending = Array(entries.keys)
        var fold = EntityState.foldVersion
        while !pending.isEmpty {
            let rows = try await pool.query(
                Self.reading,
                [
                    pending.map(\.entity), pending.map(\.tenant), pending.map(\.name),
                    pending.map { entries[$0]?.state.version ?? 0 }, fold, Self.eventsPerEntity, Self.eventsPerRead,
                ])
            var read = [Int](repeating: 0, count: pending.count)
            var last = 0
            var isDamaged = false
            for row in rows {
                let place = Int(try row.decode(at: 0, as: Int64.self)) - 1
                let key = pending[place]
                last = place
                if let bytes: [UInt8] = try row.decode(at: 1) {
                    guard let state = EntityState(encoded: bytes) else {
                        isDamaged = true
                        break
                    }
                    entries[key]?.state = state
                    entries[key]?.checkpoint = state.version
                }
                guard let event = try Self.event(row) else { continue }
                entries[key]?.state.fold(event)
                read[place] += 1
            }
            if isDamaged {
                // As if it weren't there: -1 is no fold's number.
                fold = -1
                continue
            }
            let isCut = rows.count == Self.eventsPerRead
            pending = pending.indices.filter { read[$0] >= Self.eventsPerEntity || (isCut && $0 >= last) }
                .map { pending[$0] }
        }
    }

    /// Writes these states down, where nobody has written a later one.
    func write(_ entries: [FeatureKey: OnlineStates.Entry]) async throws(DatabaseError) {
        let keys = Array(entries.keys)
        try await pool.execute(
            """
            INSERT INTO analysis.feature_states AS kept (entity_id, fold, version, state)
            SELECT id, $6, new.version, state
            FROM unnest($1::int2[], $2::text[], $3::text[], $4::int8[], $5::bytea[])
                AS new (entity, tenant, name, version, state)
                JOIN analysis.feature_entities USING (entity, tenant, name)
            ORDER BY id
            ON CONFLICT (entity_id, fold) DO UPDATE SET version = excluded.version, state = excluded.state
                WHERE kept.version < excluded.version
            """,
            [
                keys.map(\.entity), keys.map(\.tenant), keys.map(\.name), keys.map { entries[$0]?.state.version ?? 0 },
                keys.map { entries[$0]?.state.encoded ?? [] }, EntityState.foldVersion,
            ])
    }

    /// Laterals with limits: whatever the planner takes the sizes for, it looks each entity up by its key.
    private static let reading = """
        SELECT place, CASE WHEN event.version IS NULL OR event.version = kept.version + 1 THEN kept.state END,
            event.version, event.kind, event.task_id, event.task_created_at, event.event_time, event.written_at,
            event.category, event.priority, event.effort, event.corrected
        FROM unnest($1::int2[], $2::text[], $3::text[], $4::int8[]) WITH ORDINALITY
            AS asked (entity, tenant, name, known, place)
        CROSS JOIN LATERAL (
            SELECT id FROM analysis.feature_entities
            WHERE entity = asked.entity AND tenant = asked.tenant AND name = asked.name LIMIT 1
        ) AS whose
        LEFT JOIN LATERAL (
            SELECT version, state FROM analysis.feature_states
            WHERE entity_id = whose.id AND fold = $5 AND version > known LIMIT 1
        ) AS kept ON true
        LEFT JOIN LATERAL (
            SELECT * FROM analysis.feature_history
            WHERE entity_id = whose.id AND version > coalesce(kept.version, known) ORDER BY version LIMIT $6
        ) AS event ON true
        WHERE event.version IS NOT NULL OR kept.version IS NOT NULL
        ORDER BY place, event.version LIMIT $7
        """

    private static func event(_ row: Row) throws -> HistoryEvent? {
        guard let version: Int64 = try row.decode(at: 2) else { return nil }
        let kind: Int16 = try row.decode(at: 3)
        guard let kind = HistoryEvent.Kind(rawValue: kind) else {
            throw DatabaseError(code: .decoding, reason: "no kind of event has the number \(kind)")
        }
        return HistoryEvent(
            version: version, kind: kind, taskID: try row.decode(at: 4),
            taskCreatedAt: try row.decode(at: 5, as: Timestamp.self).microseconds,
            eventTime: try row.decode(at: 6, as: Timestamp.self).microseconds,
            writtenAt: try row.decode(at: 7, as: Timestamp.self).microseconds, category: try row.decode(at: 8),
            priority: try row.decode(at: 9), effort: try row.decode(at: 10), corrected: try row.decode(at: 11))
    }
}

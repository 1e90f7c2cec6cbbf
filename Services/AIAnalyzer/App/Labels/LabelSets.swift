import Contracts
import Logging
import Postgres
import Synchronization

/// The teams' label sets as this replica goes by them: from the events as they come, and from the schema `analysis`, so
/// that a restart knows them. Of two sets of a team the one with the greater version counts, in whatever order they come.
final class LabelSets: Sendable {
    /// Transactions commit out of order: a look goes back so far before the last one.
    private static let overlap: Int64 = 10_000_000

    private let pool: DatabasePool
    private let logger: Logger
    private let mappings = Mutex<[String: LabelMapping]>([:])
    private let seenUntil = Mutex<Timestamp?>(nil)

    init(pool: DatabasePool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    /// What a team's labels do to an answer.
    func mapping(of tenant: String) -> LabelMapping { mappings.withLock { $0[tenant] ?? .none } }

    /// Goes by a set from now on, unless a newer one of the team is here.
    /// - Returns: whether it does.
    @discardableResult
    func take(_ set: LabelSet, of tenant: String) -> Bool {
        let mapping = LabelMapping(set)
        return mappings.withLock { mappings in
            guard (mappings[tenant]?.version ?? 0) < set.version else { return false }
            mappings[tenant] = mapping
            return true
        }
    }

    /// Writes down what was told, and goes by it. Older sets than those that are written change nothing.
    /// - Throws: `DatabaseError`; then this replica goes by them all the same.
    func store(_ events: [CloudEvent<LabelsChanged>]) async throws {
        var latest: [String: LabelsChanged] = [:]
        for event in events where (latest[event.data.tenant]?.version ?? 0) < event.data.version {
            latest[event.data.tenant] = event.data
        }
        let changed = latest.values.sorted { $0.tenant < $1.tenant }
        for one in changed { take(one.set, of: one.tenant) }
        try await pool.execute(
            """
            INSERT INTO analysis.label_sets (tenant, version, labels)
            SELECT * FROM unnest($1::text[], $2::int8[], $3::jsonb[])
            ON CONFLICT (tenant) DO UPDATE SET version = excluded.version, labels = excluded.labels,
                written_at = clock_timestamp()
            WHERE label_sets.version < excluded.version
            """,
            [
                changed.map(\.tenant), changed.map { Int64($0.version) },
                try changed.map { JSONB(try ContractJSON.encode($0.labels)) },
            ])
    }

    /// Takes in what is written and newer than what is here.
    func refresh() async throws {
        let since = seenUntil.withLock { $0 }.map { Timestamp(microseconds: $0.microseconds - Self.overlap) }
        let rows = try await pool.query(
            """
            SELECT tenant, version, labels, written_at FROM analysis.label_sets
            WHERE written_at > $1 ORDER BY written_at
            """, [since ?? Timestamp(microseconds: 0)])
        var until = since ?? Timestamp(microseconds: 0)
        for row in rows {
            let set = LabelSet(
                version: Int(try row.decode(at: 1, as: Int64.self)),
                labels: try ContractJSON.decode([TeamLabel].self, from: try row.decode(at: 2, as: JSONB.self).bytes))
            take(set, of: try row.decode(at: 0))
            until = max(until, try row.decode(at: 3))
        }
        seenUntil.withLock { $0 = max($0 ?? until, until) }
    }

    /// Asks until it has an answer; nothing is analysed before, or a restart would forget what a team has changed.
    func refreshUntilAnswered() async throws {
        while seenUntil.withLock({ $0 == nil }) {
            do {
                try await refresh()
            } catch let error as DatabaseError {
                logger.warning("the label sets can't be read yet", metadata: ["reason": "\(error.reason)"])
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}

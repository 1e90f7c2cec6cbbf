package import Postgres
package import Rollout
import Synchronization

/// The numbers of the users in balanced experiments, kept in the schema `analysis` and remembered here.
///
/// A number is given once and never changes, so what is remembered never goes stale; replicas agree, whoever asks first.
package final class RouteNumbers: Sendable {
    /// A user in an experiment.
    package struct Key: Sendable, Hashable {
        package var experiment: String
        package var tenant: String
        package var user: String

        package init(experiment: String, tenant: String, user: String) {
            self.experiment = experiment
            self.tenant = tenant
            self.user = user
        }
    }

    /// So many are remembered before all are forgotten; some hundred bytes each.
    package static let rememberedUsers = 100_000

    private let pool: DatabasePool
    private let known = Mutex<[Key: Int]>([:])

    package init(pool: DatabasePool) { self.pool = pool }

    /// Where each of these goes, in their order; asks the database only for users who are new here.
    package func decide(_ table: RoutingTable, for subjects: [RouteSubject]) async throws(DatabaseError)
        -> [RoutingDecision]
    {
        let keys = subjects.map { subject in
            table.ordinalNeeded(for: subject).map { Key(experiment: $0, tenant: subject.tenant, user: subject.user) }
        }
        let ordinals = try await ordinals(of: keys.compactMap(\.self))
        return zip(subjects, keys).map { subject, key in
            table.decide(for: subject, ordinal: key.flatMap { ordinals[$0] })
        }
    }

    /// The users' ordinals, counted from 0; given now, in this order, to those who had none.
    package func ordinals(of keys: [Key]) async throws(DatabaseError) -> [Key: Int] {
        var found = remembered(keys)
        let unknown = keys.filter { found[$0] == nil }
        if unknown.isEmpty { return found }
        let read = try await read(unknown)
        found.merge(read) { $1 }
        let missing = unknown.filter { found[$0] == nil }
        if !missing.isEmpty { found.merge(try await give(missing)) { $1 } }
        remember(found)
        return found
    }

    private func remembered(_ keys: [Key]) -> [Key: Int] {
        known.withLock { known in
            var found: [Key: Int] = [:]
            for key in keys { found[key] = known[key] }
            return found
        }
    }

    private func remember(_ numbers: [Key: Int]) {
        known.withLock { known in
            if known.count + numbers.count > Self.rememberedUsers { known = [:] }
            known.merge(numbers) { $1 }
        }
    }

    /// Those who have one; takes no lock.
    private func read(_ keys: [Key]) async throws(DatabaseError) -> [Key: Int] {
        try await query(
            """
            SELECT experiment, tenant, user_id, number FROM analysis.route_numbers
            JOIN unnest($1::text[], $2::text[], $3::text[]) AS wanted (experiment, tenant, user_id)
                USING (experiment, tenant, user_id)
            """, keys)
    }

    private func give(_ keys: [Key]) async throws(DatabaseError) -> [Key: Int] {
        try await query(
            "SELECT experiment, tenant, user_id, number FROM analysis.number_route_users($1::text[], $2::text[], $3::text[])",
            keys)
    }

    private func query(_ sql: String, _ keys: [Key]) async throws(DatabaseError) -> [Key: Int] {
        let rows = try await pool.query(sql, [keys.map(\.experiment), keys.map(\.tenant), keys.map(\.user)])
        var numbers: [Key: Int] = [:]
        for row in rows {
            let key = Key(
                experiment: try row.decode(at: 0), tenant: try row.decode(at: 1), user: try row.decode(at: 2))
            numbers[key] = Int(try row.decode(at: 3) as Int64)
        }
        return numbers
    }
}

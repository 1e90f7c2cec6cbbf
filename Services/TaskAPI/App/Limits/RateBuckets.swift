import Postgres
import TaskAPICore

/// The buckets that all replicas share, in the database.
///
/// A bucket is one number: when it will be full again (the "theoretical arrival time" of the generic cell rate algorithm,
/// ITU-T I.371, annex A). Granting n requests moves it n intervals on, as far as the bucket reaches.
struct RateBuckets: Sendable {
    /// The most rows that one statement removes.
    private static let batch = 1_000
    let pool: DatabasePool

    /// What a replica asks for.
    struct Ask: Hashable {
        var quota: RateQuota
        /// Whose bucket.
        var subject: String
        var requests: Int
    }

    /// - Returns: a grant for each ask, of no requests where the bucket is empty.
    func lease(_ asks: [Ask]) async throws(DatabaseError) -> [Ask: RateGrant] {
        let rows = try await pool.query(
            """
            INSERT INTO task.rate_limits AS bucket (quota, subject, full_at, granted, asked_at, interval, requests)
            SELECT quota, subject, moment + least(asked, requests) * interval, least(asked, requests), moment, interval,
                requests
            FROM unnest($1::text[], $2::text[], $3::int[], $4::float8[], $5::int[])
                AS ask (quota, subject, asked, interval, requests),
                (SELECT extract(epoch FROM clock_timestamp())::float8 AS moment) AS clock
            ORDER BY quota, subject
            ON CONFLICT (quota, subject) DO UPDATE SET
                granted = \(Self.granted),
                full_at = greatest(bucket.full_at, excluded.asked_at) + \(Self.granted) * excluded.interval,
                asked_at = excluded.asked_at
            RETURNING quota, subject, granted, full_at - asked_at
            """,
            [
                asks.map(\.quota.name), asks.map(\.subject), asks.map { Int32($0.requests) },
                asks.map { $0.quota.interval.seconds }, asks.map { Int32($0.quota.requests) },
            ])
        var grants: [Ask: RateGrant] = [:]
        for row in rows {
            let (name, subject) = (try row.decode(at: 0, as: String.self), try row.decode(at: 1, as: String.self))
            guard let ask = asks.first(where: { $0.quota.name == name && $0.subject == subject }) else { continue }
            grants[ask] = RateGrant(
                granted: Int(try row.decode(at: 2, as: Int32.self)),
                behind: .seconds(try row.decode(at: 3, as: Double.self)), of: ask.quota)
        }
        return grants
    }

    /// As many as were asked for, of what the bucket has left; a billionth of a request is no request too many.
    private static let granted = """
        greatest(0, least(excluded.granted, floor(excluded.requests + 1e-9
            - greatest(bucket.full_at - excluded.asked_at, 0) / excluded.interval)))::int
        """

    /// Removes buckets that are full, of which nothing need be known.
    func removeFull() async throws(DatabaseError) {
        while try await pool.execute(
            """
            DELETE FROM task.rate_limits WHERE (quota, subject) IN (
                SELECT quota, subject FROM task.rate_limits
                WHERE full_at < extract(epoch FROM clock_timestamp())::float8
                LIMIT $1 FOR UPDATE SKIP LOCKED)
            """, [Self.batch]) == Self.batch
        {}
    }
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}

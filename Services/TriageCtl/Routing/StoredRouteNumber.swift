import Postgres

/// The number of a user in a balanced experiment, as ai-analyzer keeps it (`analysis.route_numbers`).
enum StoredRouteNumber {
    /// Counted from 0; `isGiven` is false for a user who hasn't come yet, who would get this number next.
    static func ordinal(
        experiment: String, tenant: String, user: String, on pool: DatabasePool
    ) async throws(DatabaseError) -> (ordinal: Int, isGiven: Bool) {
        let row = try await pool.query(
            """
            SELECT (SELECT number FROM analysis.route_numbers
                    WHERE experiment = $1 AND tenant = $2 AND user_id = $3),
                coalesce((SELECT next FROM analysis.route_counters WHERE experiment = $1), 0)
            """, [experiment, tenant, user]
        ).one()
        if let number = try row.decode(at: 0, as: Int64?.self) { return (Int(number), true) }
        return (Int(try row.decode(at: 1, as: Int64.self)), false)
    }
}

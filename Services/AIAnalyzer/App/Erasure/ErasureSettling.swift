import Contracts
package import Logging
package import Postgres

/// Looks once more, some minutes after each erasure: an analysis that was under way may have named the task since, here or
/// at another replica.
package struct ErasureSettling: Sendable {
    /// Longer than anything that is under way when a task is erased.
    package static let age = Duration.seconds(300)

    private let pool: DatabasePool
    private let logger: Logger
    private let interval: Duration

    package init(pool: DatabasePool, logger: Logger, interval: Duration = .seconds(60)) {
        self.pool = pool
        self.logger = logger
        self.interval = interval
    }

    /// Until the task is cancelled. Replicas share the work.
    func run() async throws {
        while true {
            try await Task.sleep(for: interval)
            do {
                let settled = try await settle(age: Self.age)
                if settled > 0 { logger.info("erasures are settled", metadata: ["count": "\(settled)"]) }
            } catch let error as DatabaseError {
                guard error.code != .cancelled else { throw error }
                logger.info("erasures can't be settled yet", metadata: ["reason": "\(error.reason)"])
            }
        }
    }

    /// Settles erasures that are older than `age`, as many as one transaction takes.
    /// - Returns: how many.
    package func settle(age: Duration, limit: Int = 500) async throws -> Int {
        try await pool.transaction { transaction in
            let rows = try await transaction.query(
                """
                SELECT task_id, tenant FROM analysis.erasures
                WHERE settled_at IS NULL AND written_at <= now() - make_interval(secs => $1)
                ORDER BY written_at LIMIT $2 FOR UPDATE SKIP LOCKED
                """, [age / .seconds(1), limit])
            guard !rows.isEmpty else { return 0 }
            let ids = try rows.map { Identifier(try $0.decode(at: 0)) }
            let tenants = Array(Set(try rows.map { try $0.decode(at: 1, as: String.self) }))
            let note = Statement(
                "UPDATE analysis.erasures SET settled_at = now() WHERE task_id = ANY ($1)", [ids.map(\.uuid)])
            try await transaction.commit(
                after: ErasureStore.removals(of: ids) + ErasureStore.mentions(of: ids, tenants: tenants) + [note])
            return ids.count
        }
    }
}

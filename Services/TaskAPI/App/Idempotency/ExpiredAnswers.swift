package import Logging
package import Postgres

/// Removes answers that are kept no longer.
package struct ExpiredAnswers: Sendable {
    /// The most rows of one statement, so that none holds its locks for long.
    package static let batch = 1_000

    private let pool: DatabasePool
    private let logger: Logger
    private let interval: Duration

    package init(pool: DatabasePool, logger: Logger, interval: Duration = .seconds(60)) {
        self.pool = pool
        self.logger = logger
        self.interval = interval
    }

    /// Until the task is cancelled. Several replicas get in nobody's way: each takes what no other one has locked.
    func run() async throws {
        while true {
            try await Task.sleep(for: interval)
            do throws(DatabaseError) {
                let removed = try await remove()
                if removed > 0 { logger.debug("expired answers removed", metadata: ["count": "\(removed)"]) }
            } catch {
                guard error.code != .cancelled else { throw error }
                // A claim replaces what is expired in any case.
                logger.info("expired answers stay for now", metadata: ["reason": "\(error)"])
            }
        }
    }

    /// Removes all there are.
    /// - Returns: how many there were.
    @discardableResult
    package func remove() async throws(DatabaseError) -> Int {
        var total = 0
        while true {
            let removed = try await pool.execute(
                """
                DELETE FROM task.idempotency WHERE ctid IN (
                    SELECT ctid FROM task.idempotency WHERE expires_at <= now()
                    ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
                """, [Self.batch])
            total += removed
            if removed < Self.batch { return total }
        }
    }
}

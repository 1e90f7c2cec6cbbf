package import Logging
package import Postgres

/// Removes rows of a log that are older than they are kept.
package struct OldRows: Sendable {
    /// The most rows of one statement, so that none holds its locks for long.
    package static let batch = 1_000

    private let pool: DatabasePool
    private let logger: Logger
    private let table: StaticString
    private let column: StaticString
    private let condition: StaticString
    private let kept: Duration
    private let interval: Duration

    /// - Parameters:
    ///   - column: the row's age.
    ///   - condition: which rows may go at all.
    package init(
        pool: DatabasePool, logger: Logger, table: StaticString, column: StaticString,
        where condition: StaticString = "true", kept: Duration, interval: Duration = .seconds(300)
    ) {
        self.pool = pool
        self.logger = logger
        self.table = table
        self.column = column
        self.condition = condition
        self.kept = kept
        self.interval = interval
    }

    /// Until the task is cancelled. Several replicas get in nobody's way: each takes what no other one has locked.
    func run() async throws {
        while true {
            try await Task.sleep(for: interval)
            do throws(DatabaseError) {
                try await remove()
            } catch {
                guard error.code != .cancelled else { throw error }
                logger.info("old rows stay for now", metadata: ["table": "\(table)", "reason": "\(error)"])
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
                DELETE FROM \(table) WHERE ctid IN (
                    SELECT ctid FROM \(table) WHERE \(column) < now() - make_interval(secs => $1) AND (\(condition))
                    ORDER BY \(column) LIMIT $2 FOR UPDATE SKIP LOCKED)
                """, [kept / .seconds(1), Self.batch])
            total += removed
            if removed < Self.batch { return total }
        }
    }
}

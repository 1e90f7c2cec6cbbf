package import Logging
import Synchronization

/// A pool of PostgreSQL connections, all driven by one thread; nothing here blocks Swift's cooperative pool.
///
/// Connections are opened when statements need them, or all at once and for good under `run()`. Statements wait up to
/// `acquireTimeout` for one, also while the database can't be reached.
package final class DatabasePool: Sendable {
    package let configuration: DatabaseConfiguration
    let driver: PoolDriver
    private let ids = Atomic<UInt64>(0)

    package init(configuration: DatabaseConfiguration, logger: Logger) {
        self.configuration = configuration
        driver = PoolDriver(configuration: configuration, logger: logger)
    }

    /// Whether at least one connection is up; costs one atomic load.
    package var isReachable: Bool { driver.isReachable }

    /// Keeps all connections open, reconnecting with backoff and jitter, until the task is cancelled; then closes the
    /// pool.
    package func run() async throws {
        driver.post(.keepConnected)
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
        continuation.finish()
        await close()
    }

    /// Takes nothing new, waits for what runs or waits (at most `shutdownTimeout`) and closes the connections.
    package func close() async {
        await withCheckedContinuation { driver.post(.close($0)) }
    }

    /// Makes a round trip to the database.
    package func ping() async throws(DatabaseError) { _ = try await query("SELECT 1") }

    /// Runs one statement in a transaction of its own and answers its rows. Prepared once per connection.
    ///
    /// Cancelling the task cancels the statement on the server.
    package func query(
        _ sql: String, _ parameters: [any DatabaseEncodable] = []
    ) async throws(DatabaseError) -> Rows {
        let statement = Statement(sql, parameters)
        do throws(DatabaseError) {
            return try await send([statement])[0]
        } catch {
            // The statement didn't run: its plan was stale. It is prepared anew.
            guard error.isStalePlan else { throw error }
            return try await send([statement])[0]
        }
    }

    /// Like `query`, for statements whose rows don't matter.
    /// - Returns: how many rows were inserted, changed or deleted.
    @discardableResult
    package func execute(
        _ sql: String, _ parameters: [any DatabaseEncodable] = []
    ) async throws(DatabaseError) -> Int {
        try await query(sql, parameters).affectedRows
    }

    private func send(_ statements: [Statement]) async throws(DatabaseError) -> [Rows] {
        // Several statements up to one Sync are one transaction, without a BEGIN.
        try await performLocally(statements, begin: nil, commits: false)
    }

    func nextID() -> UInt64 { ids.add(1, ordering: .relaxed).newValue }

    /// Sends work to the thread and waits for its answer.
    /// - Parameter isCancellable: clean-up must happen in a cancelled task too.
    func perform(
        _ kind: Work.Kind, id: UInt64? = nil, lease: UInt64? = nil, isCancellable: Bool = true
    ) async throws(DatabaseError) -> [Rows] {
        let id = id ?? nextID()
        let deadline = ContinuousClock.now + configuration.acquireTimeout
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Work.Answer, Never>) in
                // The task's flag is set before `onCancel` runs: either it is seen here, or the cancellation is
                // posted after the work.
                if isCancellable, Task.isCancelled { return continuation.resume(returning: .failure(.cancelled)) }
                driver.post(
                    .work(Work(id: id, lease: lease, kind: kind, deadline: deadline, continuation: continuation)))
            }
        } onCancel: {
            if isCancellable { driver.post(.cancel(id)) }
        }
        return try answer.get()
    }
}

import Synchronization

/// A connection held by one caller: for session-level things such as advisory locks.
///
/// Valid inside the body of `withConnection` only; later calls throw `.closed` or `.connectionLost`.
package struct DatabaseConnection: Sendable {
    let pool: DatabasePool
    let lease: UInt64

    /// Runs one statement on this connection and answers its rows.
    package func query(
        _ sql: String, _ parameters: [any DatabaseEncodable] = []
    ) async throws(DatabaseError) -> Rows {
        try await pool.perform(
            .statements([Statement(sql, parameters)], begin: nil, commits: false), lease: lease)[0]
    }

    /// Runs one statement and answers how many rows it inserted, changed or deleted.
    @discardableResult
    package func execute(
        _ sql: String, _ parameters: [any DatabaseEncodable] = []
    ) async throws(DatabaseError) -> Int {
        try await query(sql, parameters).affectedRows
    }

    /// Runs SQL of any number of statements by the simple protocol; only the server limits its time.
    package func simple(_ script: String) async throws(DatabaseError) {
        _ = try await pool.perform(.script(script), lease: lease)
    }
}

/// A transaction in progress; BEGIN travels with its first statement.
///
/// Valid inside the body of `transaction` only. Statements of several child tasks run one after the other.
package struct DatabaseTransaction: Sendable {
    let pool: DatabasePool
    let lease: UInt64
    let state = TransactionState()

    /// Runs one statement and answers its rows.
    package func query(
        _ sql: String, _ parameters: [any DatabaseEncodable] = []
    ) async throws(DatabaseError) -> Rows {
        try await queries([Statement(sql, parameters)])[0]
    }

    /// Runs one statement and answers how many rows it inserted, changed or deleted.
    @discardableResult
    package func execute(
        _ sql: String, _ parameters: [any DatabaseEncodable] = []
    ) async throws(DatabaseError) -> Int {
        try await query(sql, parameters).affectedRows
    }

    /// Runs several statements in one round trip; the first that fails skips the rest.
    package func queries(_ statements: [Statement]) async throws(DatabaseError) -> [Rows] {
        try await perform(statements, commits: false)
    }

    /// Runs SQL of any number of statements by the simple protocol; only the server limits its time.
    package func simple(_ script: String) async throws(DatabaseError) {
        _ = try await pool.perform(.script(script), lease: lease)
    }

    /// Runs the last statements and commits in the same round trip; nothing may follow but the end of the body.
    @discardableResult
    package func commit(after statements: [Statement]) async throws(DatabaseError) -> [Rows] {
        let rows = try await perform(statements, commits: true)
        state.isCommitted.store(true, ordering: .relaxed)
        return rows
    }
}

extension DatabaseTransaction {
    /// The task's setting goes ahead of the first statements, and holds for all of the transaction.
    private func perform(_ statements: [Statement], commits: Bool) async throws(DatabaseError) -> [Rows] {
        guard !state.isSet.exchange(true, ordering: .relaxed) else {
            return try await pool.perform(.statements(statements, begin: nil, commits: commits), lease: lease)
        }
        return try await pool.performLocally(statements, begin: nil, commits: commits, lease: lease)
    }
}

/// Whether the body has committed by itself, and whether the task's setting was sent.
final class TransactionState: Sendable {
    let isSet = Atomic<Bool>(false)
    let isCommitted = Atomic<Bool>(false)
}

/// How much a transaction sees of others that run beside it.
package enum TransactionIsolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

extension DatabasePool {
    /// Holds one connection for the length of `body`. Afterwards an open transaction is rolled back and the session
    /// reset (`DISCARD ALL`), advisory locks included.
    @discardableResult
    package func withConnection<R: Sendable>(
        _ body: @Sendable (DatabaseConnection) async throws -> R
    ) async throws -> R {
        let lease = nextID()
        _ = try await perform(.acquire(begin: nil), id: lease)
        let result: R
        do {
            result = try await body(DatabaseConnection(pool: self, lease: lease))
        } catch {
            await release(lease, resetsSession: true)
            throw error
        }
        await release(lease, resetsSession: true)
        return result
    }

    /// Runs `body` in one transaction: COMMIT when it returns, ROLLBACK when it throws.
    ///
    /// A serialization failure or deadlock runs the body again, with a jittered pause, up to `retries` times; it must
    /// have no effects of its own. A connection lost during COMMIT throws `.ambiguousCommit` and isn't retried.
    @discardableResult
    package func transaction<R: Sendable>(
        retries: Int = 3, isolation: TransactionIsolation = .readCommitted,
        _ body: @Sendable (DatabaseTransaction) async throws -> R
    ) async throws -> R {
        try await retryingConflicts(retries) {
            let lease = nextID()
            let begin = "BEGIN ISOLATION LEVEL \(isolation.rawValue)"
            _ = try await perform(.acquire(begin: begin), id: lease)
            let transaction = DatabaseTransaction(pool: self, lease: lease)
            let result: R
            do {
                result = try await body(transaction)
                // A body that swallowed the cancellation must not commit half of its work.
                if !transaction.state.isCommitted.load(ordering: .relaxed) { try Task.checkCancellation() }
            } catch {
                await release(lease, resetsSession: false)
                throw error
            }
            if transaction.state.isCommitted.load(ordering: .relaxed) {
                await release(lease, resetsSession: false)
                return result
            }
            _ = try await perform(.release(commits: true, resetsSession: false), lease: lease, isCancellable: false)
            return result
        }
    }

    /// Runs several statements as one transaction in one round trip; all happen, or none. Retried on serialization
    /// failures and deadlocks.
    @discardableResult
    package func transaction(_ statements: [Statement], retries: Int = 3) async throws -> [Rows] {
        try await retryingConflicts(retries) {
            try await performLocally(statements, begin: "BEGIN", commits: true)
        }
    }

    private func retryingConflicts<R>(_ retries: Int, _ attempt: () async throws -> R) async throws -> R {
        var failures = 0
        while true {
            do {
                return try await attempt()
            } catch let error as DatabaseError where error.isTransactionConflict && failures < retries {
                failures += 1
                let limit = min(1000, 5 << min(failures, 8))
                try await Task.sleep(for: .milliseconds(Int.random(in: limit / 2...limit)))
            }
        }
    }

    private func release(_ lease: UInt64, resetsSession: Bool) async {
        do throws(DatabaseError) {
            _ = try await perform(
                .release(commits: false, resetsSession: resetsSession), lease: lease, isCancellable: false)
        } catch {
            // The connection is gone, and with it the transaction and the session.
        }
    }
}

/// What the pool's thread is asked to do, with the place its answer goes to.
struct Work: Sendable {
    typealias Answer = Result<[Rows], DatabaseError>

    enum Kind: Sendable {
        /// Statements that travel together; with `transaction` between a BEGIN of that text and a COMMIT.
        case statements([Statement], begin: String?, commits: Bool)
        /// SQL of any number of statements by the simple protocol, without parameters or rows.
        case script(String)
        /// Takes a connection for `lease`; its first statement sends `begin` ahead.
        case acquire(begin: String?)
        /// Gives the leased connection back, after COMMIT or ROLLBACK if a transaction is open.
        case release(commits: Bool, resetsSession: Bool)
    }

    let id: UInt64
    /// The connection's holder; `nil`: any connection will do.
    let lease: UInt64?
    let kind: Kind
    /// When to stop waiting for a connection.
    let deadline: ContinuousClock.Instant
    let continuation: CheckedContinuation<Answer, Never>

    /// A lost connection leaves it open whether a transaction was committed.
    var commits: Bool {
        switch kind {
        case .statements(_, _, let commits): commits
        case .release(let commits, _): commits
        case .script, .acquire: false
        }
    }

    func succeed(_ rows: [Rows] = []) { continuation.resume(returning: .success(rows)) }
    func fail(_ error: DatabaseError) { continuation.resume(returning: .failure(error)) }
}

/// What arrives at the pool's thread.
enum Command: Sendable {
    case work(Work)
    case cancel(UInt64)
    /// The cancel request for this connection has been delivered, or could not be.
    case cancelDelivered(connection: Int)
    /// Opens all connections and keeps them.
    case keepConnected
    case close(CheckedContinuation<Void, Never>)
}

import CPQ
import DequeModule

/// Work that a connection has sent, and what has come back so far; on the pool's thread only.
final class Flight {
    enum Command {
        case statement(Int)
        case prepare(String)
        case deallocate
    }

    /// `nil` for the driver's own clean-up.
    let work: Work?
    private let statements: [Statement]
    /// Which of the statements the caller gets the rows of.
    private let answers: Range<Int>
    var commands: [Command] = []
    /// The command whose results are arriving.
    var position = 0
    var deadline: ContinuousClock.Instant?
    var isScript = false
    /// Syncs that come before the one that ends the pipeline: what stands before them is on its own.
    var earlySyncs = 0
    var isCancelled = false
    var error: DatabaseError?
    /// Control statements to run after this one, each by itself.
    var followUps: [String] = []
    private var rows: [Rows] = []

    init(work: Work?, statements: [Statement], answers: Range<Int>, deadline: ContinuousClock.Instant?) {
        self.work = work
        self.statements = statements
        self.answers = answers
        self.deadline = deadline
    }

    private var command: Command? { commands.indices.contains(position) ? commands[position] : nil }

    /// Whether what is running now is the driver's own and apart from the caller's statement.
    var isApart: Bool { earlySyncs > 0 }

    /// The SQL that is being prepared now.
    var preparedSQL: String? {
        if case .prepare(let sql)? = command { sql } else { nil }
    }

    /// The SQL that is being run now.
    var statementSQL: String? {
        if case .statement(let index)? = command { statements[index].sql } else { nil }
    }

    func receive(_ result: ResultHandle) {
        guard case .statement(let index)? = command else { return }
        if answers.contains(index) {
            rows.append(Rows(result))
        } else if statements[index].sql == "COMMIT", result.commandTag != "COMMIT" {
            fail(
                DatabaseError(
                    code: .server, sqlState: "25P02", reason: "rolled back: a statement of the transaction had failed"))
        }
    }

    func fail(_ error: DatabaseError) {
        guard self.error == nil else { return }
        if isCancelled, error.sqlState == "57014" {
            self.error = .cancelled
        } else if error.code == .connectionLost, statementSQL == "COMMIT" {
            self.error = .ambiguousCommit(error)
        } else {
            self.error = error
        }
    }

    /// The server has answered everything.
    func end() {
        if let error { work?.fail(error) } else { work?.succeed(rows) }
    }

    /// The connection went away before the server had answered everything.
    func lose(_ lost: DatabaseError) {
        if let error {
            work?.fail(error)
        } else if !isScript, position >= commands.count, followUps.isEmpty, !commands.isEmpty {
            // Only the end of the pipeline is missing.
            work?.succeed(rows)
        } else if work?.commits == true {
            work?.fail(.ambiguousCommit(lost))
        } else {
            work?.fail(lost)
        }
    }
}

/// The hold of one caller on a connection.
final class Lease {
    let id: UInt64
    private var pendingBegin: String?
    var waiting: Deque<Work> = []

    init(id: UInt64, pendingBegin: String?) {
        self.id = id
        self.pendingBegin = pendingBegin
    }

    /// The BEGIN that is to travel ahead of the first statement.
    func takeBegin() -> String? {
        defer { pendingBegin = nil }
        return pendingBegin
    }
}

extension DatabaseError {
    static let nulInSQL = DatabaseError(code: .invalidArgument, reason: "a NUL character in SQL")
    static let noAnswer = DatabaseError(code: .timeout, reason: "no answer from the server")

    static func ambiguousCommit(_ cause: DatabaseError) -> DatabaseError {
        DatabaseError(code: .ambiguousCommit, sqlState: cause.sqlState, reason: cause.reason)
    }

    /// A prepared statement is gone or no longer fits its tables: preparing it again helps.
    var isStalePlan: Bool {
        sqlState == "26000" || (sqlState == "0A000" && reason.contains("cached plan"))
    }
}

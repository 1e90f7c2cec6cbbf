import CPQ

/// Why a database call failed, and whether trying again can help.
///
/// `reason` is PostgreSQL's primary message or ours; it never holds the `DETAIL` line, which quotes row values.
package struct DatabaseError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as far as a caller can act on it.
    package enum Code: String, Sendable {
        /// No connection could be made within `acquireTimeout`.
        case connectionFailed
        /// The connection went away: a write that was under way may or may not have happened.
        case connectionLost
        /// The statement ran longer than `statementTimeout`, or the server did not answer at all.
        case timeout
        /// Every connection was busy for all of `acquireTimeout`, or too many statements were waiting already.
        case poolExhausted
        /// The calling task was cancelled.
        case cancelled
        /// PostgreSQL refused the statement; see `sqlState`.
        case server
        /// A value was NULL, or of another type than asked for.
        case decoding
        /// The pool is closed, or the transaction or connection was used after its end.
        case closed
        /// The connection went away while a COMMIT was under way: the transaction may or may not have happened.
        case ambiguousCommit
        /// A `Coalescer` holds as many items as it may.
        case overloaded
        /// The call itself is wrong (too many parameters, a NUL in SQL).
        case invalidArgument
    }

    package let code: Code
    /// The five-character SQLSTATE, where PostgreSQL gave one.
    package let sqlState: String?
    /// Trying the same again later can succeed. For `connectionLost` and `ambiguousCommit` only if it is idempotent.
    package let isRetriable: Bool
    package let reason: String
    /// The constraint that was violated, if that is what happened.
    package let constraintName: String?

    package init(code: Code, sqlState: String? = nil, reason: String, constraintName: String? = nil) {
        self.code = code
        self.sqlState = sqlState
        self.reason = reason
        self.constraintName = constraintName
        self.isRetriable =
            switch code {
            case .connectionFailed, .connectionLost, .timeout, .poolExhausted, .ambiguousCommit, .overloaded: true
            case .cancelled, .decoding, .closed, .invalidArgument: false
            case .server: Self.isRetriable(sqlState: sqlState)
            }
    }

    /// The failure is about reaching the database or its state, not about the statement: another statement would
    /// have failed too, and this one may work later.
    package var isConnectivity: Bool {
        switch code {
        case .connectionFailed, .connectionLost, .timeout, .poolExhausted, .closed, .ambiguousCommit, .cancelled: true
        case .server: isRetriable && !isTransactionConflict
        case .decoding, .overloaded, .invalidArgument: false
        }
    }

    package var isUniqueViolation: Bool { sqlState == "23505" }

    /// A serialization failure or a deadlock: the whole transaction is to be run again.
    package var isTransactionConflict: Bool { sqlState == "40001" || sqlState == "40P01" }

    package var description: String {
        "\(code.rawValue)\(sqlState.map { " \($0)" } ?? ""): \(reason)"
    }

    static let cancelled = DatabaseError(code: .cancelled, reason: "the calling task was cancelled")
    static let closed = DatabaseError(code: .closed, reason: "the pool is closed")

    private static func isRetriable(sqlState: String?) -> Bool {
        guard let sqlState else { return false }
        switch sqlState {
        case "57P01", "57P02", "57P03", "40001", "40P01", "25006": return true
        default: return sqlState.hasPrefix("08") || sqlState.hasPrefix("53")
        }
    }
}

extension DatabaseError {
    /// What a failed result says.
    init(result: OpaquePointer) {
        func field(_ name: Character) -> String? {
            guard let code = name.asciiValue, let text = PQresultErrorField(result, Int32(code)) else { return nil }
            return String(cString: text)
        }
        let state = field("C")
        let message = field("M") ?? PQresultErrorMessage(result).map { trimmed($0) } ?? "no message"
        let code: Code =
            switch state {
            case "57014": .timeout
            case "57P01", "57P02", "57P03", "25P03": .connectionLost
            case .some(let state) where state.hasPrefix("08"): .connectionLost
            case .some: .server
            case nil: .connectionLost
            }
        self.init(code: code, sqlState: state, reason: message, constraintName: field("n"))
    }
}

/// A libpq message as one line.
func trimmed(_ message: UnsafePointer<CChar>) -> String {
    String(cString: message).split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
        .joined(separator: "; ")
}

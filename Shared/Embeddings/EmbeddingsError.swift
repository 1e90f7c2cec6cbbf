/// Why there are no vectors.
///
/// Neither the reason nor the description has anything of a text or of the key, nor free words of the server's, which
/// may quote them.
package struct EmbeddingsError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The values of the configuration can't be used.
        case configuration
        /// No answer came, or it broke off; see the reason.
        case transport
        /// The server refuses the request, with a status of 4xx.
        case refused
        /// The server has too much to do or fails, with a status of 408, 429 or 5xx.
        case unavailable
        /// The answer isn't one vector of finite numbers for each text.
        case malformed
        /// The vectors are not as long as those asked for, or as those before.
        case dimensions
        /// The time for all attempts is over.
        case deadline
        /// The calling task was cancelled.
        case cancelled
    }

    package let code: Code
    /// Whether the same texts may get vectors later.
    package let isRetriable: Bool
    package let reason: String
    /// The HTTP status, where one came.
    package let status: Int?
    /// How long the server asks to wait before the next request.
    package let retryAfter: Duration?

    package init(
        code: Code, isRetriable: Bool, reason: String, status: Int? = nil, retryAfter: Duration? = nil
    ) {
        self.code = code
        self.isRetriable = isRetriable
        self.reason = reason
        self.status = status
        self.retryAfter = retryAfter
    }

    package var description: String { "\(code.rawValue): \(reason)" }

    static func malformed(_ reason: String) -> EmbeddingsError {
        EmbeddingsError(code: .malformed, isRetriable: false, reason: reason)
    }
}

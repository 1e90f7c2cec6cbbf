/// Why a provider gave no answer that may be used.
package struct ProviderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The stable name of the fault, for logs, metrics and the degraded analysis.
    package enum Code: String, Sendable, CaseIterable {
        /// The deadline, or the limit of one phase of the call, passed.
        case timeout
        /// No connection: nobody listens, no such name, no way to it.
        case connectFailed = "connect_failed"
        /// The TLS handshake failed, or the server's certificate isn't trusted.
        case tls
        /// The connection broke before the answer was whole.
        case connectionLost = "connection_lost"
        /// 429: too many requests, or the account's quota is used up.
        case rateLimited = "rate_limited"
        /// 5xx, or an error object within a stream.
        case serverError = "server_error"
        /// 401 or 403: the key or token is missing, wrong or without the right.
        case unauthorised
        /// Another 4xx, or a redirect: the settings and the server don't fit together.
        case rejected
        /// The server says that the task's text is too long for the model.
        case promptTooLong = "prompt_too_long"
        /// The answer isn't what the interface promises, or is off the allow-list or out of range.
        case badAnswer = "bad_answer"
        /// The answer is larger than the limit.
        case tooLarge = "too_large"
        /// The answer stopped before its end: the output limit, or a stream without its last event.
        case truncated
        /// The model, or a filter before it, would not answer this text.
        case refused
        /// The calling task was cancelled.
        case cancelled
        /// A secret file can't be read, or the provider was closed.
        case misconfigured
    }

    /// Whose fault it was, for those who judge a provider by its calls.
    package enum Blame: String, Sendable {
        /// The provider or the way to it: counts against its health.
        case provider
        /// This text: another task may do well.
        case request
        /// Whoever called: says nothing of the provider.
        case caller
    }

    package let code: Code
    /// At most 300 characters, for a person; no task text, no secret, nothing of the answer but the server's own
    /// bounded error message.
    package let reason: String
    /// The status of the answer, when there was one.
    package let httpStatus: Int?
    /// How long the server asked to be left alone.
    package let retryAfter: Duration?
    /// Whether the call may have cost money; then a budget keeps what it reserved, or `usage` if that is known.
    package let mayHaveSpentTokens: Bool
    /// What the call spent, where the server said so in spite of the fault.
    package let usage: TokenUsage?

    package init(
        _ code: Code, reason: String, httpStatus: Int? = nil, retryAfter: Duration? = nil,
        mayHaveSpentTokens: Bool = false, usage: TokenUsage? = nil
    ) {
        self.code = code
        self.reason = BoundedText.line(reason, characters: 300)
        self.httpStatus = httpStatus
        self.retryAfter = retryAfter
        self.mayHaveSpentTokens = mayHaveSpentTokens || usage.map { $0.total > 0 } ?? false
        self.usage = usage
    }

    /// Whether the same call may do better a moment later.
    package var isRetriable: Bool {
        switch code {
        case .timeout, .connectFailed, .connectionLost, .rateLimited, .serverError, .badAnswer, .truncated: true
        case .tls, .unauthorised, .rejected, .promptTooLong, .tooLarge, .refused, .cancelled, .misconfigured: false
        }
    }

    /// Whose fault it was.
    package var blame: Blame {
        switch code {
        case .promptTooLong, .refused: .request
        case .cancelled: .caller
        default: .provider
        }
    }

    package var description: String {
        httpStatus.map { "\(code.rawValue): \(reason) (status \($0))" } ?? "\(code.rawValue): \(reason)"
    }
}

import AccessTokens
import CurlHTTP

extension ProviderError {
    /// A fault of the way to the server.
    init(_ error: HTTPClientError) {
        let code: Code =
            switch error.code {
            case .connectionFailed, .resolveFailed, .addressRefused: .connectFailed
            case .connectionLost: .connectionLost
            case .timeout: .timeout
            case .tls: .tls
            case .responseTooLarge: .tooLarge
            case .cancelled: .cancelled
            case .malformed: error.wasSent ? .badAnswer : .misconfigured
            case .closed: .misconfigured
            }
        self.init(code, reason: error.reason, mayHaveSpentTokens: error.wasSent)
    }

    /// Why there is no token for a call.
    init(_ error: AccessTokenError) {
        if let transport = error.transport, error.code == .transport {
            self.init(transport)
            return
        }
        let code: Code =
            switch error.code {
            case .misconfigured: .misconfigured
            case .unauthorised: .unauthorised
            case .timeout: .timeout
            case .cancelled: .cancelled
            case .transport: .connectFailed
            }
        self.init(code, reason: error.reason, httpStatus: error.httpStatus)
    }

    /// An answer of another status than 200.
    /// - Parameters:
    ///   - secrets: what must not show in the reason.
    ///   - now: seconds since 1970, for `Retry-After` as a date.
    static func refusal(
        status: Int, retryAfter: String?, fault: ServerFault, secrets: SentSecrets, now: Int
    ) -> ProviderError {
        let wait = retryAfter.flatMap { RetryAfter.duration($0, now: now) }
        func error(_ code: Code, _ reason: String, maySpend: Bool = false) -> ProviderError {
            ProviderError(
                code, reason: reason, httpStatus: status, retryAfter: wait, mayHaveSpentTokens: maySpend)
        }
        switch status {
        // What servers say of a wrong key repeats parts of it.
        case 401, 403, 407: return error(.unauthorised, "the server refuses the key or token")
        case 413: return error(.promptTooLong, "the server takes no text of this length")
        case 408, 504: return error(.timeout, "the server gave up waiting", maySpend: true)
        case 429: return error(.rateLimited, fault.reason(hiding: secrets))
        case 500...599: return error(.serverError, fault.reason(hiding: secrets), maySpend: status != 503)
        case 300...399: return error(.rejected, "the server redirects; redirects are not followed")
        case 400...499 where fault.isPromptTooLong: return error(.promptTooLong, "the text is too long for the model")
        case 400...499: return error(.rejected, fault.reason(hiding: secrets))
        default: return error(.badAnswer, "not a status of a finished call", maySpend: true)
        }
    }
}

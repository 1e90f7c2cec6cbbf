package import CurlHTTP

/// Why there is no token.
package struct AccessTokenError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The file can't be used.
        case misconfigured
        /// The metadata server gave none.
        case unauthorised
        case timeout
        case cancelled
        /// The metadata server can't be reached: `transport` says why.
        case transport
    }

    package let code: Code
    /// Names files and servers, never a token.
    package let reason: String
    /// HTTP status, where an answer came.
    package let httpStatus: Int?
    /// With `transport`.
    package let transport: HTTPClientError?

    init(_ code: Code, reason: String, httpStatus: Int? = nil) {
        self.code = code
        self.reason = reason
        self.httpStatus = httpStatus
        transport = nil
    }

    init(_ error: HTTPClientError) {
        code = error.code == .cancelled ? .cancelled : .transport
        reason = error.reason
        httpStatus = nil
        transport = error
    }

    package var description: String { "\(code.rawValue): \(reason)" }
}

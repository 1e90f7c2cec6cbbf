/// Why MLflow was not told.
package struct MLflowError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// No answer came, or it broke off.
        case transport
        /// Too much to do, or a fault of the server's: 408, 429, 5xx.
        case unavailable
        /// The token isn't taken, or the address isn't allowed: 401, 403.
        case unauthorised
        /// The server refuses what was sent: other 4xx.
        case refused
        /// The answer isn't what MLflow's REST API says.
        case malformed
        /// Something there is not as it must be, and a person has to mend it: a deleted experiment, say.
        case conflict
        case cancelled
    }

    package let code: Code
    package let reason: String
    /// HTTP status, where an answer came.
    package let status: Int?
    /// MLflow's own code, such as `RESOURCE_DOES_NOT_EXIST`.
    package let errorCode: String?

    package init(_ code: Code, _ reason: String, status: Int? = nil, errorCode: String? = nil) {
        self.code = code
        self.reason = reason
        self.status = status
        self.errorCode = errorCode
    }

    package var description: String { "\(code.rawValue): \(reason)" }
}

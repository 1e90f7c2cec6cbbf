/// An error answer: `application/problem+json` (RFC 9457) with our extensions.
package struct Problem: Codable, Hashable, Sendable, Error {
    package var type: String
    package var title: String
    package var status: Int
    package var detail: String
    /// The request's path.
    package var instance: String?
    package var code: ErrorCode
    package var correlationID: String?
    package var retryable: Bool
    package var errors: [BrokenRule]

    package init(
        _ code: ErrorCode, detail: String, instance: String? = nil, correlationID: String? = nil,
        errors: [BrokenRule] = []
    ) {
        type = "/docs/errors#" + code.rawValue
        title = code.title
        status = code.httpStatus
        self.detail = detail
        self.instance = instance
        self.code = code
        self.correlationID = correlationID
        retryable = code.isRetriable
        self.errors = errors
    }

    enum CodingKeys: String, CodingKey {
        case type, title, status, detail, instance, code
        case correlationID = "correlation_id"
        case retryable, errors
    }
}

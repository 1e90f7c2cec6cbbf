import Contracts
import HTTPTypes
import Hummingbird

/// Who asks. Until identity comes (issue 6), what the request says of itself; the service listens on loopback only.
struct Caller: Hashable, Sendable {
    var tenant: String
    var user: String

    init(tenant: String, user: String) {
        self.tenant = tenant
        self.user = user
    }

    /// From `X-Tenant-ID` and `X-User-ID`, or, for an EventSource that can't send headers, the query.
    init(_ request: Request) throws(Problem) {
        func value(_ header: HTTPField.Name, _ parameter: String, default fallback: String) throws(Problem) -> String {
            guard
                let text = request.headers[header] ?? request.uri.queryParameters[Substring(parameter)].map(String.init)
            else { return fallback }
            guard (1...100).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw Problem(.invalidParameter, detail: "\(header) must be 1 to 100 bytes without control characters")
            }
            return text
        }
        tenant = try value(.tenantID, "tenant", default: "default")
        user = try value(.userID, "user", default: "anonymous")
    }
}

/// A name that is known to be a valid field name.
private func fieldName(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("not a field name: \(text)") }
    return name
}

extension HTTPField.Name {
    static let tenantID = fieldName("X-Tenant-ID")
    static let userID = fieldName("X-User-ID")
    static let correlationID = fieldName("X-Correlation-ID")
    static let traceparent = fieldName("traceparent")
    static let lastEventID = fieldName("Last-Event-ID")
    static let retryAfter = fieldName("Retry-After")
    static let link = fieldName("Link")
}

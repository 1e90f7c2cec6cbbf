/// One header field; names compare without case.
package struct HTTPHeader: Equatable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One request; the body goes out whole, with a `Content-Length`.
package struct HTTPRequest: Sendable {
    package var method: String
    /// Absolute, `http` or `https`, already percent-encoded.
    package var url: String
    package var headers: [HTTPHeader]
    package var body: [UInt8]

    package init(method: String = "GET", url: String, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// A whole answer: any status is an answer, only transport faults are errors.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: [HTTPHeader]
    package let body: [UInt8]

    package init(status: Int, headers: [HTTPHeader], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first field of that name, compared without case.
    package func header(_ name: String) -> String? { headers.first(named: name) }
}

extension [HTTPHeader] {
    /// The first field of that name, compared without case.
    package func first(named name: String) -> String? {
        let wanted = name.lowercased()
        return first { $0.name.lowercased() == wanted }?.value
    }
}

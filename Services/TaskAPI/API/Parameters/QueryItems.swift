package import Contracts

/// A request's query, decoded as forms are (`+` is a space, WHATWG URL 5.1).
package struct QueryItems: Sendable {
    package let items: [(name: String, value: String)]

    package static let none = QueryItems(items: [])

    /// - Throws: `Problem` for what is no UTF-8 once decoded.
    package init(_ query: String) throws(Problem) {
        var items: [(name: String, value: String)] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let mark = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = try Self.decoded(part[..<mark])
            let value = mark == part.endIndex ? "" : try Self.decoded(part[part.index(after: mark)...])
            items.append((name, value))
        }
        self.items = items
    }

    private init(items: [(name: String, value: String)]) { self.items = items }

    package subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// - Throws: `Problem` for a parameter that the endpoint does not declare, that is given twice, or that breaks its
    ///   own rule: a filter that was misspelt must not show everything.
    package func check(for endpoint: Endpoint) throws(Problem) {
        for (index, item) in items.enumerated() {
            guard
                let parameter = endpoint.parameters.first(where: { $0.place == .query && $0.name == item.name })
            else {
                let known = endpoint.queryNames.joined(separator: ", ")
                throw Problem(
                    .invalidParameter,
                    detail: "There is no query parameter \(item.name.clipped) here"
                        + (known.isEmpty ? "; none is taken." : "; there are \(known)."))
            }
            guard !items[..<index].contains(where: { $0.name == item.name }) else {
                throw parameter.problem("is given twice")
            }
            if let fault = parameter.fault(item.value) { throw parameter.problem(fault) }
        }
    }

    private static func decoded(_ part: Substring.UTF8View.SubSequence) throws(Problem) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(part.count)
        var rest = part
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                // A percent sign that encodes nothing stands for itself.
                guard let high = rest.first.flatMap(digit), let low = rest.dropFirst().first.flatMap(digit) else {
                    bytes.append(byte)
                    continue
                }
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.invalidParameter, detail: "The query is not UTF-8.")
        }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
        default: nil
        }
    }
}

extension String {
    /// For an answer that repeats what a stranger sent.
    fileprivate var clipped: String { count <= 40 ? self : prefix(40) + "…" }
}

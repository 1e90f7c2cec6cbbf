/// Any JSON value, for schemas and documents that are built rather than typed.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The member of an object, or `nil`.
    package subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// The text of a string, or `nil`.
    package var stringValue: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// Canonical text: members sorted by name; two spaces a level when `isPretty`.
    package func text(isPretty: Bool = false) -> String {
        var writer = ""
        write(into: &writer, indent: isPretty ? 0 : nil)
        return writer
    }

    private func write(into text: inout String, indent: Int?) {
        func newline(_ level: Int) {
            if indent != nil { text += "\n" + String(repeating: "  ", count: level) }
        }
        func scalar(_ body: (inout JSONWriter) -> Void) {
            var writer = JSONWriter(capacity: 32)
            body(&writer)
            text += String(decoding: writer.bytes, as: UTF8.self)
        }
        let next = indent.map { $0 + 1 }
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let value): scalar { $0.number(value) }
        case .string(let value): scalar { $0.string(value) }
        case .array(let values) where values.isEmpty: text += "[]"
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                newline(next ?? 0)
                value.write(into: &text, indent: next)
            }
            newline(indent ?? 0)
            text += "]"
        case .object(let members) where members.isEmpty: text += "{}"
        case .object(let members):
            text += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { text += "," }
                newline(next ?? 0)
                scalar { $0.string(member.key) }
                text += indent == nil ? ":" : ": "
                member.value.write(into: &text, indent: next)
            }
            newline(indent ?? 0)
            text += "}"
        }
    }
}

extension JSONValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {  // each attempt that fails only rules out one kind
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {  // as above
            self = .number(value)
        } else if let value = try? container.decode(String.self) {  // as above
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {  // as above
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}

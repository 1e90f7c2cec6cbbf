package import Contracts

/// The name of a type's JSON Schema in the documents, with the schema itself.
package struct SchemaName: Sendable, Hashable {
    /// Of the characters that OpenAPI lets a component's name have.
    package let text: String
    /// With everything inline.
    package let schema: JSONValue

    /// A value that a request or an answer holds.
    package init(_ type: any Codable.Type) {
        text = Self.name(of: type)
        schema = JSONSchema.http(type)
    }

    /// An array of values that a request holds.
    init<Value: Codable & Validated>(arrayOf type: Value.Type, atLeast count: Int = 1) {
        text = Self.name(of: type) + "List"
        schema = [
            "type": "array", "items": JSONSchema.http(type), "minItems": .number(Double(count)),
            "maxItems": .number(Double(RequestLimits.batchItems)),
        ]
    }

    /// `TaskView`; `TaskViewPage` for `Page<TaskView>`; `FeedbackDraftField` for a type within another.
    private static func name(of type: any Codable.Type) -> String {
        let parts = String(reflecting: type).split { $0 == "<" || $0 == ">" }.map { part in
            part.split(separator: ".").dropFirst().joined()
        }
        return parts.reversed().joined()
    }
}

/// Bounds of what a request may hold.
package enum RequestLimits {
    /// One task, whose description alone may have 64 KiB of UTF-8, escaped.
    package static let draftBytes = 512 * 1_024
    package static let batchBytes = 16 << 20
    package static let batchItems = 10_000
    /// A stream of lines, which is stored while it is read.
    package static let importBytes = 64 << 20
    /// A webhook of another system; GitHub sends no larger one.
    package static let hookBytes = 25 << 20
    /// What else people send.
    package static let smallBytes = 64 * 1_024
}

package import Contracts

/// The JSON Schemas as files: each event's, and each value's of a request or an answer.
package enum SchemaFiles {
    package struct File: Sendable {
        /// Such as `task.created.v1.json` or `TaskView.json`.
        package let name: String
        package let schema: JSONValue
    }

    package static let all: [File] =
        JSONSchema.events.map { File(name: $0.type.rawValue + ".json", schema: $0.schema) }
        + RouteTable.schemas.map { name in
            var members: [String: JSONValue] = [
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$id": .string("/schemas/\(name.text).json"), "title": .string(name.text),
            ]
            if case .object(let own) = FieldNotes.describing(name.schema, as: name.text) { members.merge(own) { $1 } }
            return File(name: name.text + ".json", schema: .object(members))
        }

    /// What `/schemas` answers.
    package static var index: JSONValue {
        ["items": .array(all.map { ["name": .string($0.name), "url": .string("/schemas/" + $0.name)] })]
    }
}

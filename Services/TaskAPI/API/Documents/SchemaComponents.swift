import Contracts

/// The schemas of the OpenAPI document: each under its name, referring to each other instead of repeating.
struct SchemaComponents {
    private let names: [JSONValue: String]

    init(_ schemas: [SchemaName]) {
        names = Dictionary(schemas.map { ($0.schema, $0.text) }, uniquingKeysWith: { first, _ in first })
    }

    /// `#/components/schemas/…`
    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    /// All, by name.
    var all: JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: names.map { schema, name in (name, FieldNotes.describing(inner(schema), as: name))
                }))
    }

    /// The schema with references for what has a name.
    private func referring(_ schema: JSONValue) -> JSONValue {
        if let name = names[schema] { return Self.reference(name) }
        if let other = schema.withoutNull, let name = names[other] {
            return ["anyOf": [Self.reference(name), ["type": "null"]]]
        }
        return inner(schema)
    }

    private func inner(_ schema: JSONValue) -> JSONValue {
        guard case .object(var members) = schema else { return schema }
        for (keyword, argument) in members {
            switch (keyword, argument) {
            case ("properties", .object(let properties)):
                members[keyword] = .object(properties.mapValues(referring))
            case ("items", _), ("additionalProperties", _): members[keyword] = referring(argument)
            default: continue
            }
        }
        return .object(members)
    }
}

extension JSONValue {
    /// The schema of the same values but `null`; nil where `null` is none of them.
    fileprivate var withoutNull: JSONValue? {
        guard case .object(var members) = self, case .array(let types)? = members["type"], types.contains("null") else {
            return nil
        }
        let others = types.filter { $0 != "null" }
        members["type"] = others.count == 1 ? others[0] : .array(others)
        if case .array(let values)? = members["enum"] { members["enum"] = .array(values.filter { $0 != .null }) }
        return .object(members)
    }
}

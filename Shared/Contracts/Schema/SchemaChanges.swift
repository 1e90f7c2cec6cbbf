extension JSONValue {
    /// The schema with more keywords; where both say something of the same member or item, both hold, and where they
    /// contradict each other, the new ones do.
    func merged(with keywords: [String: JSONValue]) -> JSONValue {
        guard case .object(let members) = self else { return .object(keywords) }
        return .object(
            members.merging(keywords) { old, new in
                guard case .object(let more) = new, case .object = old else { return new }
                return old.merged(with: more)
            })
    }

    /// The schema with `null` allowed wherever a member needn't be there.
    var withNullForOptional: JSONValue {
        switch self {
        case .array(let schemas): return .array(schemas.map(\.withNullForOptional))
        case .object(var members):
            let required = members["required"]?.strings ?? []
            for (keyword, argument) in members {
                switch (keyword, argument) {
                case ("properties", .object(let properties)):
                    members[keyword] = .object(
                        Dictionary(
                            uniqueKeysWithValues: properties.map { name, schema in
                                let inner = schema.withNullForOptional
                                return (name, required.contains(name) ? inner : inner.orNull)
                            }))
                case ("items", _), ("additionalProperties", _): members[keyword] = argument.withNullForOptional
                // What a rule adds says itself where null may stand.
                default: continue
                }
            }
            return .object(members)
        default: return self
        }
    }

    /// The schema, or `null`.
    private var orNull: JSONValue {
        guard case .object(var members) = self else { return self }
        switch members["type"] {
        case .string(let type)?: members["type"] = [.string(type), "null"]
        case .array(let types)?: members["type"] = .array(types + ["null"])
        default: return self  // any value at all
        }
        if case .array(let values)? = members["enum"] { members["enum"] = .array(values + [.null]) }
        return .object(members)
    }

    private var strings: [String] {
        guard case .array(let values) = self else { return [] }
        return values.compactMap(\.stringValue)
    }
}

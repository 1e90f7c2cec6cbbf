package import Contracts

/// The answer that is asked for, as a JSON Schema.
///
/// Only words that every server with constrained output knows: `type`, `properties`, `required`,
/// `additionalProperties`, `enum`, `items`. Ranges and lengths are the decoder's.
package enum AnswerSchema {
    /// The name that goes with the schema.
    package static let name = "task_analysis"

    /// The schema of an answer to these choices.
    package static func schema(for choices: ProviderChoices) -> JSONValue {
        var properties: [String: JSONValue] = ["reason": ["type": "string"]]
        if !choices.categories.isEmpty { properties["category"] = label(of: choices.categories) }
        if !choices.priorities.isEmpty { properties["priority"] = label(of: choices.priorities) }
        if !choices.labels.isEmpty { properties["labels"] = ["type": "array", "items": label(of: choices.labels)] }
        if choices.effort != nil { properties["effort"] = object(["points": number, "confidence": number]) }
        return object(properties)
    }

    private static let number: JSONValue = ["type": "number"]

    private static func label(of values: [String]) -> JSONValue {
        object(["value": ["type": "string", "enum": .array(values.map(JSONValue.string))], "confidence": number])
    }

    private static func object(_ properties: [String: JSONValue]) -> JSONValue {
        [
            "type": "object", "properties": .object(properties),
            "required": .array(properties.keys.sorted().map(JSONValue.string)), "additionalProperties": false,
        ]
    }
}

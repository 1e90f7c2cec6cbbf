import FoundationEssentials

/// The one way contracts become JSON and come back, by Codable: snake case from the types' own keys, no surprises.
package enum ContractJSON {
    /// UTF-8 JSON; members in a stable order when `isSorted` (golden files, hashes).
    package static func encode(_ value: some Encodable, isSorted: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = isSorted ? [.sortedKeys, .withoutEscapingSlashes] : [.withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// - Throws: `DecodingError` with the coding path.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// What is wrong with the JSON, in terms of its sender: pointer and detail.
    package static func brokenRule(from error: any Error) -> BrokenRule {
        func pointer(_ path: [any CodingKey]) -> String {
            path.map { "/" + ($0.intValue.map(String.init) ?? $0.stringValue) }.joined()
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            return BrokenRule(
                pointer: pointer(context.codingPath + [key]), detail: "is needed", code: .invalidField)
        case DecodingError.valueNotFound(_, let context):
            return BrokenRule(pointer: pointer(context.codingPath), detail: "must not be null", code: .invalidField)
        case DecodingError.typeMismatch(let type, let context):
            return BrokenRule(
                pointer: pointer(context.codingPath), detail: "must be \(jsonName(of: type))", code: .invalidField)
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            return BrokenRule(
                pointer: pointer(context.codingPath), detail: plainDetail(of: context), code: .invalidField)
        default:
            return BrokenRule(pointer: "", detail: "is not valid JSON", code: .malformedJSON)
        }
    }

    /// Codable's own words for a value that an enumeration doesn't have name our Swift types.
    private static func plainDetail(of context: DecodingError.Context) -> String {
        let isUnknownCase = context.debugDescription.hasPrefix("Cannot initialize ")
        return isUnknownCase ? "is none of the values that are known" : context.debugDescription
    }

    private static func jsonName(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "an integer"
        case is any BinaryFloatingPoint.Type: "a number"
        case is any JSONArrayType.Type: "an array"
        default: "an object"
        }
    }
}

private protocol JSONArrayType {}
extension Array: JSONArrayType {}

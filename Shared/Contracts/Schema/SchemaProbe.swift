/// Finds out what JSON a type reads, by letting it decode from a decoder that notes every question and answers with
/// something that fits. So the schema comes from the type itself and cannot drift from it.
///
/// Works for the shapes that contracts use: objects with known members, arrays, string maps, string enums, our scalar
/// types. Recursive types are not among them.
struct SchemaProbe: Decoder {
    let box: Box
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    final class Box {
        var schema: JSONValue = [:]
        var members: [String: JSONValue] = [:]
        var required: [String] = []
        var isObject = false
    }

    /// The schema of a type, without the keywords of its rules.
    static func schema(of type: any Decodable.Type) -> JSONValue {
        if let known = type as? any SchemaDescribed.Type { return known.schema }
        let box = Box()
        // A probe's answers don't satisfy every initialiser; what was noted until then is all that is asked.
        _ = try? type.init(from: SchemaProbe(box: box))
        guard box.isObject else { return box.schema }
        return [
            "type": "object", "properties": .object(box.members),
            "required": .array(box.required.map { .string($0) }),
        ]
    }

    /// A value that fits, for the decoding to go on.
    static func sample<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let known = type as? any SchemaDescribed.Type, let value = known.sample as? Value { return value }
        return try type.init(from: SchemaProbe(box: Box()))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        box.isObject = true
        return KeyedDecodingContainer(Keyed<Key>(box: box))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "arrays are described by their type"))
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(box: box) }
}

private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let box: SchemaProbe.Box
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) throws -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        box.members[key.stringValue] = SchemaProbe.schema(of: type)
        box.required.append(key.stringValue)
        return try SchemaProbe.sample(type)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        note(type, key)
    }

    // These have requirements of their own, whose defaults would ask for a value.
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { note(type, key) }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { note(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { note(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { note(type, key) }

    /// An optional member: noted, and absent.
    private func note<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
        box.members[key.stringValue] = SchemaProbe.schema(of: type)
        return nil
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        KeyedDecodingContainer(Keyed<Nested>(box: SchemaProbe.Box()))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "arrays are described by their type"))
    }

    func superDecoder() throws -> any Decoder { SchemaProbe(box: SchemaProbe.Box()) }
    func superDecoder(forKey key: Key) throws -> any Decoder { SchemaProbe(box: SchemaProbe.Box()) }
}

private struct Single: SingleValueDecodingContainer {
    let box: SchemaProbe.Box
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        box.schema = SchemaProbe.schema(of: type)
        return try SchemaProbe.sample(type)
    }
}

/// A type whose JSON is one value rather than an object.
protocol SchemaDescribed {
    static var schema: JSONValue { get }
    static var sample: Any { get }
}

extension String: SchemaDescribed {
    static var schema: JSONValue { ["type": "string"] }
    static var sample: Any { "" }
}
extension Bool: SchemaDescribed {
    static var schema: JSONValue { ["type": "boolean"] }
    static var sample: Any { false }
}
extension Int: SchemaDescribed {
    static var schema: JSONValue { ["type": "integer"] }
    static var sample: Any { 0 }
}
extension Double: SchemaDescribed {
    static var schema: JSONValue { ["type": "number"] }
    static var sample: Any { 0.0 }
}
extension Identifier: SchemaDescribed {
    static var schema: JSONValue { ["type": "string", "format": "uuid"] }
    static var sample: Any { Identifier() }
}
extension EventTime: SchemaDescribed {
    static var schema: JSONValue { ["type": "string", "format": "date-time"] }
    static var sample: Any { EventTime(microseconds: 0) }
}
extension FieldValue: SchemaDescribed {
    static var schema: JSONValue { ["type": ["string", "number"]] }
    static var sample: Any { FieldValue.number(0) }
}
extension JSONValue: SchemaDescribed {
    static var schema: JSONValue { [:] }
    static var sample: Any { JSONValue.null }
}
extension Fixed: SchemaDescribed {
    static var schema: JSONValue { ["type": "string", "const": .string(Text.value)] }
    static var sample: Any { Fixed() }
}
extension Array: SchemaDescribed where Element: Decodable {
    static var schema: JSONValue { ["type": "array", "items": SchemaProbe.schema(of: Element.self)] }
    static var sample: Any { [Element]() }
}
extension Dictionary: SchemaDescribed where Key == String, Value: Decodable {
    static var schema: JSONValue { ["type": "object", "additionalProperties": SchemaProbe.schema(of: Value.self)] }
    static var sample: Any { [String: Value]() }
}

extension SchemaDescribed where Self: CaseIterable & RawRepresentable, RawValue == String {
    static var schema: JSONValue { ["type": "string", "enum": .array(allCases.map { .string($0.rawValue) })] }
    static var sample: Any { allCases.first as Any }
}
extension Zone: SchemaDescribed {}
extension Rung: SchemaDescribed {}
extension TriageField: SchemaDescribed {}
extension Provenance: SchemaDescribed {}
extension CheckLevel: SchemaDescribed {}
extension GateDecision.Verdict: SchemaDescribed {}
extension TrainingState: SchemaDescribed {}
extension RolloutAction: SchemaDescribed {}
extension RolloutStatus: SchemaDescribed {}
extension RolloutArm: SchemaDescribed {}
extension ErasureState: SchemaDescribed {}
extension ServiceName: SchemaDescribed {}
extension ReplayState: SchemaDescribed {}
extension ReplayDifference.Outcome: SchemaDescribed {}
extension TaskStatus: SchemaDescribed {}
extension CallerRole: SchemaDescribed {}
extension CallerView.Means: SchemaDescribed {}
extension ErrorCode: SchemaDescribed {}
extension EventType: SchemaDescribed {}
extension FeedbackDraft.Verdict: SchemaDescribed {}
extension HoldBackVerdict: SchemaDescribed {}

import Contracts

extension Parameter where Value == Int {
    /// A whole number within bounds.
    static func integer(
        _ place: ParameterDescription.Place, _ name: String, _ bounds: ClosedRange<Int>, default value: Int,
        _ summary: String
    ) -> Parameter {
        Parameter(
            place, name, summary,
            schema: [
                "type": "integer", "minimum": .number(Double(bounds.lowerBound)),
                "maximum": .number(Double(bounds.upperBound)), "default": .number(Double(value)),
            ]
        ) { text in
            guard let number = Int(text), bounds.contains(number) else {
                return .failure(Fault("must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"))
            }
            return .success(number)
        }
    }
}

extension Parameter where Value == String {
    /// A text of that many characters on one line.
    static func name(
        _ place: ParameterDescription.Place, _ name: String, _ characters: ClosedRange<Int>, _ summary: String,
        default value: String? = nil
    ) -> Parameter {
        let rule = FieldRule<String>.name("", { $0 }, characters)
        var schema: [String: JSONValue] = ["type": "string"]
        schema.merge(rule.keywords) { $1 }
        if let value { schema["default"] = .string(value) }
        return Parameter(place, name, summary, schema: .object(schema)) { text in
            if let fault = rule.check(text) { return .failure(Fault(fault)) }
            return .success(text)
        }
    }

    /// A text of that many visible ASCII characters and spaces: all that a header carries unharmed (RFC 9110, 5.5).
    static func plainName(
        _ place: ParameterDescription.Place, _ name: String, _ characters: ClosedRange<Int>, _ summary: String,
        default value: String? = nil
    ) -> Parameter {
        var schema: [String: JSONValue] = [
            "type": "string", "minLength": .number(Double(characters.lowerBound)),
            "maxLength": .number(Double(characters.upperBound)), "pattern": "^[ -~]*[!-~][ -~]*$",
        ]
        if let value { schema["default"] = .string(value) }
        let fault = Fault(
            "must be \(characters.lowerBound) to \(characters.upperBound) visible ASCII characters or spaces")
        return Parameter(place, name, summary, schema: .object(schema)) { text in
            let bytes = text.utf8
            let isFine =
                characters.contains(bytes.count) && bytes.allSatisfy { (0x20...0x7E).contains($0) }
                && bytes.contains { $0 != 0x20 }
            return isFine ? .success(text) : .failure(fault)
        }
    }

    /// A text that is taken where it can be used and ignored otherwise.
    static func hint(_ place: ParameterDescription.Place, _ name: String, _ summary: String) -> Parameter {
        Parameter(place, name, summary, schema: ["type": "string"]) { .success($0) }
    }
}

extension Parameter where Value == Identifier {
    /// A UUID in the path.
    static func identifier(_ name: String, _ summary: String) -> Parameter {
        Parameter(
            .path, name, summary, schema: ["type": "string", "format": "uuid"], code: .invalidIdentifier
        ) { text in
            guard let id = Identifier(text) else { return .failure(Fault("must be a UUID")) }
            return .success(id)
        }
    }
}

extension Parameter where Value == EventTime {
    /// A moment.
    static func time(_ place: ParameterDescription.Place, _ name: String, _ summary: String) -> Parameter {
        Parameter(place, name, summary, schema: ["type": "string", "format": "date-time"]) { text in
            guard let time = EventTime(text) else {
                return .failure(Fault("must be a time such as 2026-11-01T00:00:00Z"))
            }
            return .success(time)
        }
    }
}

extension Parameter where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of the words of an enumeration.
    static func word(_ place: ParameterDescription.Place, _ name: String, _ summary: String) -> Parameter {
        let words = Value.allCases.map(\.rawValue)
        return Parameter(
            place, name, summary, schema: ["type": "string", "enum": .array(words.map { .string($0) })]
        ) { text in
            guard let value = Value(rawValue: text) else {
                return .failure(Fault("must be one of \(words.joined(separator: ", "))"))
            }
            return .success(value)
        }
    }
}

/// One rule that a value breaks.
package struct BrokenRule: Codable, Hashable, Sendable {
    /// Where, as a JSON pointer (RFC 6901), e.g. `/title`.
    package let pointer: String
    /// What is wrong, for a person.
    package let detail: String
    package let code: ErrorCode

    package init(pointer: String, detail: String, code: ErrorCode = .invalidField) {
        self.pointer = pointer
        self.detail = detail
        self.code = code
    }

    /// Place and fault in one line; a fault of the whole value has no place.
    package var text: String { pointer.isEmpty ? detail : "\(pointer) \(detail)" }
}

/// A payload with rules of its own: what breaks one neither leaves a service nor gets past a consumer.
package protocol Validated: Sendable {
    static var rules: [FieldRule<Self>] { get }
}

extension Validated {
    /// Every broken rule, in the order of the rules.
    ///
    /// - Parameter prefix: The pointer to this value in the document that its sender knows.
    package func brokenRules(under prefix: String = "") -> [BrokenRule] {
        var broken: [BrokenRule] = []
        for rule in Self.rules {
            guard let detail = rule.check(self) else { continue }
            // The whole value's pointer is empty (RFC 6901, section 5).
            let pointer = rule.field.isEmpty ? prefix : prefix + "/" + rule.field
            broken.append(BrokenRule(pointer: pointer, detail: detail))
        }
        return broken
    }
}

/// A check of one field, and the JSON Schema keywords that say the same.
package struct FieldRule<Root>: Sendable {
    /// The path of member names, joined by `/`.
    package let field: String
    package let keywords: [String: JSONValue]
    /// What is wrong, or `nil`.
    package let check: @Sendable (Root) -> String?

    package init(
        _ field: String, keywords: [String: JSONValue] = [:], check: @escaping @Sendable (Root) -> String?
    ) {
        self.field = field
        self.keywords = keywords
        self.check = check
    }

    /// Text of `characters` Unicode scalars, at most `maximumBytes` of UTF-8, with something in it if the minimum is
    /// above zero, and without U+0000 (which PostgreSQL cannot store).
    /// - Parameter isNulReplaced: whether U+0000 is replaced before the rule is checked, so that a client may send it.
    package static func text(
        _ field: String, _ value: @escaping @Sendable (Root) -> String?, _ characters: ClosedRange<Int>,
        maximumBytes: Int? = nil, isNulReplaced: Bool = false
    ) -> FieldRule {
        FieldRule(
            field,
            keywords: keywords(
                characters: characters,
                pattern: TextPattern(isBlankTaken: characters.lowerBound == 0, without: isNulReplaced ? .nothing : .nul)
            )
        ) { root in
            guard let text = value(root) else { return nil }
            return Self.fault(in: text, characters: characters, maximumBytes: maximumBytes)
        }
    }

    /// A name on one line: as ``text(_:_:_:maximumBytes:)``, and without control characters.
    package static func name(
        _ field: String, _ value: @escaping @Sendable (Root) -> String?, _ characters: ClosedRange<Int>
    ) -> FieldRule {
        FieldRule(
            field,
            keywords: keywords(
                characters: characters,
                pattern: TextPattern(isBlankTaken: characters.lowerBound == 0, without: .controls))
        ) { root in
            guard let text = value(root) else { return nil }
            if let fault = Self.fault(in: text, characters: characters) { return fault }
            let hasControl = text.unicodeScalars.contains { $0.properties.generalCategory == .control }
            return hasControl ? "must not contain control characters" : nil
        }
    }

    /// The schema's words for a text's length and for what it holds.
    static func keywords(
        characters: ClosedRange<Int>, pattern: TextPattern? = nil
    ) -> [String: JSONValue] {
        let pattern = pattern ?? TextPattern(isBlankTaken: characters.lowerBound == 0, without: .nul)
        var keywords: [String: JSONValue] = ["maxLength": .number(Double(characters.upperBound))]
        if characters.lowerBound > 0 { keywords["minLength"] = .number(Double(characters.lowerBound)) }
        if let text = pattern.text { keywords["pattern"] = .string(text) }
        return keywords
    }

    /// A list of at most `count` texts, each of 1 to 100 characters.
    static func texts(
        _ field: String, _ values: @escaping @Sendable (Root) -> [String]?, atMost count: Int
    ) -> FieldRule {
        FieldRule(
            field, keywords: ["maxItems": .number(Double(count)), "items": .object(keywords(characters: 1...100))]
        ) { root in
            guard let values = values(root) else { return nil }
            guard values.count <= count else { return "must have at most \(count) items" }
            for value in values {
                if let fault = fault(in: value, characters: 1...100) { return "has an item that " + fault }
            }
            return nil
        }
    }

    /// A number within bounds.
    package static func range(
        _ field: String, _ value: @escaping @Sendable (Root) -> Double?, _ bounds: ClosedRange<Double>
    ) -> FieldRule {
        let keywords: [String: JSONValue] = [
            "minimum": .number(bounds.lowerBound), "maximum": .number(bounds.upperBound),
        ]
        return FieldRule(field, keywords: keywords) { root in
            guard let number = value(root) else { return nil }
            guard !bounds.contains(number) else { return nil }
            // As people write numbers: without `.0`.
            return "must be from \(FieldValue.number(bounds.lowerBound)) to \(FieldValue.number(bounds.upperBound))"
        }
    }

    static func fault(in text: String, characters: ClosedRange<Int>, maximumBytes: Int? = nil) -> String? {
        let utf8 = text.utf8
        if let maximumBytes, utf8.count > maximumBytes { return "must be at most \(maximumBytes) bytes of UTF-8" }
        if utf8.contains(0) { return "must not contain U+0000" }
        // Scalars are counted only where the bytes leave a doubt.
        if utf8.count > characters.upperBound, text.unicodeScalars.count > characters.upperBound {
            return "must be at most \(characters.upperBound) characters"
        }
        guard characters.lowerBound > 0 else { return nil }
        // Nearly every text begins with something; the rest is looked at scalar by scalar until one is no white space.
        if !(utf8.first.map { (0x21...0x7E).contains($0) } ?? false),
            text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
        {
            return "must not be empty"
        }
        if characters.lowerBound > 1, text.unicodeScalars.count < characters.lowerBound {
            return "must be at least \(characters.lowerBound) characters"
        }
        return nil
    }
}

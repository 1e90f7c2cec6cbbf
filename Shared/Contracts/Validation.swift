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
}

/// A payload with rules of its own: what breaks one neither leaves a service nor gets past a consumer.
package protocol Validated: Sendable {
    static var rules: [FieldRule<Self>] { get }
}

extension Validated {
    /// Every broken rule, in the order of the rules.
    package func brokenRules() -> [BrokenRule] {
        var broken: [BrokenRule] = []
        for rule in Self.rules {
            if let detail = rule.check(self) { broken.append(BrokenRule(pointer: "/" + rule.field, detail: detail)) }
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
    package static func text(
        _ field: String, _ value: @escaping @Sendable (Root) -> String?, _ characters: ClosedRange<Int>,
        maximumBytes: Int? = nil
    ) -> FieldRule {
        var keywords: [String: JSONValue] = ["maxLength": .number(Double(characters.upperBound))]
        if characters.lowerBound > 0 { keywords["minLength"] = .number(Double(characters.lowerBound)) }
        return FieldRule(field, keywords: keywords) { root in
            guard let text = value(root) else { return nil }
            return Self.fault(in: text, characters: characters, maximumBytes: maximumBytes)
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
            return bounds.contains(number) ? nil : "must be from \(bounds.lowerBound) to \(bounds.upperBound)"
        }
    }

    static func fault(in text: String, characters: ClosedRange<Int>, maximumBytes: Int?) -> String? {
        let utf8 = text.utf8
        if let maximumBytes, utf8.count > maximumBytes { return "must be at most \(maximumBytes) bytes of UTF-8" }
        if utf8.contains(0) { return "must not contain U+0000" }
        // Scalars are counted only where the bytes leave a doubt.
        if utf8.count > characters.upperBound, text.unicodeScalars.count > characters.upperBound {
            return "must be at most \(characters.upperBound) characters"
        }
        if characters.lowerBound > 0, utf8.allSatisfy({ $0 == 0x20 || (9...13).contains($0) }) {
            return "must not be empty"
        }
        return nil
    }
}

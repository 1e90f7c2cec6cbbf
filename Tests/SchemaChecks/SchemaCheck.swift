package import Contracts
import Foundation

extension JSONValue {
    /// What in `value` breaks this schema. Knows the keywords that our schemas use, and says so of any other.
    package func faults(in value: JSONValue, at path: String = "") -> [String] {
        guard case .object(let keywords) = self else { return ["\(path): the schema is no object"] }
        return keywords.sorted { $0.key < $1.key }.flatMap { keyword, argument in
            fault(of: keyword, argument, in: value, at: path)
        }
    }

    private func fault(of keyword: String, _ argument: JSONValue, in value: JSONValue, at path: String) -> [String] {
        func bound(_ keyword: String, _ otherwise: Int) -> Int {
            guard case .number(let number)? = self[keyword] else { return otherwise }
            return Int(number)
        }
        func unless(_ isFine: Bool) -> [String] { isFine ? [] : ["\(path): \(keyword) \(argument.text())"] }
        switch (keyword, argument, value) {
        case ("$schema", _, _), ("$id", _, _), ("title", _, _), ("description", _, _): return []
        case ("type", .array(let names), _): return unless(names.contains { Self.isOfType($0, value) })
        case ("type", _, _): return unless(Self.isOfType(argument, value))
        case ("const", _, _): return unless(value == argument)
        case ("enum", .array(let values), _): return unless(values.contains(value))
        case ("format", "uuid", .string(let text)): return unless(Identifier(text) != nil)
        case ("format", "date-time", .string(let text)): return unless(EventTime(text) != nil)
        case ("minLength", .number(let bound), .string(let text)):
            return unless(text.unicodeScalars.count >= Int(bound))
        case ("maxLength", .number(let bound), .string(let text)):
            return unless(text.unicodeScalars.count <= Int(bound))
        case ("minimum", .number(let bound), .number(let number)): return unless(number >= bound)
        case ("maximum", .number(let bound), .number(let number)): return unless(number <= bound)
        case ("minItems", .number(let bound), .array(let items)): return unless(items.count >= Int(bound))
        case ("maxItems", .number(let bound), .array(let items)): return unless(items.count <= Int(bound))
        case ("uniqueItems", .bool(true), .array(let items)): return unless(Set(items).count == items.count)
        case ("pattern", .string(let pattern), .string(let text)): return unless(Self.matches(pattern, text))
        case ("anyOf", .array(let schemas), _): return unless(schemas.contains { $0.faults(in: value).isEmpty })
        case ("allOf", .array(let schemas), _): return schemas.flatMap { $0.faults(in: value, at: path) }
        case ("contains", _, .array(let items)):
            let count = items.count { argument.faults(in: $0).isEmpty }
            return unless(count >= bound("minContains", 1) && count <= bound("maxContains", .max))
        case ("default", _, _), ("minContains", _, _), ("maxContains", _, _): return []
        case ("required", .array(let names), .object(let members)):
            return unless(names.allSatisfy { members[$0.stringValue ?? ""] != nil })
        case ("properties", .object(let schemas), .object(let members)):
            return members.flatMap { name, member in schemas[name]?.faults(in: member, at: "\(path)/\(name)") ?? [] }
        case ("additionalProperties", _, .object(let members)):
            return members.flatMap { name, member in argument.faults(in: member, at: "\(path)/\(name)") }
        case ("items", _, .array(let items)):
            return items.enumerated().flatMap { argument.faults(in: $1, at: "\(path)/\($0)") }
        case ("format", _, _), ("minLength", _, _), ("maxLength", _, _), ("minimum", _, _), ("maximum", _, _),
            ("minItems", _, _), ("maxItems", _, _), ("required", _, _), ("properties", _, _),
            ("additionalProperties", _, _), ("items", _, _), ("pattern", _, _), ("contains", _, _),
            ("uniqueItems", _, _):
            return []  // of no meaning for a value of this kind; `type` has said so
        default: return ["\(path): the check does not know \(keyword)"]
        }
    }

    /// A pattern that can't be read matches nothing.
    private static func matches(_ pattern: String, _ text: String) -> Bool {
        // Not Swift's own: that refuses ranges of characters such as U+2000.
        guard let regex = try? NSRegularExpression(pattern: pattern) else { return false }  // as above
        return regex.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }

    private static func isOfType(_ name: JSONValue, _ value: JSONValue) -> Bool {
        switch (name, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("number", .number), ("boolean", .bool),
            ("null", .null):
            true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }
}

import Contracts

/// The faults found so far; used on one task only.
final class SettingsFaults {
    private(set) var list: [ProviderSettingsError.Fault] = []

    func add(_ pointer: String, _ reason: String) {
        if list.count < 100 { list.append(.init(pointer: pointer, reason: reason)) }
    }
}

/// One object of a settings file. Reading a member notes its faults and answers a default, so that all are found.
struct SettingsNode {
    let pointer: String
    let faults: SettingsFaults
    private let members: [String: JSONValue]

    /// - Parameter known: the members that it may have; others are faults.
    init(_ value: JSONValue, at pointer: String, known: [String], faults: SettingsFaults) {
        self.pointer = pointer
        self.faults = faults
        guard let members = value.members else {
            faults.add(pointer, "must be an object")
            self.members = [:]
            return
        }
        self.members = members
        for name in members.keys.sorted() where !known.contains(name) {
            faults.add(
                pointer + "/" + BoundedText.line(name, characters: 60),
                "is no setting; known here: \(known.joined(separator: ", "))")
        }
    }

    func has(_ name: String) -> Bool { members[name] != nil }

    func value(_ name: String) -> JSONValue? { members[name] }

    func fault(_ name: String, _ reason: String) { faults.add("\(pointer)/\(name)", reason) }

    func node(_ name: String, known: [String]) -> SettingsNode {
        SettingsNode(members[name] ?? .object([:]), at: "\(pointer)/\(name)", known: known, faults: faults)
    }

    /// The elements of a list of objects.
    func nodes(_ name: String, count: ClosedRange<Int>, known: [String]) -> [SettingsNode] {
        guard let elements = members[name]?.elements, count.contains(elements.count) else {
            fault(name, "must be a list of \(count.lowerBound) to \(count.upperBound) objects")
            return []
        }
        return elements.enumerated().map { index, element in
            SettingsNode(element, at: "\(pointer)/\(name)/\(index)", known: known, faults: faults)
        }
    }

    /// A text of so many characters on one line; nil, and a fault if it is needed, when it is absent.
    func text(_ name: String, isNeeded: Bool = false, characters: ClosedRange<Int> = 1...200) -> String? {
        guard let value = members[name], value != .null else {
            if isNeeded { fault(name, "is needed") }
            return nil
        }
        guard let text = value.stringValue, characters.contains(text.unicodeScalars.count),
            BoundedText.line(text, characters: characters.upperBound) == text
        else {
            fault(name, "must be a text of \(characters.lowerBound) to \(characters.upperBound) characters on one line")
            return nil
        }
        return text
    }

    /// A name: letters, digits, `.`, `_` and `-`.
    func name(_ name: String) -> String {
        guard let text = text(name, isNeeded: true, characters: 1...60) else { return "" }
        let isName = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || ".-_".utf8.contains(byte)
        }
        if !isName { fault(name, "must have only letters, digits, '.', '_' and '-'") }
        return text
    }

    func texts(_ name: String, count: ClosedRange<Int>) -> [String] {
        guard let elements = members[name]?.elements, count.contains(elements.count) else {
            fault(name, "must be a list of \(count.lowerBound) to \(count.upperBound) texts")
            return []
        }
        let texts = elements.compactMap(\.stringValue).filter { !$0.isEmpty && $0.unicodeScalars.count <= 200 }
        if texts.count != elements.count { fault(name, "must hold only texts of 1 to 200 characters") }
        if Set(texts).count != texts.count { fault(name, "must hold each text once") }
        return texts
    }

    func integer(_ name: String, default value: Int, in range: ClosedRange<Int>) -> Int {
        guard let given = members[name] else { return value }
        guard let count = given.countValue, range.contains(count) else {
            fault(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return value
        }
        return count
    }

    func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let given = members[name], given != .null else { return nil }
        guard let number = given.numberValue, range.contains(number) else {
            fault(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    func flag(_ name: String, default value: Bool) -> Bool {
        guard let given = members[name] else { return value }
        guard let flag = given.boolValue else {
            fault(name, "must be true or false")
            return value
        }
        return flag
    }

    func choice<Value: RawRepresentable & CaseIterable>(_ name: String, default value: Value?) -> Value?
    where Value.RawValue == String {
        guard let given = members[name] else {
            if value == nil { fault(name, "is needed") }
            return value
        }
        guard let choice = given.stringValue.flatMap(Value.init(rawValue:)) else {
            fault(name, "must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
            return value
        }
        return choice
    }

    /// `250ms`, `5s` or `2m`.
    func duration(_ name: String, default value: Duration, in range: ClosedRange<Duration>) -> Duration {
        guard let given = members[name] else { return value }
        guard let duration = given.stringValue.flatMap(Self.duration), range.contains(duration) else {
            fault(name, "must be a duration like 250ms, 5s or 2m, from \(range.lowerBound) to \(range.upperBound)")
            return value
        }
        return duration
    }

    private static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard digits.count <= 9, let count = Int(digits) else { return nil }
        switch text[digits.endIndex...] {
        case "ms": return .milliseconds(count)
        case "s": return .seconds(count)
        case "m": return .seconds(count * 60)
        default: return nil
        }
    }
}

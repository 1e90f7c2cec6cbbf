package import Contracts

/// Reads an answer of `AnswerSchema`; anything off the lists, out of range or unasked is a fault.
package struct AnswerDecoder: Sendable {
    /// Most characters of the reason that are kept.
    package static let reasonCharacters = 500

    /// Why the answer can't be used; says where, never what stood there.
    package struct Fault: Error, Equatable {
        package let reason: String
    }

    private let choices: ProviderChoices

    package init(choices: ProviderChoices) { self.choices = choices }

    /// Reads the text of an answer: one JSON value and nothing else.
    package func decode(_ text: String) throws(Fault) -> ProviderAnswer {
        guard let value = StrictJSON.value(text) else { throw Fault(reason: "the answer is not one JSON object") }
        return try decode(value)
    }

    /// Reads an answer that is JSON already.
    package func decode(_ value: JSONValue) throws(Fault) -> ProviderAnswer {
        guard var rest = value.members else { throw Fault(reason: "the answer is not an object") }
        var answer = ProviderAnswer()
        if !choices.categories.isEmpty {
            answer.category = try label(
                rest.removeValue(forKey: "category"), of: choices.categories, "category", choices.aliases)
        }
        if !choices.priorities.isEmpty {
            answer.priority = try label(rest.removeValue(forKey: "priority"), of: choices.priorities, "priority")
        }
        if let range = choices.effort { answer.effort = try effort(rest.removeValue(forKey: "effort"), in: range) }
        if !choices.labels.isEmpty { answer.labels = try labels(rest.removeValue(forKey: "labels")) }
        if let reason = rest.removeValue(forKey: "reason") {
            guard let text = reason.stringValue else { throw Fault(reason: "reason is not a text") }
            answer.reason = BoundedText.line(text, characters: Self.reasonCharacters)
        }
        guard rest.isEmpty else { throw Fault(reason: "the answer has \(rest.count) members that were not asked for") }
        return answer
    }

    private func labels(_ value: JSONValue?) throws(Fault) -> [ChosenLabel] {
        guard let elements = value?.elements else { throw Fault(reason: "labels is not a list") }
        guard elements.count <= choices.labels.count else { throw Fault(reason: "labels has too many entries") }
        var chosen: [ChosenLabel] = []
        for element in elements {
            let label = try label(element, of: choices.labels, "labels")
            if !chosen.contains(where: { $0.value == label.value }) { chosen.append(label) }
        }
        return chosen
    }

    private func label(
        _ value: JSONValue?, of list: [String], _ name: String, _ aliases: [String: String] = [:]
    ) throws(Fault) -> ChosenLabel {
        let members = try members(value, ["value", "confidence"], name)
        guard let said = members["value"]?.stringValue, case let text = aliases[said] ?? said, list.contains(text)
        else {
            throw Fault(reason: "\(name) is not on the list")
        }
        return ChosenLabel(value: text, confidence: try confidence(members, name))
    }

    private func effort(_ value: JSONValue?, in range: ClosedRange<Double>) throws(Fault) -> ChosenEffort {
        let members = try members(value, ["points", "confidence"], "effort")
        guard let points = members["points"]?.numberValue, range.contains(points) else {
            throw Fault(reason: "effort is not from \(range.lowerBound) to \(range.upperBound)")
        }
        return ChosenEffort(points: points, confidence: try confidence(members, "effort"))
    }

    private func members(
        _ value: JSONValue?, _ names: Set<String>, _ name: String
    ) throws(Fault) -> [String: JSONValue] {
        guard let members = value?.members, Set(members.keys) == names else {
            throw Fault(reason: "\(name) is missing or not an object of \(names.sorted().joined(separator: " and "))")
        }
        return members
    }

    private func confidence(_ members: [String: JSONValue], _ name: String) throws(Fault) -> Double {
        guard let confidence = members["confidence"]?.numberValue, (0...1).contains(confidence) else {
            throw Fault(reason: "the confidence of \(name) is not from 0 to 1")
        }
        return confidence
    }
}

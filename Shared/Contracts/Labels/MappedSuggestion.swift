/// A model's answer under a label set.
extension LabelMapping {
    /// A new answer with nothing but labels in use: the probabilities of names that became one add up, those of retired
    /// and unknown ones go, and the rest is shared out anew.
    ///
    /// The value stays what it was under its name of today, unless that is gone, or labels that became one are together
    /// more probable. What was held for a label that is gone is no evidence for another one: where more than half of it
    /// was, the answer is a question.
    /// - Parameter zone: what a confidence is worth, as the answering model has it.
    /// - Returns: nil where nothing is left.
    package func served(_ suggestion: LabelSuggestion, zone: (Double) -> Zone) -> LabelSuggestion? {
        guard isSet else { return suggestion }
        let isKnown = suggestion.distribution.keys.allSatisfy { meaning(of: $0) == .active($0) }
        if isKnown, meaning(of: suggestion.value) == .active(suggestion.value) { return suggestion }
        let given = Self.complete(suggestion)
        var (held, parts, total) = ([String: Double](), [String: Int](), 0.0)
        // Sums depend on their order.
        for (name, probability) in given.sorted(by: { $0.key < $1.key }) {
            total += probability
            guard case .active(let now) = meaning(of: name) else { continue }
            held[now, default: 0] += probability
            parts[now, default: 0] += 1
        }
        let left = held.keys.sorted().reduce(0) { $0 + (held[$1] ?? 0) }
        guard left > 0, total > 0 else { return nil }
        var before: String?
        if case .active(let now) = meaning(of: suggestion.value) { before = now }
        let rivals = held.filter { name, _ in before == nil || name == before || (parts[name] ?? 0) > 1 }
        // Of equal ones what it was, then the first by name.
        let best = rivals.max { one, other in
            if one.value != other.value { return one.value < other.value }
            return (one.key == before ? 1 : 0, other.key) < (other.key == before ? 1 : 0, one.key)
        }
        guard let value = best?.key else { return nil }
        let distribution = held.mapValues { Self.rounded($0 / left) }
        let confidence = distribution[value] ?? 0
        return LabelSuggestion(
            value: value, confidence: confidence, zone: left / total < 0.5 ? .ask : zone(confidence),
            distribution: distribution, reasons: value == before ? suggestion.reasons : [])
    }

    /// The same where nobody can say what a confidence is worth: never more than it was.
    package func served(_ suggestion: LabelSuggestion) -> LabelSuggestion? {
        served(suggestion) { $0 >= 0.6 ? suggestion.zone : .ask }
    }

    /// An earlier answer under the names of today. What was said of a retired label stays: it was said; but it is no
    /// more than a question.
    package func shown(_ suggestion: LabelSuggestion) -> LabelSuggestion {
        guard isSet else { return suggestion }
        var shown = suggestion
        shown.value = renamed(suggestion.value)
        shown.distribution = [:]
        for (name, probability) in suggestion.distribution.sorted(by: { $0.key < $1.key }) {
            shown.distribution[renamed(name), default: 0] += probability
        }
        if shown.distribution.count < suggestion.distribution.count {
            shown.distribution = shown.distribution.mapValues { Self.rounded(min($0, 1)) }
            shown.confidence = max(shown.confidence, shown.distribution[shown.value] ?? 0)
        }
        if case .retired = meaning(of: suggestion.value) { shown.zone = .ask }
        return shown
    }

    /// The distribution with the value in it, which a stranger's need not have.
    private static func complete(_ suggestion: LabelSuggestion) -> [String: Double] {
        var given = suggestion.distribution.mapValues { $0.isFinite ? max($0, 0) : 0 }
        if given[suggestion.value] == nil { given[suggestion.value] = min(max(suggestion.confidence, 0), 1) }
        return given
    }

    /// Four digits, as analyses have them.
    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}

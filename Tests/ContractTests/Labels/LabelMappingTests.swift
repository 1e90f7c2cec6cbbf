import Contracts
import Testing

/// What a label set does to answers, over thousands of made-up sets and answers.
@Suite struct LabelMappingTests {
    private static let names = ["bug", "feature", "question", "docs", "chore", "billing", "infra"]

    /// A set in which names lead to earlier ones of the list, so that nothing goes in a circle.
    private static func set(_ generator: inout SeededGenerator) -> LabelSet {
        var labels: [TeamLabel] = []
        for (index, name) in names.enumerated() {
            guard index > 1 else {
                labels.append(TeamLabel(name))
                continue
            }
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: labels.append(TeamLabel(name, state: .retired))
            case 1: labels.append(TeamLabel(name, state: .renamed, into: generator.pick(Array(names[..<index]))))
            case 2: labels.append(TeamLabel(name, state: .merged, into: generator.pick(Array(names[..<index]))))
            default: labels.append(TeamLabel(name))
            }
        }
        return LabelSet(version: Int.random(in: 1...9, using: &generator), labels: labels)
    }

    private static func suggestion(_ generator: inout SeededGenerator) -> LabelSuggestion {
        // Strangers' models know other names, too.
        let known = (names + ["spam"]).filter { _ in !generator.chance(3) }
        let labels = known.isEmpty ? ["spam"] : known
        var weights: [String: Double] = [:]
        for label in labels { weights[label] = Double.random(in: 0.001...1, using: &generator) }
        let sum = weights.values.reduce(0, +)
        let distribution = weights.mapValues { $0 / sum }
        let value = generator.pick(labels)
        return LabelSuggestion(
            value: value, confidence: distribution[value] ?? 0, zone: generator.pick(Zone.allCases),
            distribution: distribution, reasons: [Reason(term: "x", field: "title", weight: 1)])
    }

    @Test func `an answer stays a distribution over labels in use, and a second time changes nothing`() {
        var generator = SeededGenerator(seed: 41)
        var served = 0
        for _ in 0..<5_000 {
            let labels = LabelMapping(Self.set(&generator))
            let given = Self.suggestion(&generator)
            guard let answer = labels.served(given, zone: { $0 > 0.9 ? .auto : .suggest }) else {
                #expect(
                    given.distribution.keys.allSatisfy {
                        if case .active = labels.meaning(of: $0) { false } else { true }
                    })
                continue
            }
            served += 1
            #expect(Set(answer.distribution.keys).isSubset(of: labels.active))
            #expect(abs(answer.distribution.values.reduce(0, +) - 1) < 0.001)
            #expect(labels.active.contains(answer.value))
            #expect(answer.confidence == answer.distribution[answer.value])
            #expect(labels.served(answer, zone: { _ in .auto }) == answer)
            let shown = labels.shown(given)
            #expect(labels.shown(shown) == shown)
            #expect(abs(shown.distribution.values.reduce(0, +) - 1) < 0.001)
        }
        #expect(served > 4_000)
    }

    private static let chain = LabelMapping(
        LabelSet(
            version: 4,
            labels: [
                TeamLabel("incident"), TeamLabel("feature"), TeamLabel("defect", state: .renamed, into: "incident"),
                TeamLabel("bug", state: .renamed, into: "defect"), TeamLabel("docs", state: .merged, into: "chore"),
                TeamLabel("chore", state: .retired),
            ]))

    @Test func `names lead through chains of renames to the one of today, and of merges to what became of it`() {
        #expect(Self.chain.meaning(of: "bug") == .active("incident"))
        #expect(Self.chain.meaning(of: "docs") == .retired("chore"))
        #expect(Self.chain.meaning(of: "spam") == .unknown)
        #expect(Self.chain.aliases == ["bug": "incident", "defect": "incident", "docs": "chore"])
        #expect(Self.chain.renamed("docs") == "chore" && Self.chain.renamed("spam") == "spam")
    }

    private static func say(_ distribution: [String: Double], _ value: String) -> LabelSuggestion {
        LabelSuggestion(
            value: value, confidence: distribution[value] ?? 0, zone: .suggest, distribution: distribution,
            reasons: [Reason(term: "x", field: "title", weight: 1)])
    }

    @Test func `probabilities of names that became one add up, and the sum may win`() {
        let answer = Self.chain.served(Self.say(["bug": 0.3, "defect": 0.25, "feature": 0.45], "feature")) {
            $0 >= 0.5 ? .suggest : .ask
        }
        #expect(answer?.value == "incident" && answer?.zone == .suggest)
        #expect(answer?.distribution == ["incident": 0.55, "feature": 0.45])
        // What spoke for another label is no reason for this one.
        #expect(answer?.reasons.isEmpty == true)
    }

    @Test func `a renamed answer is the same answer, with its reasons, though another label were more probable`() {
        // Models may prefer a rare label to the most probable one.
        let answer = Self.chain.served(Self.say(["bug": 0.4, "feature": 0.6], "bug")) { _ in .auto }
        #expect(answer?.value == "incident" && answer?.confidence == 0.4 && answer?.reasons.count == 1)
    }

    @Test func `what was held for a retired label is no evidence for another one`() {
        let answer = Self.chain.served(Self.say(["chore": 0.7, "docs": 0.1, "feature": 0.2], "chore")) { _ in .auto }
        #expect(answer?.value == "feature" && answer?.confidence == 1 && answer?.zone == .ask)
        #expect(Self.chain.served(Self.say(["chore": 0.9, "spam": 0.1], "chore")) { _ in .auto } == nil)
        let rest = Self.chain.served(Self.say(["chore": 0.2, "feature": 0.6, "bug": 0.2], "feature")) { _ in .auto }
        #expect(rest?.zone == .auto && rest?.distribution == ["feature": 0.75, "incident": 0.25])
    }

    @Test func `a team that has changed nothing gets every answer as it is`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let given = Self.suggestion(&generator)
            #expect(LabelMapping.none.served(given, zone: { _ in .ask }) == given)
            #expect(LabelMapping.none.shown(given) == given)
        }
    }

    @Test func `a set in which a label leads in a circle or nowhere never gets past its event`() {
        var event = Sample.labelsChanged
        event.data.labels[0] = TeamLabel("defect", state: .renamed, into: "bug")
        #expect(event.data.brokenRules().map(\.pointer) == ["/labels"])
        event.data.labels[0] = TeamLabel("defect", state: .renamed, into: "gone")
        #expect(event.data.brokenRules().map(\.pointer) == ["/labels"])
        #expect(Sample.labelsChanged.data.brokenRules().isEmpty)
    }
}

import Contracts
import TaskAPICore
import Testing

@Suite struct ReplayTallyTests {
    private static let task = Identifier()

    private static func item(
        category: String? = nil, effort: Double? = nil, truth: FieldValue? = nil, source: Provenance = .corrected
    ) -> ReplayItem {
        var fields = TaskFields()
        let field: TriageField = effort == nil ? .category : .effort
        fields[field] = truth.map { HumanField(value: $0, source: source, user: "mia", at: .now) }
        return ReplayItem(taskID: task, category: category, priority: nil, effort: effort, fields: fields)
    }

    private static func outcome(_ item: ReplayItem, _ answer: ReplayAnswer) -> ReplayDifference.Outcome? {
        ReplayTally([item], [answer]).differences.first?.outcome
    }

    private static func says(_ category: String? = nil, effort: Double? = nil) -> ReplayAnswer {
        ReplayAnswer(taskID: task, category: category, effort: effort)
    }

    @Test func `by what a person said the candidate wins, loses, ties, or nobody knows`() {
        #expect(Self.outcome(Self.item(category: "bug", truth: .text("feature")), Self.says("feature")) == .won)
        #expect(Self.outcome(Self.item(category: "bug", truth: .text("bug")), Self.says("feature")) == .lost)
        #expect(Self.outcome(Self.item(category: "bug", truth: .text("question")), Self.says("feature")) == .tie)
        #expect(Self.outcome(Self.item(category: "bug"), Self.says("feature")) == .noTruth)
        #expect(Self.outcome(Self.item(category: "bug", truth: .text("bug")), Self.says("bug")) == nil)
    }

    @Test func `an automatic label is no truth, and a loss to an accepted suggestion is told apart`() {
        let auto = Self.item(category: "bug", truth: .text("bug"), source: .auto)
        #expect(Self.outcome(auto, Self.says("feature")) == .noTruth)
        let accepted = Self.item(category: "bug", truth: .text("bug"), source: .accepted)
        let counts = ReplayTally([accepted], [Self.says("feature")]).fields[0]
        #expect(counts.lost == 1 && counts.lostToAccepted == 1 && counts.shown == 1 && counts.differ == 1)
    }

    @Test func `of effort the nearer one wins, and half a point is no difference`() {
        #expect(Self.outcome(Self.item(effort: 3, truth: .number(5)), Self.says(effort: 4)) == .won)
        #expect(Self.outcome(Self.item(effort: 3, truth: .number(2)), Self.says(effort: 4)) == .lost)
        #expect(Self.outcome(Self.item(effort: 3, truth: .number(4)), Self.says(effort: 5)) == .tie)
        #expect(Self.outcome(Self.item(effort: 3, truth: .number(5)), Self.says(effort: 3.4)) == nil)
    }

    @Test func `a candidate that says nothing differs, what was never shown does not`() {
        #expect(Self.outcome(Self.item(category: "bug", truth: .text("bug")), Self.says()) == .lost)
        #expect(ReplayTally([Self.item(category: "bug")], []).fields[0].differ == 1)
        let nothing = ReplayTally([Self.item()], [Self.says("bug", effort: 3)])
        #expect(nothing.differences.isEmpty && nothing.fields.allSatisfy { $0.shown == 0 })
    }
}

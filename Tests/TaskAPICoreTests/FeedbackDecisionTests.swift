import Contracts
import TaskAPICore
import Testing

private let now = EventTime(microseconds: 1_700_000_000_000_000)

private func analysis(category: String?) -> Analysis {
    Analysis(
        analysisID: .zero, taskID: .zero, revision: 1, modelVersion: "m", rung: .embedded,
        category: category.map {
            LabelSuggestion(value: $0, confidence: 0.9, zone: .suggest, distribution: [$0: 0.9], reasons: [])
        }, analysedAt: now)
}

private func decide(
    _ verdict: FeedbackDraft.Verdict, _ value: FieldValue?, shown: String?
) -> FeedbackDecision {
    FeedbackDecision.decide(
        on: FeedbackDraft(fields: [.init(field: .category, verdict: verdict, value: value)]), fields: TaskFields(),
        analysis: analysis(category: shown), user: "ann", at: now)
}

@Test func `accepting takes over what is suggested`() {
    guard case .record(let judged, let fields) = decide(.accepted, nil, shown: "bug") else {
        Issue.record("refused")
        return
    }
    #expect(judged.map(\.provenance) == [.accepted])
    #expect(judged.first?.confidence == 0.9)
    #expect(fields.category == HumanField(value: .text("bug"), source: .accepted, user: "ann", at: now))
}

@Test func `accepting with the suggested value is accepting, with another one it is refused`() {
    #expect(decide(.accepted, .text("bug"), shown: "bug") == decide(.accepted, nil, shown: "bug"))
    #expect(
        decide(.accepted, .text("zzz"), shown: "bug")
            == .refuse([
                BrokenRule(
                    pointer: "/fields/0/value",
                    detail: "is not what is suggested: leave the value out, or say corrected")
            ]))
}

@Test func `a correction keeps what was suggested beside it`() {
    guard case .record(let judged, _) = decide(.corrected, .text("feature"), shown: "bug") else {
        Issue.record("refused")
        return
    }
    #expect(judged.map(\.provenance) == [.corrected])
    #expect(judged.first?.suggested == .text("bug"))
}

@Test func `a correction to the suggested value is an acceptance`() {
    guard case .record(let judged, _) = decide(.corrected, .text("bug"), shown: "bug") else {
        Issue.record("refused")
        return
    }
    #expect(judged.map(\.provenance) == [.accepted])
}

@Test func `a value set before any suggestion is human`() {
    guard case .record(let judged, _) = decide(.corrected, .text("bug"), shown: nil) else {
        Issue.record("refused")
        return
    }
    #expect(judged.map(\.provenance) == [.human])
}

@Test func `nothing can't be accepted`() {
    #expect(
        decide(.accepted, nil, shown: nil)
            == .refuse([
                BrokenRule(
                    pointer: "/fields/0/verdict", detail: "there is no suggestion for this field to accept",
                    code: .nothingToAccept)
            ]))
}

import Contracts
import TaskAPICore
import Testing

/// What changes make of a label set, and which are refused.
@Suite struct LabelDecisionTests {
    private let start = LabelSet.beginning(with: ["billing"])

    private func after(_ drafts: LabelChangeDraft...) -> LabelSet {
        drafts.reduce(start) { set, draft in
            guard case .change(let new) = LabelDecision.decide(on: draft, set: set) else {
                Issue.record("refused: \(draft)")
                return set
            }
            // Whatever comes of a change passes the rules of its event.
            let event = LabelsChanged(
                tenant: "t", version: new.version, change: draft.change, labels: new.labels, changedBy: "ops",
                changedAt: EventTime(microseconds: 1))
            #expect(event.brokenRules().isEmpty)
            return new
        }
    }

    private func refusal(_ draft: LabelChangeDraft, of set: LabelSet? = nil) -> ErrorCode? {
        guard case .refuse(let code, _) = LabelDecision.decide(on: draft, set: set ?? start) else { return nil }
        return code
    }

    @Test func `a team begins with the shipped model's labels and those of its tasks, each once`() {
        let set = LabelSet.beginning(with: ["bug", "billing", String(repeating: "x", count: 51)])
        #expect(set.active == ["bug", "feature", "question", "billing"] && set.version == 0)
    }

    @Test func `a rename keeps its place, its description and the way from the old name`() {
        let set = after(
            LabelChangeDraft(.add, ["docs"], description: "texts"), LabelChangeDraft(.rename, ["docs"], into: "texts"),
            LabelChangeDraft(.rename, ["bug"], into: "defect"))
        #expect(set.version == 3 && set.active == ["defect", "feature", "question", "billing", "texts"])
        #expect(set["texts"]?.description == "texts")
        #expect(LabelMapping(set).meaning(of: "bug") == .active("defect"))
    }

    @Test func `renaming back lets the two names change places`() {
        let set = after(
            LabelChangeDraft(.rename, ["bug"], into: "defect"), LabelChangeDraft(.rename, ["defect"], into: "bug"))
        #expect(set.active.contains("bug") && LabelMapping(set).meaning(of: "defect") == .active("bug"))
    }

    @Test func `merged labels follow what becomes of their target, and a retired one comes back by adding it`() {
        var set = after(
            LabelChangeDraft(.merge, ["question", "billing"], into: "feature"), LabelChangeDraft(.add, ["docs"]),
            LabelChangeDraft(.retire, ["feature"]))
        #expect(LabelMapping(set).meaning(of: "billing") == .retired("feature"))
        guard case .change(let again) = LabelDecision.decide(on: LabelChangeDraft(.add, ["feature"]), set: set) else {
            Issue.record("refused")
            return
        }
        set = again
        #expect(LabelMapping(set).meaning(of: "billing") == .active("feature"))
    }

    @Test func `what can't be is refused with its code`() {
        #expect(refusal(LabelChangeDraft(.rename, ["none"], into: "x")) == .labelNotFound)
        #expect(refusal(LabelChangeDraft(.merge, ["bug"], into: "none")) == .labelNotFound)
        #expect(refusal(LabelChangeDraft(.retire, ["none"])) == .labelNotFound)
        #expect(refusal(LabelChangeDraft(.rename, ["bug"], into: "feature")) == .nameTaken)
        #expect(refusal(LabelChangeDraft(.rename, ["bug"], into: "bug")) == .nameTaken)
        #expect(refusal(LabelChangeDraft(.merge, ["question", "bug"], into: "bug")) == .nameTaken)
        #expect(refusal(LabelChangeDraft(.add, ["bug"])) == .nameTaken)
        #expect(refusal(LabelChangeDraft(.retire, ["bug", "feature", "question"])) == .labelsTooFew)
        #expect(refusal(LabelChangeDraft(.merge, ["bug", "feature", "question"], into: "billing")) == .labelsTooFew)
        #expect(refusal(LabelChangeDraft(.add, ["x"], version: 3)) == .labelsChanged)
        let renamed = after(
            LabelChangeDraft(.rename, ["bug"], into: "defect"), LabelChangeDraft(.retire, ["question"]))
        #expect(refusal(LabelChangeDraft(.rename, ["bug"], into: "x"), of: renamed) == .labelNotActive)
        #expect(refusal(LabelChangeDraft(.retire, ["question"]), of: renamed) == .labelNotActive)
        #expect(refusal(LabelChangeDraft(.add, ["bug"]), of: renamed) == .nameTaken)
        #expect(refusal(LabelChangeDraft(.rename, ["feature"], into: "bug"), of: renamed) == .nameTaken)
        #expect(refusal(LabelChangeDraft(.rename, ["feature"], into: "question"), of: renamed) == .nameTaken)
        let full = LabelSet(version: 1, labels: (0..<LabelSet.mostActive).map { TeamLabel("label \($0)") })
        #expect(refusal(LabelChangeDraft(.add, ["one more"]), of: full) == .limitReached)
    }

    @Test(
        arguments: [
            (LabelChangeDraft(.add, ["a", "b"]), "/labels"), (LabelChangeDraft(.add, []), "/labels"),
            (LabelChangeDraft(.add, [String(repeating: "x", count: 51)]), "/labels"),
            (LabelChangeDraft(.add, [" a"]), "/labels"), (LabelChangeDraft(.add, ["a\u{7}"]), "/labels"),
            (LabelChangeDraft(.add, ["a"], into: "b"), "/into"), (LabelChangeDraft(.rename, ["a"]), "/into"),
            (LabelChangeDraft(.merge, ["a", "a"], into: "b"), "/labels"),
            (LabelChangeDraft(.add, ["a"], description: ""), "/description"),
            (LabelChangeDraft(.add, ["a"], version: -1), "/version"),
        ] as [(LabelChangeDraft, String)])
    func `a draft that makes no sense is refused before it is held against the set`(
        draft: LabelChangeDraft, pointer: String
    ) {
        #expect(draft.brokenRules().map(\.pointer) == [pointer])
    }
}

/// Feedback of a team that has changed its labels.
@Suite struct LabelledFeedbackTests {
    private let labels = LabelMapping(
        LabelSet(
            version: 2,
            labels: [
                TeamLabel("defect"), TeamLabel("feature"), TeamLabel("bug", state: .renamed, into: "defect"),
                TeamLabel("chore", state: .retired),
            ]))

    private func decide(_ verdict: FeedbackDraft.Verdict, _ value: String?, shown: String? = nil) -> FeedbackDecision {
        let category = shown.map {
            LabelSuggestion(value: $0, confidence: 0.9, zone: .suggest, distribution: [$0: 0.9], reasons: [])
        }
        return FeedbackDecision.decide(
            on: FeedbackDraft(fields: [
                .init(field: .category, verdict: verdict, value: value.map { .text($0) })
            ]), fields: TaskFields(),
            analysis: Analysis(
                analysisID: .zero, taskID: .zero, revision: 1, modelVersion: "m", rung: .embedded, category: category,
                analysedAt: EventTime(microseconds: 1)), user: "ann", labels: labels, at: EventTime(microseconds: 2))
    }

    @Test func `a name of before counts as the one of today`() {
        guard case .record(let judged, let fields) = decide(.corrected, "bug", shown: "feature") else {
            Issue.record("refused")
            return
        }
        #expect(judged.first?.value == .text("defect") && fields.category?.value == .text("defect"))
        guard case .record(let accepted, _) = decide(.accepted, "bug", shown: "defect") else {
            Issue.record("refused")
            return
        }
        #expect(accepted.first?.provenance == .accepted && accepted.first?.value == .text("defect"))
    }

    @Test(
        arguments: [
            ("chore", nil, "is retired"), ("spam", nil, "is none of your labels"), (nil, "chore", "is retired"),
        ] as [(String?, String?, String)])
    func `a label that isn't in use is refused, and those that are are named`(
        value: String?, shown: String?, why: String
    ) {
        let decision = decide(value == nil ? .accepted : .corrected, value, shown: shown)
        guard case .refuse(let broken) = decision, let rule = broken.first else {
            Issue.record("recorded")
            return
        }
        #expect(rule.code == .labelNotActive && rule.pointer == "/fields/0/" + (value == nil ? "verdict" : "value"))
        #expect(rule.detail.contains(why) && rule.detail.contains("defect, feature"))
    }
}

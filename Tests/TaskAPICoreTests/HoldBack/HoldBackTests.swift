import Contracts
import TaskAPICore
import Testing

@Suite struct HoldBackTests {
    private static let users = (0..<4_000).map { "user-\($0)" }

    private func blind(_ holdBack: HoldBack, tenant: String = "default") -> Set<String> {
        Set(Self.users.filter { holdBack.side(tenant: tenant, user: $0) == .blind })
    }

    @Test func `without a share nobody is on any side`() {
        #expect(Self.users.allSatisfy { HoldBack().side(tenant: "default", user: $0) == nil })
    }

    @Test(arguments: [1.0, 12.5, 50]) func `about the share is blind, everybody else is shown`(share: Double) {
        let holdBack = HoldBack(sharePercent: share)
        let count = Double(blind(holdBack).count)
        let expected = share / 100 * Double(Self.users.count)
        // Four standard deviations.
        #expect(abs(count - expected) < 4 * (expected * (1 - share / 100)).squareRoot())
        #expect(Self.users.allSatisfy { holdBack.side(tenant: "default", user: $0) != nil })
    }

    @Test func `a larger share only adds users, and another tenant deals anew`() {
        let (few, many) = (blind(HoldBack(sharePercent: 5)), blind(HoldBack(sharePercent: 20)))
        #expect(few.isSubset(of: many) && few.count < many.count)
        #expect(blind(HoldBack(sharePercent: 20), tenant: "acme") != many)
    }

    /// Fixed for ever: an update must not move a user to the other side.
    @Test(arguments: [("ana", 21.08), ("user-22", 8.48), ("user-46", 2.22), ("person-0", 75.69)])
    func `a user's bucket never changes`(user: String, percent: Double) {
        #expect(HoldBack(sharePercent: percent).side(tenant: "default", user: user) == .shown)
        #expect(HoldBack(sharePercent: percent + 0.01).side(tenant: "default", user: user) == .blind)
    }

    @Test func `who has no name and who is exempt takes no part`() {
        var holdBack = HoldBack(sharePercent: 50)
        let blind = blind(holdBack).sorted()[0]
        holdBack.exempt = [blind]
        #expect(holdBack.side(tenant: "default", user: blind) == nil)
        #expect(holdBack.side(tenant: "default", user: HoldBack.nobody) == nil)
    }
}

@Suite struct HeldBackViewTests {
    private static let now = EventTime(microseconds: 1_700_000_000_000_000)

    private func field(_ source: Provenance, user: String) -> HumanField {
        HumanField(value: .text("bug"), source: source, user: user, at: Self.now)
    }

    @Test func `of what others set, what was accepted is hidden and how the rest came to be is not told`() {
        let fields = TaskFields(
            category: field(.accepted, user: "ben"), priority: field(.corrected, user: "ben"),
            effort: field(.human, user: "ben"))
        let left = HeldBackView.fields(fields, for: "ana")
        #expect(left.category == nil)
        #expect(left.priority?.source == .human && left.effort?.source == .human)
        #expect(HeldBackView.fields(TaskFields(category: field(.auto, user: "ben")), for: "ana").category == nil)
    }

    @Test func `what the user set stays as it is`() {
        let fields = TaskFields(category: field(.accepted, user: "ana"), priority: field(.human, user: "ana"))
        #expect(HeldBackView.fields(fields, for: "ana") == fields)
    }

    @Test func `an analysis is told without any of its values`() {
        let analysis = Analysis(
            analysisID: .zero, taskID: .zero, revision: 1, modelVersion: "m-1", rung: .embedded,
            category: LabelSuggestion(value: "zebra", confidence: 0.9, zone: .suggest, distribution: [:], reasons: []),
            analysedAt: Self.now)
        #expect(
            HeldBackView.summary(Summaries.completed(analysis), of: .analysisCompleted)
                == ["model_version": "m-1", "rung": "embedded", "degraded": false, "held_back": true])
    }

    @Test func `what a model is writing is not told`() {
        let progress = AnalysisProgressed(
            taskID: .zero, tenant: "default", author: "ana", revision: 1,
            source: .init(rung: .provider, provider: "p", model: "m", version: "1"), number: 3, text: "zebra",
            characters: 5)
        let left = HeldBackView.summary(Summaries.progressed(progress), of: .analysisProgressed)
        #expect(left["number"] == 3 && left["held_back"] == true)
        #expect(left["text"] == nil && left["characters"] == nil)
    }

    @Test func `an answer is told without what was suggested, and an accepted one without its value`() {
        func judged(_ field: TriageField, _ provenance: Provenance, _ suggested: FieldValue?) -> JudgedField {
            JudgedField(
                field: field, value: .text("high"), provenance: provenance, suggested: suggested, confidence: 0.5)
        }
        let feedback = FeedbackRecorded(
            feedbackID: .zero,
            task: TaskSnapshot(
                taskID: .zero, tenant: "default", project: "p", author: "ana", title: "t", body: "", revision: 1,
                createdAt: Self.now), user: "ben",
            fields: [
                judged(.category, .accepted, .text("high")), judged(.priority, .corrected, .text("low")),
                judged(.effort, .human, .number(3)),
            ], modelVersion: "m-1", recordedAt: Self.now)
        #expect(
            HeldBackView.summary(Summaries.feedback(feedback), of: .feedbackRecorded)
                == [
                    "user": "ben", "held_back": true,
                    "fields": [
                        ["field": "category"], ["field": "priority", "value": "high"],
                        ["field": "effort", "value": "high"],
                    ],
                ])
    }

    @Test func `nothing else is touched`() {
        let summary: JSONValue = ["project": "p", "author": "ana"]
        for type in [EventType.taskCreated, .taskEdited, .analysisFailed, .rolloutChanged] {
            #expect(HeldBackView.summary(summary, of: type) == summary)
        }
    }
}

import Contracts
import RetrainingTriggerCore
import Testing
import TriageModel

/// What changed labels do to the data of a training, to the comparison of two models and to the trigger.
@Suite struct TeamLabelsTests {
    private let labels = TeamLabels([
        "acme": LabelSet(
            version: 3,
            labels: [
                TeamLabel("defect"), TeamLabel("feature"), TeamLabel("bug", state: .renamed, into: "defect"),
                TeamLabel("chore", state: .retired), TeamLabel("docs", state: .merged, into: "feature"),
            ])
    ])

    private func item(
        _ label: String, second: Int64 = 1, task: Identifier = Identifier(), title: String? = nil,
        tenant: String = "acme"
    ) -> FeedbackItem {
        FeedbackItem(
            eventID: Identifier(), taskID: task, revision: 1,
            text: TaskWords(project: "web", title: title ?? task.description, body: ""), judgedBy: "mia",
            fields: [
                JudgedField(
                    field: .category, value: .text(label), provenance: .corrected, suggested: .text("bug"),
                    confidence: nil)
            ], time: EventTime(microseconds: second * 1_000_000), tenant: tenant)
    }

    private func values(_ items: [FeedbackItem]) -> [String] {
        DatasetAssembly.assemble(items, labels: labels).flatMap(\.labels).map(\.value.description).sorted()
    }

    @Test func `categories train under the names of today, each team's by its own set`() {
        #expect(values([item("bug"), item("docs"), item("defect")]) == ["defect", "defect", "feature"])
        #expect(values([item("bug", tenant: "other"), item("chore", tenant: "other")]) == ["bug", "chore"])
    }

    @Test func `a retired label trains nothing, and neither does what it had replaced`() {
        let task = Identifier()
        #expect(values([item("bug", second: 1, task: task), item("chore", second: 2, task: task)]) == [])
        #expect(values([item("chore", second: 1, task: task), item("bug", second: 2, task: task)]) == ["defect"])
    }

    @Test func `the snapshot says which sets its examples keep to`() {
        let dataset = DatasetAssembly.dataset([item("bug")], cap: InfluenceCap(), labels: labels)
        let manifest = SnapshotManifest(
            items: [item("bug")], dataset: dataset, examplesSHA256: "x", base: ("base-1", "y"),
            championVersion: "base-1")
        #expect(manifest.labels == labels.sets)
        let foreign = DatasetAssembly.dataset([item("bug", tenant: "other")], cap: InfluenceCap(), labels: labels)
        #expect(foreign.labels == .none)
    }

    @Test func `two models are compared by what they would be shown to say`() throws {
        let base = try TriageModel.base()
        let items = (0..<40).map { number in
            item("bug", title: "The page \(number) crashes with an error after the update, stack trace attached")
        }
        let examples = DatasetAssembly.assemble(items, labels: labels)
        let pairs = PairedTask.pairs(
            examples, embeddings: examples.map { _ in nil }, champion: base, challenger: base, labels: labels)
        let right = pairs.count { $0.labels[.category]?.champion == "defect" }
        #expect(right > pairs.count / 2, "\(right) of \(pairs.count)")
        // Without the set the shipped model could be right of none.
        let blind = PairedTask.pairs(
            examples, embeddings: examples.map { _ in nil }, champion: base, challenger: base)
        #expect(!blind.contains { $0.labels[.category]?.champion == "defect" })
    }

    private static let now = EventTime(microseconds: 1_700_000_000_000_000)

    private func facts(changes: Int, secondsAgo: Int64, known: Int = 400, ended: Int64? = nil) -> TriggerFacts {
        var facts = TriggerFacts(
            newFeedback: 0, isTraining: false,
            lastTrainingEnded: ended.map { EventTime(microseconds: Self.now.microseconds - $0 * 1_000_000) })
        facts.labelChanges = changes
        facts.lastLabelChange = EventTime(microseconds: Self.now.microseconds - secondsAgo * 1_000_000)
        facts.knownFeedback = known
        return facts
    }

    @Test func `changed labels start one training, once they have been quiet, if there is anything to train on`() {
        let policy = TriggerPolicy(minimumFeedback: 50, cooldown: .seconds(60))
        func starts(_ facts: TriggerFacts) -> Bool {
            if case .start = policy.decide(on: facts, now: Self.now) { true } else { false }
        }
        #expect(
            policy.decide(on: facts(changes: 3, secondsAgo: 61), now: Self.now)
                == .start(
                    reason: "labels changed: 3 changes that no version was trained with; 400 feedback items known, "
                        + "0 new feedback items"))
        // A burst is waited out, and so are the cooldown and a training under way.
        #expect(!starts(facts(changes: 3, secondsAgo: 59)))
        #expect(!starts(facts(changes: 3, secondsAgo: 61, ended: 30)))
        #expect(!starts(facts(changes: 3, secondsAgo: 61, known: 29)))
        #expect(!starts(facts(changes: 0, secondsAgo: 61)))
        var busy = facts(changes: 3, secondsAgo: 61)
        busy.isTraining = true
        #expect(!starts(busy))
    }
}

import Contracts
import RetrainingTriggerCore
import Testing
import TriageModel

@Suite struct DatasetAssemblyTests {
    private let task = Identifier()

    private func item(
        task: Identifier? = nil, revision: Int = 1, second: Int64, user: String = "mia", title: String = "Crash",
        _ fields: JudgedField...
    ) -> FeedbackItem {
        FeedbackItem(
            eventID: Identifier(), taskID: task ?? self.task, revision: revision,
            text: TaskWords(project: "web", title: title, body: ""), judgedBy: user, fields: fields,
            time: EventTime(microseconds: second * 1_000_000))
    }

    private func category(_ label: String, _ provenance: Provenance = .corrected) -> JudgedField {
        JudgedField(field: .category, value: .text(label), provenance: provenance, suggested: nil, confidence: nil)
    }

    private func priority(_ label: String, _ provenance: Provenance = .accepted) -> JudgedField {
        JudgedField(field: .priority, value: .text(label), provenance: provenance, suggested: nil, confidence: nil)
    }

    @Test func `the latest judgement of a field wins, whoever made it`() {
        let items = [
            item(second: 3, user: "leo", category("feature")), item(second: 1, category("bug")),
            item(second: 2, category("question"), priority("high")),
        ]
        for items in [items, items.reversed()] {
            let examples = DatasetAssembly.assemble(items)
            #expect(examples.count == 1)
            #expect(examples.first?.labels.map(\.value) == [.text("feature"), .text("high")])
            #expect(examples.first?.labels.map(\.judgedBy) == ["leo", "mia"])
        }
    }

    @Test func `a judgement of a later revision wins over a later one of an earlier revision`() {
        let examples = DatasetAssembly.assemble([
            item(revision: 2, second: 1, title: "Crash at start", category("bug")),
            item(revision: 1, second: 2, title: "Crash", category("question")),
        ])
        #expect(examples.map(\.title) == ["Crash at start"])
        #expect(examples.first?.labels.map(\.value) == [.text("bug")])
    }

    @Test func `what no person said never trains`() {
        #expect(DatasetAssembly.assemble([item(second: 1, category("bug", .auto))]).isEmpty)
        let mixed = DatasetAssembly.assemble([item(second: 1, category("bug", .human), priority("high", .auto))])
        #expect(mixed.first?.labels.map(\.field) == [.category])
        let later = DatasetAssembly.assemble([
            item(second: 1, category("bug", .human)), item(second: 2, category("feature", .auto)),
        ])
        #expect(later.first?.labels.map(\.value) == [.text("bug")])
    }

    @Test(
        arguments: [(Provenance.human, 1.0), (.corrected, 1), (.accepted, 0.5), (.auto, nil)] as [(Provenance, Double?)]
    )
    func `a label weighs what its provenance is worth`(provenance: Provenance, weight: Double?) {
        #expect(DatasetAssembly.weight(of: provenance) == weight)
    }

    @Test func `what a person said without having seen the suggestion trains as the person's own`() {
        let blind = JudgedField(
            field: .category, value: .text("bug"), provenance: .human, suggested: .text("feature"), confidence: 0.9)
        let labels = DatasetAssembly.assemble([item(second: 1, blind)]).first?.labels
        #expect(labels?.map(\.value) == [.text("bug")] && labels?.map(\.weight) == [1])
    }

    @Test func `labels of unlike weight become examples of their own`() throws {
        let example = try #require(
            DatasetAssembly.assemble([item(second: 1, category("bug"), priority("high"))]).first)
        let tasks = example.labelledTasks
        #expect(tasks.map(\.weight) == [1, 0.5])
        #expect(tasks.map(\.category) == ["bug", nil])
        #expect(tasks.map(\.priority) == [nil, "high"])
    }

    @Test func `copies of a task fall on the same side whatever their case and punctuation`() {
        for number in 0..<200 {
            let plain = HeldOutSplit.isHeldOut(title: "Login fails \(number)", body: "Since yesterday\nevening")
            let copy = HeldOutSplit.isHeldOut(title: "login  FAILS: \(number)!", body: "since yesterday, evening")
            #expect(plain == copy)
        }
    }

    @Test func `tasks of the same words are one example, and the latest judgement of them wins`() throws {
        let (first, second) = (Identifier(), Identifier())
        let items = [
            item(task: first, revision: 3, second: 1, title: "Login fails!", category("question"), priority("low")),
            item(task: second, revision: 1, second: 2, title: "login  FAILS", category("bug")),
        ]
        for items in [items, items.reversed()] {
            let examples = DatasetAssembly.assemble(items)
            let example = try #require(examples.first)
            #expect(examples.count == 1)
            #expect(example.taskID == min(first, second) && example.copies == [max(first, second)])
            #expect(example.labels.map(\.value) == [.text("bug"), .text("low")])
        }
    }

    @Test func `a snapshot has no secrets and caps the heaviest of three people`() {
        var items: [FeedbackItem] = []
        for number in 0..<200 {
            let user = number < 160 ? "mia" : (number < 180 ? "leo" : "ana")
            items.append(
                item(
                    task: Identifier(), second: Int64(number), user: user,
                    title: "Task \(number) of mia\(number)@example.org", category("bug")))
        }
        let dataset = DatasetAssembly.dataset(items, cap: InfluenceCap())
        #expect(dataset.redactions == ["email": 200])
        #expect(dataset.examples.allSatisfy { $0.title.hasSuffix("of ***") })
        let trained = dataset.examples.filter { !$0.isHeldOut }.flatMap(\.labels)
        let (mias, all) = (
            trained.filter { $0.judgedBy == "mia" }.reduce(0) { $0 + $1.weight }, trained.reduce(0) { $0 + $1.weight }
        )
        #expect(abs(mias / all - 0.5) < 0.01)
        #expect(dataset.influence.factors["category"]?.keys.sorted() == ["mia"])
        #expect(dataset.examples.filter(\.isHeldOut).flatMap(\.labels).allSatisfy { $0.weight == 1 })
    }

    @Test func `about a fifth is held out`() {
        let held = (0..<5_000).count { HeldOutSplit.isHeldOut(title: "Task \($0)", body: "") }
        #expect((900...1_100).contains(held))
    }
}

import Testing
import TriageModel

@Suite struct TrainingTests {
    private func accuracy(_ model: TriageModel, on tasks: [LabelledTask]) -> Double {
        Evaluator.evaluate(model, on: tasks).category?.accuracy ?? 0
    }

    @Test func `equal tasks, options and seed give equal bytes`() throws {
        let tasks = Samples.tasks(12)
        let first = try Trainer.train(tasks, base: nil, options: Samples.options())
        let second = try Trainer.train(tasks, base: nil, options: Samples.options())
        #expect(first.serialized() == second.serialized())
        #expect(first.header.sha256.count == 64)
    }

    @Test func `what was learned is told apart`() throws {
        let model = try Samples.model()
        #expect(accuracy(model, on: Samples.tasks(12, from: 200)) > 0.95)
    }

    @Test func `few tasks teach more on top of a base than alone`() throws {
        let base = try Samples.model(Samples.tasks(24).map { Self.partly($0) })
        let few = Samples.tasks(2, from: 300)
        let judge = Samples.tasks(12, from: 400)
        let warm = try Trainer.train(few, base: base, options: Samples.options("warm"))
        let cold = try Trainer.train(few, base: nil, options: Samples.options("cold"))
        #expect(accuracy(warm, on: judge) > accuracy(cold, on: judge))
        #expect(warm.header.parent == "test")
        #expect(warm.header.lineage["base_sha256"] == base.header.sha256)
    }

    /// A base from tasks whose titles are cut: good, not perfect.
    private static func partly(_ task: LabelledTask) -> LabelledTask {
        var task = task
        task.text.body = ""
        return task
    }

    @Test func `corrections that are all of one label leave the others recognised`() throws {
        let base = try Samples.model()
        let judge = Samples.tasks(12, from: 500)
        let onlyBugs = Samples.tasks(10, from: 600).filter { $0.category == "bug" }
        let model = try Trainer.train(onlyBugs, base: base, options: Samples.options())
        #expect(accuracy(model, on: judge) > accuracy(base, on: judge) - 0.05)
    }

    @Test func `a new label in corrections extends the set and is learned`() throws {
        let base = try Samples.model()
        let security = (0..<12).map { index in
            LabelledTask(
                id: "s\(index)",
                text: TaskText(
                    project: "web", title: "vulnerability in token handling \(index)",
                    body: "An attacker can steal the session cookie."), category: "security")
        }
        let model = try Trainer.train(
            security + Samples.tasks(4, from: 700), base: base, options: Samples.options("second"))
        #expect(base.header.labelSets["category"] == ["bug", "feature", "question"])
        #expect(model.header.labelSets["category"] == ["bug", "feature", "question", "security"])
        let text = TaskText(project: "web", title: "another vulnerability: attacker reads the cookie", body: "")
        #expect(model.predict([text])[0].category?.label == "security")
    }

    @Test func `a head without new tasks is kept from the base`() throws {
        let base = try Samples.model()
        let corrections = Samples.tasks(6, from: 800).map {
            LabelledTask(id: $0.id, text: $0.text, category: $0.category)
        }
        let model = try Trainer.train(corrections, base: base, options: Samples.options("second"))
        for task in Samples.tasks(4, from: 900) {
            let before = base.predict([task.text])[0]
            let after = model.predict([task.text])[0]
            #expect(after.priority == before.priority)
            #expect(after.effort == before.effort)
        }
    }

    @Test func `tasks without weight or label teach nothing`() {
        let unlabelled = Samples.tasks(4).map { LabelledTask(id: $0.id, text: $0.text) }
        let weightless = Samples.tasks(4).map { task in
            var task = task
            task.weight = 0
            return task
        }
        for tasks in [[], unlabelled, weightless] {
            #expect(throws: TrainingError.self) {
                try Trainer.train(tasks, base: nil, options: Samples.options())
            }
        }
    }

    @Test func `few corrections of a foreign project do not make the model sure of it`() throws {
        let base = try Samples.model()
        let foreign = Samples.tasks(3, from: 700).map { task in
            var task = task
            task.text.project = "foreign"
            return task
        }
        let model = try Trainer.train(foreign, base: base, options: Samples.options("second"))
        var elsewhere = foreign[0].text
        elsewhere.project = "nobody knows"
        let predictions = model.predict([foreign[0].text, elsewhere])
        #expect(predictions[0] == predictions[1])
    }

    @Test func `progress only rises and ends at 1`() throws {
        var fractions: [Double] = []
        _ = try Trainer.train(Samples.tasks(12), base: nil, options: Samples.options()) {
            fractions.append($0.fraction)
        }
        #expect(fractions == fractions.sorted())
        #expect(fractions.last == 1)
    }

    @Test func `the hold-back is the last fifth of each project and label, in file order`() {
        let rows = (0..<20).map {
            HoldBack.Row(project: $0 < 10 ? "a" : "b", label: $0 % 2 == 0 ? "x" : "y")
        }
        let holdBack = HoldBack(rows)
        #expect((0..<20).filter { holdBack.contains($0) } == [8, 9, 18, 19])
    }
}

import Testing
import TriageModel

/// No public data has several labels a task here: labels are what the made-up texts' own words imply.
@Suite struct LabelsHeadTests {
    private static func labelled(_ tasks: [LabelledTask]) -> [LabelledTask] {
        tasks.map { task in
            let words = task.text.title
            var labels: [String] = []
            if words.contains("login") || words.contains("profile") { labels.append("account") }
            if words.contains("export") || words.contains("upload") || words.contains("csv") { labels.append("files") }
            if words.contains("crash") || words.contains("freezes") { labels.append("stability") }
            return LabelledTask(id: task.id, text: task.text, labels: labels)
        }
    }

    @Test func `labels are answered by what the texts say, several or none`() throws {
        let model = try Samples.model(Self.labelled(Samples.tasks(60)))
        let answers = Self.labelled(Samples.tasks(24, from: 60)).map { task in
            let found = model.predict([task.text])[0].labels ?? []
            return (truth: Set(task.labels ?? []), answered: Set(found.map(\.label)))
        }
        let metrics = SetMetrics(answers)
        #expect(metrics.microF1 > 0.9, "micro-F1 \(metrics.microF1)")
        #expect(answers.contains { $0.answered.isEmpty })
        #expect(answers.contains { $0.answered.count == 2 })
    }

    @Test func `a label that few tasks have is not learned`() throws {
        var tasks = Self.labelled(Samples.tasks(30))
        tasks[0].labels?.append("once")
        let labels = try Samples.model(tasks).header.labelSets["labels"]
        #expect(labels == ["account", "files", "stability"])
    }

    @Test func `the head survives its artifact, and other heads go without`() throws {
        let tasks = Self.labelled(Samples.tasks(40))
        let model = try Samples.model(tasks)
        let again = try TriageModel.load(bytes: model.serialized())
        let text = Samples.tasks(1, from: 71)[0].text
        #expect(again.predict([text])[0].labels == model.predict([text])[0].labels)
        #expect(again.predict([text])[0].category == nil)
        #expect(try Samples.model(tasks).serialized() == model.serialized())
    }
}

import Testing
import TriageModel

@Suite struct PredictionTests {
    @Test func `the reasons name the decisive word, its field and its share`() throws {
        let model = try Samples.model()
        let text = TaskText(project: "web", title: "calendar crashes on start", body: "Seen in build 7.")
        let category = try #require(model.predict([text])[0].category)
        #expect(category.label == "bug")
        let first = try #require(category.reasons.first)
        #expect(["crashes", "start"].contains(first.term))
        #expect(first.field == "title")
        #expect(first.weight > 0 && first.weight <= 1)
        let pro = category.reasons.filter { $0.weight > 0 }
        let contra = category.reasons.filter { $0.weight < 0 }
        #expect(pro.count <= 5 && contra.count <= 2 && pro.count + contra.count == category.reasons.count)
        #expect(pro.reduce(0) { $0 + $1.weight } <= 1.000_001)
        #expect(contra.reduce(0) { $0 + $1.weight } >= -1.000_001)
        #expect(pro.map(\.weight) == pro.map(\.weight).sorted(by: >))
    }

    @Test func `reasons are words of the task itself`() throws {
        let model = try TriageModel.base()
        let text = TaskText(
            project: "shop", title: "Checkout throws NullPointerException",
            body: "Since yesterday the payment page fails with an error. See https://example.org/log for the trace.")
        let category = try #require(model.predict([text])[0].category)
        #expect(category.label == "bug")
        let words = (text.title + " " + text.body).lowercased()
        for reason in category.reasons { #expect(words.contains(reason.term)) }
        #expect(!category.reasons.isEmpty)
    }

    @Test func `the base model tells bugs, wishes and questions apart`() throws {
        let texts = [
            TaskText(
                project: "x", title: "App crashes with an exception when I open settings", body: "It fails every time."),
            TaskText(
                project: "x", title: "Feature request: add support for exporting to CSV", body: "It would be useful."),
            TaskText(
                project: "x", title: "How can I change the default language?", body: "What is the right way to do it?"),
        ]
        #expect(try TriageModel.base().predict(texts).map { $0.category?.label } == ["bug", "feature", "question"])
    }

    @Test func `a distribution names every label in order and sums to 1`() throws {
        let model = try Samples.model()
        let prediction = model.predict([Samples.tasks(1)[0].text])[0]
        for (head, labels) in [(prediction.category, "category"), (prediction.priority, "priority")] {
            let head = try #require(head)
            #expect(head.distribution.map(\.label) == model.header.labelSets[labels])
            #expect(abs(head.distribution.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
            #expect(head.confidence == head.distribution.map(\.probability).max())
        }
    }

    @Test func `effort is an interval around its median, and says when it knows nothing`() throws {
        let model = try Samples.model(Samples.tasks(150))
        let feature = try #require(model.predict([Samples.tasks(1, from: 160)[1].text])[0].effort)
        #expect(feature.points == 8)
        #expect(feature.low <= feature.points && feature.points <= feature.high)
        #expect(feature.hasEnoughEvidence)
        let empty = try #require(model.predict([TaskText(project: "web", title: "hm", body: "")])[0].effort)
        #expect(!empty.hasEnoughEvidence)
    }

    @Test func `held-back tasks reach the promised precision in the zone auto`() throws {
        let noisy = Samples.tasks(60).enumerated().map { index, task in
            var task = task
            if index % 8 == 0 { task.category = "question" }
            return task
        }
        let model = try Trainer.train(noisy, base: nil, options: Samples.options())
        let evaluation = try #require(Evaluator.evaluate(model, on: Samples.tasks(20, from: 300)).category)
        let automatic = evaluation.zoneAccuracy["auto"] ?? 1
        #expect(automatic >= 0.9)
    }

    @Test func `one scratch gives the same answers as many`() throws {
        let model = try Samples.model()
        let texts = Samples.tasks(5, from: 20).map(\.text)
        var scratch = FeatureScratch()
        var shared: [Prediction] = []
        for text in texts { shared.append(model.predict(text, scratch: &scratch)) }
        #expect(shared == texts.map { model.predict([$0])[0] })
    }

    @Test func `an evaluation counts right answers per label and project`() throws {
        let model = try Samples.model()
        var tasks = Samples.tasks(4, from: 300)
        // Three wrong truths of twelve.
        for index in 0..<3 { tasks[index].category = tasks[index].category == "bug" ? "feature" : "bug" }
        let category = try #require(Evaluator.evaluate(model, on: tasks).category)
        #expect(category.count == 12)
        #expect(abs(category.accuracy - 0.75) < 1e-9)
        #expect(category.labels.map(\.count).reduce(0, +) == 12)
        #expect(category.projectMacroF1.keys.sorted() == ["mobile", "web"])
        #expect(category.meanProjectMacroF1 < 1)
    }

    @Test(arguments: [
        "見積書から請求書への変換で数量が1になる", "Müşteri listesinde Türkçe karakterle arama çalışmıyor",
        "CSV-Export öffnet sich in einer einzigen Spalte",
    ])
    func `a text in a language that the model never met is a question, without evidence of its effort`(title: String)
        throws
    {
        let model = try TriageModel.base()
        let answer = model.predict([TaskText(project: "facebook/react", title: title, body: "")])[0]
        #expect(answer.knownWords < TriageModel.foreignShare)
        #expect(answer.category?.zone == .ask && answer.priority?.zone == .ask)
        #expect(answer.effort?.hasEnoughEvidence == false)
        let known = model.predict([
            TaskText(
                project: "facebook/react", title: "Bug: useEffect throws an error on every render",
                body: "The component crashes with an exception. Steps to reproduce the issue are below.")
        ])[0]
        #expect(known.knownWords > 0.8)
        #expect(known.category?.zone != .ask && known.effort != nil)
    }

    @Test(arguments: [
        "التطبيق يتعطل عند البدء", "Aplikacja zawiesza się przy zapisywaniu", "Lorem ipsum dolor sit amet",
    ])
    func `words that the model never met are no reasons, though another feature has their bucket`(title: String) throws
    {
        let model = try TriageModel.base()
        let answer = model.predict([TaskText(project: "nowhere/else", title: title, body: "")])[0]
        let reasons = (answer.category?.reasons ?? []) + (answer.priority?.reasons ?? [])
        // One unseen feature in two thousand is taken for a known one.
        #expect(reasons.count <= 1, "\(reasons)")
    }

    @Test(arguments: ["12345 67890", "``````````", ""])
    func `a text without words is a question`(title: String) throws {
        let answer = try TriageModel.base().predict([TaskText(project: "nowhere/else", title: title, body: "")])[0]
        #expect(answer.knownWords == 0)
        #expect(answer.category?.zone == .ask && answer.effort?.hasEnoughEvidence == false)
    }
}

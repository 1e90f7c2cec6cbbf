import ModelFuzz
import Testing
import TriageModel

/// Tasks whose words say nothing of their category; only their vectors do.
private enum VectorSamples {
    static let model = "vectors-1"
    static let words = ["report", "page", "calendar", "export", "list", "menu"]

    static func text(_ index: Int, project: String = "web") -> TaskText {
        // Not of the index alone, which the category follows from.
        let mixed = (index * 7_919) % 10_007 / 3
        let title = (0..<4).map { words[(mixed + $0 * $0 * 5) % words.count] }.joined(separator: " ")
        return TaskText(project: project, title: title, body: "seen in build \(mixed % 9)")
    }

    /// A vector of 12 numbers that points where its category says, with noise.
    static func vector(_ category: String, _ index: Int, model: String = model, count: Int = 12) -> TextEmbedding? {
        var vector = (0..<count).map { Float((index * 31 + $0 * 17) % 13 - 6) / 12 }
        vector[["bug": 0, "feature": 1, "question": 2, "idea": 3][category] ?? 4] += 1.5
        return TextEmbedding(vector, model: model)
    }

    static func tasks(
        _ count: Int, from start: Int = 0, categories: [String] = ["bug", "feature", "question"],
        projects: [String] = ["web", "mobile"], vectorModel: String? = model
    ) -> [LabelledTask] {
        (start..<(start + count)).map { index in
            let category = categories[index % categories.count]
            return LabelledTask(
                id: "\(index)", text: text(index, project: projects[index / 5 % projects.count]), category: category,
                embedding: vectorModel.flatMap { vector(category, index, model: $0) })
        }
    }

    static func options(_ model: String? = model) -> TrainingOptions {
        var options = Samples.options()
        options.embeddingModel = model
        return options
    }

    static func train(_ tasks: [LabelledTask], base: TriageModel? = nil, model: String? = model) throws -> TriageModel {
        try Trainer.train(tasks, base: base, options: options(model))
    }

    static func accuracy(_ model: TriageModel, _ tasks: [LabelledTask], withVectors: Bool = true) -> Double {
        let found = model.predict(tasks.map(\.text), embeddings: withVectors ? tasks.map(\.embedding) : [])
        let right = zip(found, tasks).count { $0.category?.label == $1.category }
        return Double(right) / Double(tasks.count)
    }
}

@Suite struct EmbeddingHeadTests {
    private let unseen = VectorSamples.tasks(60, from: 1_000)

    @Test func `a vector tells what words don't`() throws {
        let model = try VectorSamples.train(VectorSamples.tasks(180))
        #expect(model.embeddingModel == VectorSamples.model)
        #expect(VectorSamples.accuracy(model, unseen) > 0.9)
        #expect(VectorSamples.accuracy(model, unseen, withVectors: false) < 0.7)
        let answer = try #require(model.predict([unseen[0].text], embeddings: [unseen[0].embedding])[0].category)
        #expect(abs(answer.distribution.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
        #expect(answer.confidence > 0.6)
    }

    @Test func `without a vector, or with one of another model or length, words alone answer and it is said`() throws {
        let tasks = VectorSamples.tasks(180)
        let model = try VectorSamples.train(tasks)
        let plain = try VectorSamples.train(tasks, model: nil)
        let texts = unseen.map(\.text)
        let words = plain.predict(texts)
        #expect(words.allSatisfy { $0.embedding == .none })
        #expect(plain.embeddingModel == nil)
        let missing = model.predict(texts)
        let foreign = model.predict(
            texts, embeddings: texts.indices.map { VectorSamples.vector("bug", $0, model: "vectors-2") })
        let longer = model.predict(texts, embeddings: texts.indices.map { VectorSamples.vector("bug", $0, count: 13) })
        #expect(missing.allSatisfy { $0.embedding == .missing })
        #expect(foreign.allSatisfy { $0.embedding == .foreign })
        #expect(longer.allSatisfy { $0.embedding == .foreign })
        for answers in [missing, foreign, longer] { #expect(answers.map(\.category) == words.map(\.category)) }
        let used = model.predict(texts, embeddings: unseen.map(\.embedding))
        #expect(used.allSatisfy { $0.embedding == .used })
        #expect(used.map(\.category) != words.map(\.category))
        #expect(used.map(\.priority) == words.map(\.priority))
    }

    @Test func `the same tasks and vectors give the same bytes, and they load to the same answers`() throws {
        let model = try VectorSamples.train(VectorSamples.tasks(120))
        let again = try VectorSamples.train(VectorSamples.tasks(120))
        #expect(model.serialized() == again.serialized())
        let loaded = try TriageModel.load(bytes: model.serialized())
        let vectors = unseen.map(\.embedding)
        #expect(
            loaded.predict(unseen.map(\.text), embeddings: vectors)
                == model.predict(unseen.map(\.text), embeddings: vectors))
        let annotated = try model.annotated(metrics: ["a": 1])
        #expect(
            annotated.predict(unseen.map(\.text), embeddings: vectors)
                == model.predict(unseen.map(\.text), embeddings: vectors))
    }

    @Test func `projects without weights of their own are answered by what all share`() throws {
        let model = try VectorSamples.train(VectorSamples.tasks(240, projects: ["web", "mobile", "shop", "desk"]))
        let foreign = VectorSamples.tasks(60, from: 2_000, projects: ["never seen"])
        #expect(VectorSamples.accuracy(model, foreign) > 0.85)
    }

    @Test func `too few vectors, or none of the model named, leave words alone`() throws {
        var tasks = VectorSamples.tasks(120)
        for index in tasks.indices where index >= 29 { tasks[index].embedding = nil }
        #expect(try VectorSamples.train(tasks).embeddingModel == nil)
        #expect(try VectorSamples.train(VectorSamples.tasks(120), model: "vectors-2").embeddingModel == nil)
        // Tasks without a vector are no obstacle.
        var most = VectorSamples.tasks(180)
        for index in most.indices where index % 4 == 0 { most[index].embedding = nil }
        #expect(try VectorSamples.accuracy(VectorSamples.train(most), unseen) > 0.85)
    }

    @Test func `vectors that tell nothing change little`() throws {
        var tasks = Samples.tasks(40)
        for index in tasks.indices {
            tasks[index].embedding = VectorSamples.vector("none", (index * 7_919) % 10_007, model: VectorSamples.model)
        }
        let options = VectorSamples.options()
        let model = try Trainer.train(tasks, base: nil, options: options)
        var judged = Samples.tasks(20, from: 500)
        for index in judged.indices {
            judged[index].embedding = VectorSamples.vector("none", (index * 104_729) % 10_007)
        }
        let words = VectorSamples.accuracy(model, judged, withVectors: false)
        #expect(VectorSamples.accuracy(model, judged) >= words - 0.05)
    }

    @Test func `corrections start from the base's weights for vectors`() throws {
        let base = try VectorSamples.train(VectorSamples.tasks(240))
        // All bugs: alone they would tell nothing of the other categories.
        let corrections = VectorSamples.tasks(60, from: 3_000).filter { $0.category != "question" }
        let model = try VectorSamples.train(corrections, base: base)
        #expect(model.embeddingModel == VectorSamples.model)
        #expect(VectorSamples.accuracy(model, unseen) > 0.85)
    }

    @Test func `corrections without vectors keep the base's weights for them, unless there is a new label`() throws {
        let base = try VectorSamples.train(VectorSamples.tasks(180))
        let same = try VectorSamples.train(
            VectorSamples.tasks(60, from: 3_000, vectorModel: nil), base: base, model: nil)
        #expect(same.embeddingModel == VectorSamples.model)
        #expect(VectorSamples.accuracy(same, unseen) > 0.85)
        let categories = ["bug", "feature", "question", "idea"]
        let more = try VectorSamples.train(
            VectorSamples.tasks(80, from: 3_000, categories: categories, vectorModel: nil), base: base, model: nil)
        #expect(more.embeddingModel == nil)
        let known = try VectorSamples.train(
            VectorSamples.tasks(200, from: 3_000, categories: categories), base: base)
        let judged = VectorSamples.tasks(80, from: 5_000, categories: categories)
        #expect(VectorSamples.accuracy(known, judged) > 0.8)
    }

    @Test func `vectors say nothing of labels that none of them had`() throws {
        // The base knows all three by words, the team's vectors are of two only.
        let words = Samples.tasks(40).map { task in
            var task = task
            (task.priority, task.effort) = (nil, nil)
            return task
        }
        let base = try Samples.model(words)
        let team = VectorSamples.tasks(90, from: 3_000, categories: ["bug", "feature"])
        let model = try VectorSamples.train(team, base: base)
        #expect(model.embeddingModel == VectorSamples.model)
        let judged = VectorSamples.tasks(40, from: 5_000, categories: ["bug", "feature"])
        #expect(VectorSamples.accuracy(model, judged) > 0.85)
        // A vector that is as much of the one as of the other leaves a question a question.
        var vector = [Float](repeating: 0, count: 12)
        (vector[0], vector[1]) = (1, 1)
        let questions = Samples.tasks(20, from: 900).filter { $0.category == "question" }.map(\.text)
        let neutral = [TextEmbedding?](
            repeating: TextEmbedding(vector, model: VectorSamples.model), count: questions.count)
        let found = model.predict(questions, embeddings: neutral)
        let before = model.predict(questions)
        #expect(before.count { $0.category?.label == "question" } > questions.count / 2)
        #expect(
            found.count { $0.category?.label == "question" }
                >= before.count { $0.category?.label == "question" } - questions.count / 4)
    }

    @Test func `another embedding model takes the place of the base's`() throws {
        let base = try VectorSamples.train(VectorSamples.tasks(180))
        let tasks = VectorSamples.tasks(120, from: 3_000, vectorModel: "vectors-2")
        let model = try VectorSamples.train(tasks, base: base, model: "vectors-2")
        #expect(model.embeddingModel == "vectors-2")
        let judged = VectorSamples.tasks(60, from: 1_000, vectorModel: "vectors-2")
        #expect(VectorSamples.accuracy(model, judged) > 0.85)
    }

    @Test(arguments: [
        (#""dimensions":12"#, #""dimensions":13"#), (#""dimensions":12"#, #""dimensions":0"#),
        (#""dimensions":12"#, #""dimensions":-1"#), (#""model":"vectors-1""#, #""model":"""#),
        (#""labels":[0,1,2]"#, #""labels":[]"#), (#""labels":[0,1,2]"#, #""labels":[0,1,3]"#),
        (#""labels":[0,1,2]"#, #""labels":[0,2,1]"#), (#""vectors":"#, #""vectors":-"#),
        (#""biases":["#, #""biases":[0,"#), (#""scales":["#, #""scales":[1e30,"#),
    ])
    func `settings of vectors that don't fit are malformed`(known: String, other: String) throws {
        let model = try VectorSamples.train(VectorSamples.tasks(60))
        let bytes = try #require(FuzzOriginals.replacing(known, by: other, in: model.serialized()))
        let error = #expect(throws: ArtifactError.self) { try TriageModel.load(bytes: bytes) }
        #expect(error?.code == .malformed)
    }

    @Test func `the card tells the embedding model and the zones with it`() throws {
        let card = try VectorSamples.train(VectorSamples.tasks(180)).card
        let vectors = try #require(card.heads.first?.vectors)
        #expect(vectors.model == VectorSamples.model && vectors.dimensions == 12 && vectors.projects == 2)
        #expect(vectors.vectorShare > 0)
        #expect(try Samples.model().card.heads.allSatisfy { $0.vectors == nil })
    }

    @Test func `evaluating with vectors says how many tasks were answered by them`() throws {
        let rows = (VectorSamples.tasks(120) + unseen).enumerated().map { index, task in
            HeadEvaluator.Row(task: task, split: index < 120 ? "train" : "test", fold: nil)
        }
        let with = try HeadEvaluator(head: .category, options: VectorSamples.options()).evaluate(rows, byFolds: false)
        let without = try HeadEvaluator(head: .category, options: VectorSamples.options(nil))
            .evaluate(rows, byFolds: false)
        #expect(with.judgedWithVectors == 60 && without.judgedWithVectors == 0)
        #expect(with.embeddings == VectorSamples.model && without.embeddings == nil)
        #expect((with.labels?.meanMacroF1 ?? 0) > (without.labels?.meanMacroF1 ?? 1))
    }
}

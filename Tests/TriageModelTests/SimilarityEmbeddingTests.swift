import Foundation
import Synchronization
import Testing
import TriageModel

/// Answers what it is told to.
private struct FakeEmbedder: TextEmbedder {
    struct Failure: Error {}
    let model: String
    let answer: @Sendable ([String]) throws -> [[Float]]

    func embed(_ texts: [String]) async throws -> [[Float]] { try answer(texts) }
}

/// Counts what it is told.
private final class Failures: Sendable {
    let count = Mutex(0)
    func note() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }
}

@Suite struct SimilarityEmbeddingTests {
    private let car = UUID()
    private let money = UUID()
    private let tasks = [
        TaskText(project: "web", title: "Vehicle list is empty", body: "After login the list is empty."),
        TaskText(project: "web", title: "Invoice list is empty", body: "After login the list shows nothing."),
    ]
    private let asked = TaskText(project: "web", title: "Automobile invoice list is empty", body: "The list is empty.")

    /// Texts about cars point one way, others the other way.
    private let meaning: @Sendable ([String]) -> [[Float]] = { texts in
        texts.map { $0.hasPrefix("Vehicle") || $0.hasPrefix("Automobile") ? [1, 0.1, 0] : [0, 0.1, 1] }
    }

    private func found(_ embedder: FakeEmbedder?, failures: Failures = Failures()) async -> [SimilarTask] {
        let source = TaskEmbeddings(embedder) { _ in failures.note() }
        let vectors = await source.embeddings(of: tasks + [asked])
        var index = SimilarityIndex(capacity: 10)
        index.add(id: car, scope: "a", title: "car", text: tasks[0], embedding: vectors[0])
        index.add(id: money, scope: "a", title: "money", text: tasks[1], embedding: vectors[1])
        return index.query(asked, scope: "a", excluding: nil, limit: 5, minimumScore: 0, embedding: vectors[2])
    }

    @Test func `an embedder that knows what is meant changes the order`() async {
        let words = await found(nil)
        #expect(words.map(\.id) == [money, car])
        let failures = Failures()
        let fused = await found(FakeEmbedder(model: "m", answer: meaning), failures: failures)
        #expect(fused.map(\.id) == [car, money])
        #expect(fused.allSatisfy { $0.score > 0 && $0.score <= 1 })
        #expect(failures.value == 0)
    }

    @Test func `a failing embedder is told of, and words alone decide`() async {
        let words = await found(nil)
        let failures = Failures()
        #expect(
            await found(FakeEmbedder(model: "m") { _ in throw FakeEmbedder.Failure() }, failures: failures) == words)
        #expect(failures.value == 1)
        #expect(await found(FakeEmbedder(model: "m") { _ in [[1, 2]] }, failures: failures) == words)
        #expect(failures.value == 2)
        #expect(await found(FakeEmbedder(model: "m") { _ in [[1], [1, 2], [1]] }, failures: failures) == words)
        #expect(failures.value == 3)
    }

    @Test func `vectors that are none count for nothing`() async {
        let words = await found(nil)
        for bad: [Float] in [[], [0, 0], [.nan, 1], [.infinity, 1]] {
            #expect(await found(FakeEmbedder(model: "m") { $0.map { _ in bad } }) == words)
        }
        #expect(TextEmbedding([Float](repeating: 1, count: TextEmbedding.maximumDimensions + 1), model: "m") == nil)
    }

    @Test func `vectors of different models never meet`() {
        var index = SimilarityIndex(capacity: 10)
        index.add(
            id: car, scope: "a", title: "car", text: tasks[0], embedding: TextEmbedding([1, 0], model: "old"))
        let same = index.query(
            asked, scope: "a", excluding: nil, limit: 1, minimumScore: 0,
            embedding: TextEmbedding([1, 0], model: "old"))
        let other = index.query(
            asked, scope: "a", excluding: nil, limit: 1, minimumScore: 0,
            embedding: TextEmbedding([1, 0], model: "new"))
        let none = index.query(asked, scope: "a", excluding: nil, limit: 1, minimumScore: 0)
        #expect(other == none)
        #expect((same.first?.score ?? 0) > (none.first?.score ?? 1))
    }

    @Test func `tasks without a word in common are found by their vectors, in their scope only`() {
        var samples = SimilaritySamples(seed: 11)
        var index = SimilarityIndex(capacity: 60)
        let vector = [Float](repeating: 1, count: 700)
        let opposite = vector.map { -$0 }
        let like = UUID()
        let gone = UUID()
        let foreign = UUID()
        for (id, scope) in [(like, "a"), (gone, "a"), (foreign, "b")] {
            let text = TaskText(project: "web", title: "Automobile", body: "")
            index.add(id: id, scope: scope, title: "t", text: text, embedding: TextEmbedding(vector, model: "m"))
        }
        for _ in 0..<50 {
            let text = samples.task()
            index.add(
                id: UUID(), scope: "a", title: text.title, text: text, embedding: TextEmbedding(opposite, model: "m"))
        }
        index.remove(gone)
        let asked = TaskText(project: "web", title: "Vehicle", body: "")
        func found(_ vector: [Float]?, excluding: UUID? = nil, model: String = "m") -> [UUID] {
            index.query(
                asked, scope: "a", excluding: excluding, limit: 5,
                embedding: vector.flatMap { TextEmbedding($0, model: model) }
            ).map(\.id)
        }
        #expect(found(vector) == [like])
        #expect(found(nil) == [])
        #expect(found(vector, excluding: like) == [])
        #expect(found(vector, model: "other") == [])
        // Again after the sweeps that many more tasks bring.
        for round in 0..<400 {
            let text = samples.task()
            index.add(id: UUID(), scope: "b", title: text.title, text: text)
            guard round % 20 == 0 else { continue }
            let again = TaskText(project: "web", title: "Automobile", body: "")
            index.add(id: like, scope: "a", title: "t", text: again, embedding: TextEmbedding(vector, model: "m"))
        }
        #expect(found(vector) == [like])
    }
}

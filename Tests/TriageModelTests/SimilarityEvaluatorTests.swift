import Testing
import TriageModel

@Suite struct SimilarityEvaluatorTests {
    private func task(_ title: String, _ group: String, query: Bool = true) -> GroupedTask {
        GroupedTask(text: TaskText(project: "web", title: title, body: ""), group: group, isQuery: query)
    }

    @Test func `recall and rank are those counted by hand`() throws {
        let tasks = [
            // Its like is the most similar: rank 1.
            task("login crashes after wrong password", "a"),
            task("login crashes after wrong password", "a", query: false),
            // Two of other groups are more similar than its like: rank 3.
            task("export invoice list as spreadsheet", "b"),
            task("export invoice list as spreadsheet file", "c", query: false),
            task("export invoice list as spreadsheet today", "d", query: false),
            task("spreadsheet export missing", "b", query: false),
            // Nothing in common with its like: not found.
            task("zebra stripes", "e"), task("quantum foam", "e", query: false),
            // No like at all: no query.
            task("lonely walrus", "f"),
        ]
        let found = try #require(SimilarityEvaluator.evaluate(tasks))
        #expect(found.tasks == 9)
        #expect(found.queries == 3)
        #expect(abs(found.recallAt1 - 1.0 / 3) < 1e-9)
        #expect(abs(found.recallAt5 - 2.0 / 3) < 1e-9)
        #expect(abs(found.recallAt10 - 2.0 / 3) < 1e-9)
        #expect(abs(found.reciprocalRankAt100 - (1 + 1.0 / 3) / 3) < 1e-9)
    }

    @Test func `precision counts every task, also those without a duplicate`() throws {
        let tasks = [
            task("login crashes after wrong password", "a"), task("login crashes after wrong password", "a"),
            task("export invoice list as spreadsheet", "b"), task("export invoice list as spreadsheet", "c"),
        ]
        let found = try #require(SimilarityEvaluator.evaluate(tasks))
        #expect(found.queries == 2)
        let sure = try #require(found.thresholds.last)
        #expect(sure.score == 0.9)
        #expect(sure.tasks == 4)
        #expect(sure.precision == 0.5)
    }

    @Test func `without a pair there is nothing to measure`() {
        #expect(SimilarityEvaluator.evaluate([]) == nil)
        #expect(SimilarityEvaluator.evaluate([task("one", "a"), task("two", "b")]) == nil)
    }
}

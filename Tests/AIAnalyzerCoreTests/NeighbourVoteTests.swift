import AIAnalyzerCore
import Contracts
import Testing

/// The vote of similar tasks, where no model is loaded.
@Suite struct NeighbourVoteTests {
    private let now = EventTime(microseconds: 1_700_000_000_000_000)

    private var task: TaskSnapshot {
        TaskSnapshot(
            taskID: .zero, tenant: "t", project: "p", author: "a", title: "It crashes", body: "", revision: 2,
            createdAt: now)
    }

    /// A neighbour that was said to be `category`; the rest of its confidence is the other label's.
    private func neighbour(
        _ similarity: Double, _ category: String, _ confidence: Double = 0.9, rung: Rung = .embedded,
        points: Double? = nil
    ) -> NeighbourVote.Neighbour {
        let other = category == "bug" ? "feature" : "bug"
        let analysis = Analysis(
            analysisID: Identifier(), taskID: Identifier(), revision: 1, modelVersion: "base-2", rung: rung,
            category: LabelSuggestion(
                value: category, confidence: confidence, zone: .auto,
                distribution: [category: confidence, other: 1 - confidence], reasons: []),
            effort: points.map {
                EffortSuggestion(points: $0, low: $0 - 1, high: $0 + 2, confidence: 0.5, enoughEvidence: true)
            }, analysedAt: now)
        return NeighbourVote.Neighbour(similarity: similarity, analysis: analysis)
    }

    private func vote(_ neighbours: [NeighbourVote.Neighbour]) -> Analysis? {
        NeighbourVote.analysis(id: .zero, of: task, neighbours: neighbours, because: "no model is loaded", at: now)
    }

    @Test func `what most similarity stands behind wins, not what most tasks do`() throws {
        let analysis = try #require(
            vote([
                neighbour(0.9, "bug"), neighbour(0.8, "bug"), neighbour(0.3, "feature"), neighbour(0.3, "feature"),
                neighbour(0.3, "feature"),
            ]))
        let category = try #require(analysis.category)
        #expect(category.value == "bug")
        let share = 1.7 / 2.6
        #expect(abs(category.confidence - share * 0.9) < 1e-9)
        #expect(category.confidence <= share)
        #expect(abs(category.distribution.values.reduce(0, +) - 1) < 1e-9)
        #expect(category.distribution["bug"] == category.confidence)
    }

    @Test func `it says honestly what it is`() throws {
        let analysis = try #require(vote((0..<5).map { _ in neighbour(0.9, "bug", 0.99) }))
        #expect(analysis.rung == .neighbours)
        #expect(analysis.degraded && analysis.reason == "no model is loaded")
        #expect(analysis.modelVersion == "neighbours-1")
        #expect(analysis.revision == 2)
        // All agree, each of them sure enough to act: a vote is a suggestion all the same.
        #expect(analysis.category?.zone == .suggest)
        #expect(analysis.category.map { $0.confidence <= 0.99 } == true)
    }

    @Test func `voters that were not sure make a question, however many agree`() {
        let analysis = vote((0..<10).map { _ in neighbour(0.9, "bug", 0.5) })
        #expect(analysis?.category?.zone == .ask)
        #expect(analysis.flatMap(\.category).map { abs($0.confidence - 0.5) < 1e-9 } == true)
    }

    @Test func `two neighbours are too few, and dissimilar ones are none`() {
        let two = [neighbour(1, "bug"), neighbour(1, "bug")]
        #expect(vote([]) == nil)
        #expect(vote(two) == nil)
        #expect(vote(two + [neighbour(NeighbourVote.minimumSimilarity - 0.01, "bug")]) == nil)
        #expect(vote(two + [neighbour(.nan, "bug")]) == nil)
        #expect(vote(two + [neighbour(NeighbourVote.minimumSimilarity, "bug")]) != nil)
    }

    @Test(arguments: [Rung.neighbours, .rules])
    func `a vote never echoes a vote or a rule`(rung: Rung) {
        let two = [neighbour(1, "bug"), neighbour(1, "bug")]
        #expect(vote(two + [neighbour(1, "bug", rung: rung)]) == nil)
    }

    @Test func `no more than the most similar are asked`() {
        let near = (0..<NeighbourVote.mostNeighbours).map { _ in neighbour(0.9, "bug") }
        let far = (0..<100).map { _ in neighbour(0.8, "feature") }
        #expect(vote(far + near)?.category?.value == "bug")
    }

    @Test func `the order of the neighbours changes nothing, not even between equals`() throws {
        let neighbours = [
            neighbour(0.5, "bug", 0.7, points: 3), neighbour(0.5, "feature", 0.7, points: 5),
            neighbour(0.7, "question", 0.6, points: 8), neighbour(0.7, "bug", 0.8, points: 1),
            neighbour(0.7, "question", 0.6, points: 2),
        ]
        let first = try #require(vote(neighbours))
        for _ in 0..<20 {
            let other = try #require(vote(neighbours.shuffled()))
            #expect(other.category?.value == first.category?.value)
            #expect(other.effort?.points == first.effort?.points)
        }
    }

    @Test func `effort is the weighted median, within its interval`() throws {
        let effort = try #require(
            vote([
                neighbour(0.9, "bug", points: 3), neighbour(0.9, "bug", points: 3), neighbour(0.3, "bug", points: 40),
            ])?.effort)
        #expect(effort.points == 3)
        #expect(effort.low == 2 && effort.high == 5)
        #expect(abs(effort.confidence - 0.5 * 1.8 / 2.1) < 1e-9)
    }

    @Test func `a confidence is never higher than the share of those who agree, over random votes`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let neighbours = (0..<Int.random(in: 3...15, using: &generator)).map { _ in
                neighbour(
                    Double.random(in: 0.25...1, using: &generator), ["bug", "feature"].randomElement() ?? "bug",
                    Double.random(in: 0...1, using: &generator))
            }
            let category = try #require(vote(neighbours)?.category)
            let agreeing = neighbours.filter { $0.analysis.category?.value == category.value }
            let share = agreeing.map(\.similarity).reduce(0, +) / neighbours.map(\.similarity).reduce(0, +)
            #expect(category.confidence <= share + 1e-9)
            #expect(share >= 0.5 - 1e-9)
            #expect(abs(category.distribution.values.reduce(0, +) - 1) < 1e-9)
            #expect(category.zone != .auto)
        }
    }
}

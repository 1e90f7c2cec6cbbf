import FeatureStore
import Foundation
import Testing

/// Parity finds nothing where what was served is right, and each way in which it can be wrong.
@Suite struct ParityTests {
    private static let set = FeatureSet.current
    private static let check = ParityCheck(sets: [set.fingerprint: set.references])
    private static let histories: [Int64: [HistoryEvent]] = [
        1: Histories.make(seed: 21, count: 300), 2: Histories.make(seed: 22, count: 500), 3: [],
    ]

    /// Predictions as a server with an online state would log them.
    private static func serve(lookAhead: Int64 = 0) -> [ServedPrediction] {
        var random = SeededGenerator(seed: 77)
        return (0..<500).map { index in
            let user: Int64 = Bool.random(using: &random) ? 1 : 3
            let userVersion = Int64.random(in: 0...Int64(histories[user]?.count ?? 0), using: &random)
            let projectVersion = Int64.random(in: 0...450, using: &random)
            let at = Histories.start + Int64.random(in: 0..<(420 * Histories.day), using: &random)
            let text = TextStatistics(title: "why?", body: String(repeating: "word ", count: index))
            func view(_ entity: Int64, _ version: Int64) -> HistoryView {
                Histories.state((histories[entity] ?? []).filter { $0.version <= version }).view(at: at)
            }
            let input = FeatureInput(
                at: at, text: text, user: view(user, userVersion), project: view(2, projectVersion + lookAhead))
            return ServedPrediction(
                name: "\(index)", set: set.fingerprint, at: at, userVersion: userVersion,
                projectVersion: projectVersion, values: set.values(of: input), text: text, user: user, project: 2)
        }
    }

    @Test func `what was served is what history gives`() {
        let report = Self.check.compare(Self.serve(), histories: Self.histories)
        #expect(report.isClean)
        #expect(report.predictions == 500)
        #expect(report.values == 500 * Self.set.definitions.count)
        #expect(report.notComparable.isEmpty)
    }

    @Test func `serving that looked one event ahead is found`() throws {
        let report = Self.check.compare(Self.serve(lookAhead: 1), histories: Self.histories)
        #expect(!report.isClean)
        #expect(report.mismatchedPredictions > 100)
        #expect(report.mismatchesByFeature.keys.allSatisfy { $0.hasPrefix("project:") })
        #expect(report.firstMismatches.count == ParityReport.examples)
    }

    @Test func `a fold that missed one event is found`() {
        var served = Self.serve()
        let without = (Self.histories[2] ?? []).filter { $0.version != 100 }
        for index in served.indices where served[index].projectVersion >= 100 {
            let view = Histories.state(without.filter { $0.version <= served[index].projectVersion })
                .view(at: served[index].at)
            for (place, definition) in Self.set.definitions.enumerated() where definition.entity == .project {
                served[index].values[place] = definition.value(
                    FeatureInput(at: served[index].at, text: TextStatistics(), user: view, project: view))
            }
        }
        #expect(Self.check.compare(served, histories: Self.histories).mismatchedPredictions > 10)
    }

    @Test func `a row that is gone from the history is found`() {
        var histories = Self.histories
        histories[2]?.removeAll { $0.version == 100 }
        let report = Self.check.compare(Self.serve(), histories: histories)
        #expect(report.missingHistory > 100)
        #expect(!report.isClean)
    }

    @Test func `a feature of another version isn't compared, and said`() {
        var references = Self.set.references
        references[0] = "user:tasks_4w@99"
        let report = ParityCheck(sets: [Self.set.fingerprint: references]).compare(
            Self.serve(), histories: Self.histories)
        #expect(report.notComparable == ["user:tasks_4w@99": 500])
        #expect(report.isClean)
    }

    @Test func `a set that nobody knows is no success`() {
        #expect(!ParityCheck(sets: [:]).compare(Self.serve(), histories: Self.histories).isClean)
    }

    @Test func `nothing compared is no success`() {
        #expect(!Self.check.compare([], histories: [:]).isClean)
    }
}

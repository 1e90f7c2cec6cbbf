import Testing
import TriageModel

@Suite struct DecisionTests {
    /// Ten of a hundred tasks are of the rare label, whose probability is higher for them but never the highest.
    private let judged = (0..<100).map { index -> DecisionFitter.Judged in
        let isRare = index % 10 == 0
        let rare = isRare ? 0.3 : 0.1 + Double(index % 7) / 100
        return DecisionFitter.Judged(
            project: UInt64(index % 2), scores: [rare, 1 - rare].map { Self.logarithm($0) }, truth: isRare ? 0 : 1)
    }

    /// Enough of ln for a test: its order and its differences count.
    private static func logarithm(_ value: Double) -> Double {
        var sum = 0.0
        let part = (value - 1) / (value + 1)
        var power = part
        for odd in stride(from: 1.0, through: 199, by: 2) {
            sum += power / odd
            power *= part * part
        }
        return 2 * sum
    }

    @Test func `offsets let a rare label be answered`() {
        let offsets = DecisionFitter.offsets(judged, labels: 2).map(Double.init)
        // Without them the rare label is never answered: F1 0 and 80/90 in the project that has it, 1 in the other.
        #expect(abs(DecisionFitter.macroF1(judged, [0, 0]) - ((0 + 80.0 / 90) / 2 + 1) / 2) < 1e-12)
        #expect(DecisionFitter.macroF1(judged, offsets) == 1)
        #expect(offsets[0] > offsets[1])
    }

    @Test func `the answer is the highest sum, the first of equals`() {
        #expect(DecisionFitter.pick([-1, -2], [0, 0]) == 0)
        #expect(DecisionFitter.pick([-1, -2], [0, 1.5]) == 1)
        #expect(DecisionFitter.pick([-1, -1], [0, 0]) == 0)
    }

    @Test func `a threshold takes the best F1 with enough precision`() {
        let scored: [(score: Float, isLabelled: Bool)] = [(3, true), (2, true), (1, false), (0, true), (-1, false)]
        // F1 after 1, 2, 3, 4, 5 of them: 2/4, 4/5, 4/6, 6/7, 6/8.
        let threshold = LabelsTrainer.threshold(scored)
        // Between 0 and -1, as a probability.
        #expect(threshold > 0.26 && threshold < 0.5)
        // No precision of a half: never answered.
        #expect(LabelsTrainer.threshold([(2, false), (1, false), (0, true)]) == 1)
        #expect(LabelsTrainer.threshold([]) == 1)
    }
}

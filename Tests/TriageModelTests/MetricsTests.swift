import Testing
import TriageModel

/// Every expected figure was worked out by hand; the sums stand beside it.
@Suite struct MetricsTests {
    private func answer(_ truth: Int, _ distribution: [Double], _ project: String = "p") -> LabelAnswer {
        LabelAnswer(project: project, truth: truth, distribution: distribution)
    }

    private func isNear(_ first: Double?, _ second: Double) -> Bool { first.map { abs($0 - second) < 1e-12 } ?? false }

    @Test func `F1, accuracy and ordinal distance of six tasks`() {
        // Truth 0 0 1 1 1 2, answers 0 1 1 1 2 0.
        let picks = [(0, 0), (0, 1), (1, 1), (1, 1), (1, 2), (2, 0)]
        let metrics = LabelMetrics(
            picks.map { truth, pick in answer(truth, (0..<3).map { $0 == pick ? 0.8 : 0.1 }) }, labels: ["a", "b", "c"])
        #expect(isNear(metrics.accuracy, 3.0 / 6))
        // a: 2*1/(2+2), b: 2*2/(3+3), c: 0.
        #expect(metrics.labels.map(\.f1) == [0.5, 4.0 / 6, 0])
        #expect(isNear(metrics.macroF1, (0.5 + 4.0 / 6) / 3))
        #expect(isNear(metrics.weightedF1, (2 * 0.5 + 3 * 4.0 / 6) / 6))
        // Distances 0 1 0 0 1 2.
        #expect(isNear(metrics.ordinalMAE, 4.0 / 6))
        #expect(isNear(metrics.labels[1].precision, 2.0 / 3))
        #expect(isNear(metrics.labels[0].recall, 1.0 / 2))
    }

    @Test func `a label that neither occurs nor is answered doesn't count in macro-F1`() {
        let metrics = LabelMetrics([answer(0, [0.9, 0.1, 0])], labels: ["a", "b", "c"])
        #expect(metrics.labels.map(\.label) == ["a"])
        #expect(metrics.macroF1 == 1)
    }

    @Test func `the area under the curve counts pairs, ties half`() {
        // Positives .9 .5, negatives .5 .1: pairs 1, 1, 1/2, 1 of 4.
        let scored = [(0.9, true), (0.5, true), (0.5, false), (0.1, false)]
        #expect(isNear(LabelMetrics.auc(scored.map { (score: $0.0, isPositive: $0.1) }), 3.5 / 4))
        #expect(LabelMetrics.auc([(score: 0.3, isPositive: true)]) == nil)
        #expect(LabelMetrics.auc([]) == nil)
    }

    @Test func `the calibration error is the mean gap of fifteen bins, closed above`() {
        // Bin (.5333, .6]: .6 right, .56 wrong: |1 - 1.16| = .16. Bin (.9333, 1]: 1 right: 0.
        // Bin (.6, .6667]: .61 wrong.
        let judged = [(0.6, true), (0.56, false), (1.0, true), (0.61, false)]
        let error = LabelMetrics.calibrationError(judged.map { (confidence: $0.0, isRight: $0.1) })
        #expect(isNear(error, (0.16 + 0 + 0.61) / 4))
    }

    @Test func `the mean over projects counts each project once`() {
        let answers = [
            answer(0, [0.9, 0.1], "x"), answer(1, [0.2, 0.8], "x"), answer(1, [0.3, 0.7], "x"),
            answer(0, [0.4, 0.6], "y"),
        ]
        let metrics = ProjectMetrics(answers, labels: ["a", "b"])
        #expect(metrics.meanAccuracy == 0.5)
        #expect(metrics.all.accuracy == 0.75)
        // y: a 0, b 0.
        #expect(metrics.meanMacroF1 == 0.5)
        // y has one class only and is left out.
        #expect(metrics.meanFirstLabelAUC == 1)
    }

    @Test func `effort errors, coverage and width`() {
        let metrics = EffortMetrics([
            EffortAnswer(project: "x", truth: 3, points: 5, low: 2, high: 8),
            EffortAnswer(project: "x", truth: 8, points: 5, low: 2, high: 8, hasEnoughEvidence: false),
            EffortAnswer(project: "y", truth: 13, points: 3, low: 1, high: 5),
        ])
        #expect(isNear(metrics.mae, 15.0 / 3))
        #expect(isNear(metrics.meanProjectMAE, (2.5 + 10) / 2))
        #expect(isNear(metrics.coverage, 2.0 / 3))
        #expect(isNear(metrics.meanProjectCoverage, 0.5))
        #expect(isNear(metrics.width, 16.0 / 3))
        #expect(isNear(metrics.enoughEvidenceShare, 2.0 / 3))
        #expect(isNear(metrics.maeWithEvidence, 6))
    }

    @Test func `sets of labels are judged by pairs and by label`() {
        let metrics = SetMetrics([
            (truth: ["a", "b"], answered: ["a"]), (truth: [], answered: ["b"]), (truth: ["a"], answered: ["a"]),
        ])
        #expect(isNear(metrics.microPrecision, 2.0 / 3))
        #expect(isNear(metrics.microRecall, 2.0 / 3))
        #expect(isNear(metrics.microF1, 4.0 / 6))
        // a: 1; b: 0.
        #expect(isNear(metrics.macroF1, 0.5))
        #expect(isNear(metrics.answeredPerTask, 1))
    }
}

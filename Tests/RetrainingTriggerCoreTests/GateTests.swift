import Contracts
import RetrainingTriggerCore
import Testing
import TriageModel

@Suite struct GateTests {
    private typealias Pairs = ModelComparison.Pairs

    /// By JSON: a test measures nothing, so it has no other way to an evaluation.
    private static func evaluation(microseconds: Double = 0) throws -> Evaluation {
        try ContractJSON.decode(
            Evaluation.self,
            from: JSONValue.object(["prediction_microseconds": .number(microseconds)]).text().utf8)
    }

    private static func comparison(
        _ contrasts: [Contrast], microseconds: (Double, Double) = (50, 50), bytes: (Int, Int) = (1, 1)
    ) throws -> ModelComparison {
        ModelComparison(
            champion: try evaluation(microseconds: microseconds.0),
            challenger: try evaluation(microseconds: microseconds.1),
            pairs: [Pairs(field: .category, tasks: contrasts.first?.tasks ?? 0, won: 3, lost: 1)],
            challengerSHA256: "", contrasts: contrasts, tasks: 200, groups: 200, championBytes: bytes.0,
            challengerBytes: bytes.1)
    }

    private static func accuracy(
        _ champion: Double?, _ challenger: Double?, chance: Double, tasks: Int = 200, slice: SliceName? = nil,
        isProtected: Bool = false, field: TriageField = .category
    ) -> Contrast {
        Contrast(
            field: field, measure: .accuracy, slice: slice, isProtected: isProtected, tasks: tasks,
            champion: champion, challenger: challenger, low: -0.1, high: 0.1, chance: chance)
    }

    private static func decide(_ contrasts: Contrast..., limits: GateLimits = GateLimits()) throws -> GateDecision {
        Gate.decide(try comparison(contrasts), limits: limits)
    }

    private static let payments = SliceName(.project, "payments")

    @Test func `a challenger that wins serves, and the reason has the numbers`() throws {
        let decision = try Self.decide(Self.accuracy(0.71, 0.78, chance: 0.99))
        #expect(decision.verdict == .promote)
        #expect(
            decision.reason == "not worse than the champion: category: 3 won, 1 lost of 200 held-out tasks, "
                + "accuracy 0.710 → 0.780")
    }

    @Test func `a loss that chance explains is no reason`() throws {
        #expect(try Self.decide(Self.accuracy(0.71, 0.70, chance: 0.3)).verdict == .promote)
    }

    @Test func `a small loss that chance hardly explains rejects`() throws {
        let decision = try Self.decide(Self.accuracy(0.71, 0.68, chance: 0.02))
        #expect(decision.verdict == .reject)
        #expect(
            decision.reason == "worse than the champion: all category accuracy 0.710 → 0.680 on 200 tasks: "
                + "worse by more than chance explains")
    }

    @Test func `a loss beyond the margin rejects without significance`() throws {
        let decision = try Self.decide(Self.accuracy(0.8, 0.7, chance: 0.4, tasks: 10))
        #expect(decision.verdict == .reject)
        #expect(decision.findings.first?.rule == "worse by more than 5 points")
        #expect(decision.findings.first?.limit == -0.05)
    }

    @Test func `of several fields each has its share of the level`() throws {
        // Alone .08 is significant at .1; of two fields the better one of them is not.
        #expect(try Self.decide(Self.accuracy(0.71, 0.69, chance: 0.08)).verdict == .reject)
        let both = try Self.decide(
            Self.accuracy(0.71, 0.69, chance: 0.08), Self.accuracy(0.6, 0.6, chance: 0.5, field: .priority))
        #expect(both.verdict == .promote)
    }

    @Test func `a field with too few labels does not speak, and when nothing speaks the champion stays`() throws {
        let decision = try Self.decide(Self.accuracy(0.9, 0.1, chance: 0.0005, tasks: 4))
        #expect(decision.verdict == .reject)
        #expect(decision.reason == "too little to judge by: 4 held-out labels, 5 needed")
        let other = try Self.decide(
            Self.accuracy(0.7, 0.8, chance: 0.9), Self.accuracy(0.9, 0.1, chance: 0.0005, tasks: 4, field: .priority))
        #expect(other.verdict == .promote)
    }

    @Test func `a challenger without answers is worse, a champion without them is beaten`() throws {
        #expect(try Self.decide(Self.accuracy(0.7, nil, chance: 0.5)).verdict == .reject)
        #expect(try Self.decide(Self.accuracy(nil, 0.2, chance: 0.5)).verdict == .promote)
    }

    @Test func `what is no reason on a slice is one on a protected slice`() throws {
        let good = Self.accuracy(0.7, 0.72, chance: 0.9)
        let slice = { isProtected in
            Self.accuracy(0.8, 0.72, chance: 0.2, tasks: 40, slice: Self.payments, isProtected: isProtected)
        }
        #expect(try Self.decide(good, slice(false)).verdict == .promote)
        let decision = try Self.decide(good, slice(true))
        #expect(decision.verdict == .reject)
        #expect(
            decision.reason == "worse than the champion: project:payments (protected) category accuracy "
                + "0.800 → 0.720 on 40 tasks: worse by more than 5 points")
    }

    @Test func `a protected slice with too few tasks is named as not judged`() throws {
        var slice = Self.accuracy(0.8, 0.2, chance: 0, tasks: 3, slice: Self.payments, isProtected: true)
        slice.chance = nil
        let decision = try Self.decide(Self.accuracy(0.7, 0.72, chance: 0.9), slice)
        #expect(decision.verdict == .promote)
        #expect(decision.reason.hasSuffix("; not judged: project:payments"))
        #expect(decision.findings.first { $0.isProtected }?.level == .note)
    }

    @Test func `another slice rejects when its loss is large and no chance among all slices`() throws {
        let good = Self.accuracy(0.7, 0.72, chance: 0.9)
        func slices(_ chance: Double, of count: Int) throws -> GateDecision {
            let rest = (1..<count).map {
                Self.accuracy(0.7, 0.7, chance: 0.5, tasks: 60, slice: SliceName(.project, "p\($0)"))
            }
            return Gate.decide(
                try Self.comparison(
                    [good, Self.accuracy(0.8, 0.6, chance: chance, tasks: 60, slice: Self.payments)] + rest))
        }
        #expect(try slices(0.02, of: 3).verdict == .reject)
        // One of twenty: that bad a slice comes by chance.
        let many = try slices(0.02, of: 20)
        #expect(many.verdict == .promote)
        #expect(many.findings.first { $0.slice == "project:payments" }?.level == .warning)
    }

    @Test func `a gross rise of time or size rejects, noise does not`() throws {
        let good = [Self.accuracy(0.7, 0.72, chance: 0.9)]
        func verdict(_ microseconds: (Double, Double), _ bytes: (Int, Int) = (1, 1)) throws -> GateDecision.Verdict {
            Gate.decide(try Self.comparison(good, microseconds: microseconds, bytes: bytes)).verdict
        }
        #expect(try verdict((50, 1_900)) == .promote)
        #expect(try verdict((50, 2_100)) == .reject)
        #expect(try verdict((50, 50), (2 << 20, 30 << 20)) == .promote)
        #expect(try verdict((50, 50), (2 << 20, 40 << 20)) == .reject)
        #expect(try verdict((50, 50), (10 << 20, 79 << 20)) == .promote)
    }

    @Test func `a model compared with itself neither wins nor loses`() throws {
        let base = try TriageModel.base()
        let examples = DatasetAssembly.assemble(
            (0..<40).map { number in
                FeedbackItem(
                    eventID: Identifier(), taskID: Identifier(), revision: 1,
                    text: TaskWords(project: "web", title: "Crash when saving \(number)", body: ""), judgedBy: "mia",
                    fields: [
                        JudgedField(
                            field: .category, value: .text(number < 3 ? "question" : "bug"), provenance: .human,
                            suggested: nil, confidence: nil)
                    ], time: .now, tenant: "default")
            })
        let comparison = ModelComparison(
            champion: base, challenger: base, examples: examples, limits: GateLimits())
        #expect(comparison.pairs == [Pairs(field: .category, tasks: 40)])
        #expect(comparison.challengerSHA256 == base.header.sha256)
        #expect(comparison.metrics["champion_category_accuracy"] == comparison.metrics["challenger_category_accuracy"])
        #expect(comparison.contrasts.allSatisfy { $0.difference == 0 })
        #expect(Gate.decide(comparison).verdict == .promote)
    }
}

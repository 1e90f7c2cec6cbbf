import Contracts
import RetrainingTriggerCore
import Testing
import TriageModel

@Suite struct GateTests {
    private typealias Pairs = ModelComparison.Pairs

    /// By JSON: a test measures nothing, so it has no other way to an evaluation.
    private static func evaluation(
        category: Double? = nil, priority: Double? = nil, effort: Double? = nil
    ) throws -> Evaluation {
        func head(_ macroF1: Double) -> JSONValue {
            [
                "count": .number(20), "accuracy": .number(macroF1), "macro_f1": .number(macroF1), "labels": .array([]),
                "project_macro_f1": .object([:]), "mean_project_macro_f1": .number(macroF1), "ece": .number(0),
                "zone_share": .object([:]), "zone_accuracy": .object([:]),
            ]
        }
        var members: [String: JSONValue] = ["prediction_microseconds": .number(0)]
        if let category { members["category"] = head(category) }
        if let priority { members["priority"] = head(priority) }
        if let effort {
            members["effort"] = [
                "count": .number(20), "mae": .number(effort), "project_mae": .object([:]),
                "mean_project_mae": .number(effort), "coverage": .number(0), "enough_evidence_share": .number(0),
            ]
        }
        return try ContractJSON.decode(Evaluation.self, from: JSONValue.object(members).text().utf8)
    }

    private func verdict(_ old: Evaluation, _ new: Evaluation, _ pairs: ModelComparison.Pairs...) -> Gate.Verdict {
        Gate.decide(ModelComparison(champion: old, challenger: new, pairs: pairs, challengerSHA256: ""))
    }

    @Test func `a challenger that wins serves, and the reason has the numbers`() throws {
        #expect(
            try verdict(
                Self.evaluation(category: 0.71), Self.evaluation(category: 0.78),
                Pairs(field: .category, tasks: 12, won: 3, lost: 1))
                == .promote(
                    reason: "not worse than the champion: category: 3 won, 1 lost of 12 held-out tasks, "
                        + "macro-F1 0.710 → 0.780"))
    }

    @Test func `a challenger that is equal serves`() throws {
        let same = try Self.evaluation(category: 0.71)
        guard case .promote = verdict(same, same, Pairs(field: .category, tasks: 12)) else {
            Issue.record("an equal challenger was rejected")
            return
        }
    }

    @Test func `a challenger that loses more than it wins is rejected`() throws {
        guard
            case .reject = try verdict(
                Self.evaluation(category: 0.71), Self.evaluation(category: 0.72),
                Pairs(field: .category, tasks: 12, won: 1, lost: 2))
        else {
            Issue.record("promoted")
            return
        }
    }

    @Test func `a challenger with a lower macro-F1 is rejected though it wins`() throws {
        guard
            case .reject = try verdict(
                Self.evaluation(category: 0.71), Self.evaluation(category: 0.70),
                Pairs(field: .category, tasks: 12, won: 2, lost: 1))
        else {
            Issue.record("promoted")
            return
        }
    }

    @Test func `one worse field rejects, and only it is named`() throws {
        #expect(
            try verdict(
                Self.evaluation(category: 0.7, effort: 2), Self.evaluation(category: 0.8, effort: 2.5),
                Pairs(field: .category, tasks: 12, won: 3), Pairs(field: .effort, tasks: 9, won: 4, lost: 4))
                == .reject(
                    reason: "worse than the champion: effort: 4 won, 4 lost of 9 held-out tasks, "
                        + "mean error 2.000 → 2.500"))
    }

    @Test func `a field with too few labels does not speak`() throws {
        guard
            case .promote = try verdict(
                Self.evaluation(category: 0.7, priority: 0.9), Self.evaluation(category: 0.8, priority: 0.1),
                Pairs(field: .category, tasks: 12, won: 3), Pairs(field: .priority, tasks: 4, lost: 3))
        else {
            Issue.record("rejected")
            return
        }
    }

    @Test func `when nothing speaks the champion stays`() throws {
        #expect(
            try verdict(
                Self.evaluation(category: 0.7), Self.evaluation(category: 0.8),
                Pairs(field: .category, tasks: 4, won: 3))
                == .reject(reason: "too little to judge by: 4 held-out labels, 5 needed"))
    }

    @Test func `a challenger without an answer is worse, a champion without one is beaten`() throws {
        let pairs = Pairs(field: .effort, tasks: 9, won: 9)
        guard case .promote = try verdict(Self.evaluation(), Self.evaluation(effort: 2), pairs) else {
            Issue.record("rejected")
            return
        }
        guard case .reject = try verdict(Self.evaluation(effort: 2), Self.evaluation(), pairs) else {
            Issue.record("promoted")
            return
        }
    }

    @Test func `a model compared with itself neither wins nor loses`() throws {
        let base = try TriageModel.base()
        let tasks = (0..<6).map { number in
            LabelledTask(
                id: "\(number)", text: TaskText(project: "web", title: "Crash when saving \(number)", body: ""),
                category: number < 3 ? "bug" : "feature")
        }
        let comparison = ModelComparison(champion: base, challenger: base, tasks: tasks)
        #expect(comparison.pairs == [Pairs(field: .category, tasks: 6)])
        #expect(comparison.challengerSHA256 == base.header.sha256)
        #expect(comparison.metrics["champion_category_accuracy"] == comparison.metrics["challenger_category_accuracy"])
    }
}

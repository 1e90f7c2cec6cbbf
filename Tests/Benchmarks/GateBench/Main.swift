import Contracts
import Dispatch
import Foundation
import RetrainingTriggerCore
import SpoiltData
import Synchronization
import TriageModel

/// How often the gate rejects challengers that are equal, worse and better; see `Tests/Benchmarks/gate`.
///
/// Two successive versions answer public issues that neither has seen. A held-out set is drawn from these answers, and of
/// each task who gave which answer is drawn anew: so both are exactly equal, and disagree as often as versions do. A worse
/// challenger loses that many of its right answers.
@main
struct GateBench {
    /// A quarter of these for the largest size.
    private static let simulations = 400
    private static let sizes = [50, 200, 1_000]
    private static let effects = [0, -0.05, -0.1, 0.05]

    static func main() throws {
        guard CommandLine.arguments.count > 1 else {
            FileHandle.standardError.write(Data("usage: GateBench FOLDER [SIMULATIONS]\n".utf8))
            exit(64)
        }
        let runs = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? simulations : simulations
        for isFirst in [false, true] {
            let pool = try AnswerPool(folder: CommandLine.arguments[1], isFirst: isFirst)
            say(isFirst ? "\n## The shipped model and the first training" : "## Two successive trainings")
            say(
                "\(pool.tasks.count) tasks; right \(text(pool.champion)) and \(text(pool.challenger)) of them, "
                    + "different answers \(text(pool.disagreement))")
            overall(pool, runs)
            protected(pool, runs)
        }
    }

    /// All tasks: one field, and two.
    private static func overall(_ pool: AnswerPool, _ runs: Int) {
        say(
            "\n| held out | fields | challenger | rejected | by a field | by macro-F1 | by calibration | by a slice | rule before |"
        )
        say("|---:|---:|---|---:|---:|---:|---:|---:|---:|")
        for size in sizes {
            for (fields, effects) in [(1, effects), (2, [0, -0.05])] {
                for effect in effects {
                    let decisions = simulate(size > 500 ? max(runs / 4, 1) : runs) { seed in
                        var draw = Draw(pool, seed: seed)
                        let tasks = draw.tasks(size, fields: fields, effect: effect)
                        let comparison = comparison(tasks, GateLimits())
                        return (Gate.decide(comparison), before(tasks, comparison))
                    }
                    func share(_ isSo: (GateDecision) -> Bool) -> String { percent(decisions.map { isSo($0.0) }) }
                    func by(_ fits: @escaping (GateFinding) -> Bool) -> String {
                        share { $0.findings.contains { $0.level == .failure && fits($0) } }
                    }
                    say(
                        "| \(size) | \(fields) | \(name(effect)) | \(share { $0.verdict == .reject }) "
                            + "| \(by { $0.slice == "all" && $0.measure.hasSuffix("accuracy") }) "
                            + "| \(by { $0.measure.hasSuffix("macro-F1") }) | \(by { $0.measure.hasSuffix("ECE") }) "
                            + "| \(by { $0.slice != "all" }) | \(percent(decisions.map(\.1))) |")
                }
            }
        }
    }

    /// One protected slice among equal ones: worse only there.
    private static func protected(_ pool: AnswerPool, _ runs: Int) {
        say(
            "\n| tasks in the protected slice | challenger there | rejected | by the slice | by it, margin 10 points |")
        say("|---:|---|---:|---:|---:|")
        let limits = protecting(margin: GateLimits().protectedMargin)
        let wide = protecting(margin: 0.1)
        for size in [20, 50, 200] {
            for effect in effects {
                let decisions = simulate(runs) { seed in
                    var draw = Draw(pool, seed: seed)
                    let rest = draw.tasks(2 * size, fields: 1, effect: 0)
                    let own = draw.tasks(size, fields: 1, effect: effect, project: "payments")
                    let comparison = comparison(rest + own, limits)
                    return (Gate.decide(comparison, limits: limits), Gate.decide(comparison, limits: wide))
                }
                func bySlice(_ decision: GateDecision) -> Bool {
                    decision.findings.contains { $0.isProtected && $0.level == .failure }
                }
                say(
                    "| \(size) | \(name(effect)) | \(percent(decisions.map { $0.0.verdict == .reject })) "
                        + "| \(percent(decisions.map { bySlice($0.0) })) | \(percent(decisions.map { bySlice($0.1) })) |"
                )
            }
        }
    }

    private static func protecting(margin: Double) -> GateLimits {
        var limits = GateLimits()
        limits.protectedSlices = [SliceName(.project, "payments")]
        limits.protectedMargin = margin
        return limits
    }

    private static func simulate<R: Sendable>(_ runs: Int, _ body: @Sendable (UInt64) -> R) -> [R] {
        let results = Mutex([R?](repeating: nil, count: runs))
        DispatchQueue.concurrentPerform(iterations: runs) { run in
            let result = body(UInt64(run + 1))
            results.withLock { $0[run] = result }
        }
        return results.withLock { $0 }.compactMap { $0 }
    }

    private static func comparison(_ tasks: [PairedTask], _ limits: GateLimits) -> ModelComparison {
        // Nothing is measured here: the costs are equal.
        let evaluation = Evaluator.evaluate(AnswerPool.base, on: [])
        return ModelComparison(
            champion: evaluation, challenger: evaluation, pairs: [], challengerSHA256: "",
            contrasts: ModelComparison.contrasts(tasks, limits), tasks: tasks.count, groups: tasks.count)
    }

    /// The rule of ADR 13: more lost than won, or a lower macro-F1.
    private static func before(_ tasks: [PairedTask], _ comparison: ModelComparison) -> Bool {
        TriageField.allCases.contains { field in
            let labels = tasks.compactMap { $0.labels[field] }
            let lost = labels.count { $0.champion == $0.truth && $0.challenger != $0.truth }
            let won = labels.count { $0.champion != $0.truth && $0.challenger == $0.truth }
            let macro = comparison.contrasts.first { $0.field == field && $0.measure == .macroF1 }
            return lost > won || (macro?.loss ?? 0) > 1e-9
        }
    }

    private static func percent(_ hits: [Bool]) -> String {
        let tenths = Int((Double(hits.count { $0 }) / Double(max(hits.count, 1)) * 1_000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }

    private static func name(_ effect: Double) -> String {
        effect == 0 ? "equal" : "\(Int((abs(effect) * 100).rounded())) points \(effect < 0 ? "worse" : "better")"
    }

    /// Each line as it comes.
    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private static func text(_ value: Double) -> String { String((value * 1_000).rounded() / 1_000) }
}

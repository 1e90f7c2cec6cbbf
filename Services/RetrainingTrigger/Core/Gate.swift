import Contracts
import TriageModel

/// Whether a challenger may serve.
///
/// It may when it is nowhere worse than the champion on the tasks that neither has seen: for each field with enough
/// held-out labels it must win at least as many tasks as it loses, and its macro-F1 must not be lower (for effort: its
/// mean error must not be higher). Being equal is enough, because it has learned from more.
///
/// Fields with fewer than `minimumHeldOut` labels don't speak: two tasks say nothing. When no field speaks, the
/// challenger is rejected: with a fifth held out that takes fewer than about 25 judged tasks, and the next feedback
/// brings the next training. A rejected challenger costs nothing, a worse champion costs trust.
package enum Gate {
    /// Labels of one field that it takes to judge it.
    package static let minimumHeldOut = 5

    package enum Verdict: Hashable, Sendable {
        case promote(reason: String)
        case reject(reason: String)
    }

    /// Equal input gives an equal answer; the reason carries the numbers.
    package static func decide(_ comparison: ModelComparison) -> Verdict {
        let judged = comparison.pairs.filter { $0.tasks >= minimumHeldOut }
        guard !judged.isEmpty else {
            let most = comparison.pairs.map(\.tasks).max() ?? 0
            return .reject(reason: "too little to judge by: \(most) held-out labels, \(minimumHeldOut) needed")
        }
        let findings = judged.map { finding(on: $0, comparison) }
        let worse = findings.filter(\.isWorse)
        let reason = (worse.isEmpty ? findings : worse).map(\.text).joined(separator: "; ")
        return worse.isEmpty
            ? .promote(reason: "not worse than the champion: \(reason)")
            : .reject(reason: "worse than the champion: \(reason)")
    }

    private struct Finding {
        let text: String
        let isWorse: Bool
    }

    private static func finding(on pairs: ModelComparison.Pairs, _ comparison: ModelComparison) -> Finding {
        let (name, old, new) = scores(of: pairs.field, comparison)
        let isLower = pairs.field == .effort ? worse(new, than: old, by: >) : worse(new, than: old, by: <)
        return Finding(
            text: "\(pairs.field.rawValue): \(pairs.won) won, \(pairs.lost) lost of \(pairs.tasks) held-out tasks, "
                + "\(name) \(text(old)) → \(text(new))",
            isWorse: pairs.lost > pairs.won || isLower)
    }

    private static func scores(
        of field: TriageField, _ comparison: ModelComparison
    ) -> (name: String, old: Double?, new: Double?) {
        switch field {
        case .category: ("macro-F1", comparison.champion.category?.macroF1, comparison.challenger.category?.macroF1)
        case .priority: ("macro-F1", comparison.champion.priority?.macroF1, comparison.challenger.priority?.macroF1)
        case .effort: ("mean error", comparison.champion.effort?.mae, comparison.challenger.effort?.mae)
        }
    }

    /// A challenger without an answer is worse; against a champion without one, any is good. Differences that only
    /// the order of additions makes don't count.
    private static func worse(_ new: Double?, than old: Double?, by isWorse: (Double, Double) -> Bool) -> Bool {
        guard let old else { return false }
        guard let new else { return true }
        return abs(new - old) > 1e-9 && isWorse(new, old)
    }

    /// Three digits after the point.
    private static func text(_ value: Double?) -> String {
        guard let value else { return "none" }
        let thousandths = Int((value * 1_000).rounded())
        let digits = String(thousandths % 1_000)
        return "\(thousandths / 1_000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
}

import Contracts
import Glibc

/// How far what is suggested has moved between two ranges of time.
package enum Drift {
    /// Fewer tasks in either range say nothing.
    package static let fewest = 100

    /// The population stability index over labels: below .1 nothing has moved, from .25 on much has (the usual reading).
    ///
    /// Half a task is added to each label, so that one that is missing in a range doesn't make it infinite.
    /// - Returns: nil where a range has fewer than `fewest` tasks.
    package static func stabilityIndex(now: [String: Int], before: [String: Int]) -> Double? {
        let totals = (now: now.values.reduce(0, +), before: before.values.reduce(0, +))
        guard totals.now >= fewest, totals.before >= fewest else { return nil }
        let labels = Set(now.keys).union(before.keys)
        let half = 0.5 * Double(labels.count)
        return labels.reduce(0) { sum, label in
            let p = (Double(now[label] ?? 0) + 0.5) / (Double(totals.now) + half)
            let q = (Double(before[label] ?? 0) + 0.5) / (Double(totals.before) + half)
            return sum + (p - q) * log(p / q)
        }
    }
}

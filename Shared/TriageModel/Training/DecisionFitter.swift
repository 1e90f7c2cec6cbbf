/// Finds how a head of unequal labels should pick: rare labels are never the most probable ones, but often the better
/// guess where each label counts as much as the others.
///
/// The answer is the label with the highest ln(probability) + offset; probabilities stay as they were calibrated, and so
/// does their order of the tasks. Chosen by macro-F1, the mean of the projects, on tasks that weren't trained on.
package enum DecisionFitter {
    /// One task that wasn't trained on.
    package struct Judged: Sendable {
        let project: UInt64
        /// ln of each label's probability.
        let scores: [Double]
        let truth: Int

        package init(project: UInt64, scores: [Double], truth: Int) {
            self.project = project
            self.scores = scores
            self.truth = truth
        }
    }

    private static let step = 0.1
    private static let reach = 12

    /// An offset for each label; starts where every label counts the same, then moves one label after the other.
    package static func offsets(_ judged: [Judged], labels: Int) -> [Float] {
        var counts = [Double](repeating: 0.5, count: labels)
        for task in judged { counts[task.truth] += 1 }
        let total = counts.reduce(0, +)
        var offsets = counts.map { -Logarithm.natural($0 / total) }
        for _ in 0..<2 {
            for label in offsets.indices {
                let start = offsets[label]
                let figures = (-reach...reach).map { move -> Double in
                    offsets[label] = start + Double(move) * step
                    return macroF1(judged, offsets)
                }
                offsets[label] = start + Double(best(figures) - reach) * step
            }
        }
        let lowest = offsets.min() ?? 0
        return offsets.map { Float($0 - lowest) }
    }

    /// The place of the highest mean over three neighbours, so that no lucky spike wins; the middle one of equals.
    private static func best(_ figures: [Double]) -> Int {
        let smooth = figures.indices.map { place in
            LabelMetrics.mean(Array(figures[max(0, place - 1)...min(figures.count - 1, place + 1)]))
        }
        let highest = smooth.max() ?? 0
        let middle = figures.count / 2
        return smooth.indices.filter { smooth[$0] >= highest - 1e-12 }.min { abs($0 - middle) < abs($1 - middle) }
            ?? middle
    }

    /// The label that offsets pick; the first of equals.
    package static func pick(_ scores: [Double], _ offsets: [Double]) -> Int {
        var best = 0
        for label in scores.indices where scores[label] + offsets[label] > scores[best] + offsets[best] { best = label }
        return best
    }

    /// Mean over the projects of the mean of the labels' F1.
    package static func macroF1(_ judged: [Judged], _ offsets: [Double]) -> Double {
        var confusion: [UInt64: [Int]] = [:]
        let count = offsets.count
        for task in judged {
            let cell = task.truth * count + pick(task.scores, offsets)
            confusion[task.project, default: [Int](repeating: 0, count: count * count)][cell] += 1
        }
        let figures = confusion.sorted { $0.key < $1.key }.map { _, cells in
            LabelMetrics.mean(
                (0..<count).compactMap { label -> Double? in
                    let truths = (0..<count).reduce(0) { $0 + cells[label * count + $1] }
                    let picked = (0..<count).reduce(0) { $0 + cells[$1 * count + label] }
                    guard truths + picked > 0 else { return nil }
                    return 2 * Double(cells[label * count + label]) / Double(truths + picked)
                })
        }
        return LabelMetrics.mean(figures)
    }
}

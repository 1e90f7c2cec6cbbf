/// Story points as labels: estimates fall on few values, so the head predicts a distribution over them.
///
/// The values are those that the training tasks have, and a project answers with its own values only: those that
/// several of its tasks had. The head is cumulative: its score of a value says how likely the points are at most that.
package enum EffortScale {
    /// Values that a head tells apart.
    static let maximumValues = 24
    /// Tasks of a project that make a value its own.
    static let minimumTasks = 5
    /// A text of fewer words tells nothing about effort.
    static let minimumWords = 4
    /// The quantiles of the interval where nothing was calibrated.
    static let usualQuantiles = [0.1, 0.9]
    /// A distribution must have at most this share of the entropy of its project's mix to tell more than the mix.
    static let informedEntropy = 0.9

    /// The name of a value as a label, such as `3` or `0.5`.
    package static func name(_ points: Double) -> String {
        points == points.rounded() && abs(points) < 1e15 ? String(Int(points)) : String(points)
    }

    /// The values that tasks have, ascending: a base's, then the most frequent ones.
    package static func values(_ efforts: [Double], base: [Double]) -> [Double] {
        var counts: [Double: Int] = [:]
        for effort in efforts where effort.isFinite && effort > 0 { counts[effort, default: 0] += 1 }
        let found = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key).filter { !base.contains($0) }
        return (base + found.prefix(max(0, maximumValues - base.count))).sorted()
    }

    /// Where the value nearest by ratio stands, among `labels` if they are given.
    package static func label(of effort: Double, in values: [Double], among labels: [Int]? = nil) -> Int {
        let candidates = labels ?? Array(values.indices)
        return candidates.min { ratio(values[$0], effort) < ratio(values[$1], effort) } ?? 0
    }

    private static func ratio(_ first: Double, _ second: Double) -> Double {
        first > second ? first / second : second / first
    }

    /// A project's own values and how mixed its tasks are.
    static func scale(_ labels: [Int], count: Int) -> HeadOptions.Scale {
        var counts = [Int](repeating: 0, count: count)
        for label in labels { counts[label] += 1 }
        // Few tasks: two values that occur at all.
        let frequent = counts.indices.filter { counts[$0] >= minimumTasks }
        let own = frequent.count > 1 ? frequent : counts.indices.filter { counts[$0] > 0 }
        let total = Double(own.reduce(0) { $0 + counts[$1] })
        return HeadOptions.Scale(
            labels: own, entropy: Float(entropy(own.map { Double(counts[$0]) / max(1, total) })))
    }

    /// From a cumulative head's scores to the probability of each of `labels`; never falls below 0.
    package static func distribution(_ scores: [Float], among labels: [Int]) -> [Double] {
        var reached = 0.0
        return labels.enumerated().map { place, label in
            let upTo = place == labels.count - 1 ? 1 : max(reached, sigmoid(Double(scores[label])))
            defer { reached = upTo }
            return upTo - reached
        }
    }

    private static func sigmoid(_ score: Double) -> Double {
        1 / (1 + Logarithm.exponential(-max(-60, min(60, score))))
    }

    /// The first place up to which at least `share` of the probability lies.
    package static func quantile(_ share: Double, _ probabilities: [Double]) -> Int {
        var sum = 0.0
        for index in probabilities.indices {
            sum += probabilities[index]
            if sum >= share - 1e-12 { return index }
        }
        return probabilities.count - 1
    }

    static func entropy(_ probabilities: [Double]) -> Double {
        probabilities.reduce(0) { $0 - ($1 > 0 ? $1 * Logarithm.natural($1) : 0) }
    }

    /// The middle and the interval of a head's answer.
    ///
    /// There is enough evidence for a project that the head was trained on, a text of some words, and a distribution that
    /// is clearly less mixed than the project's tasks are.
    static func prediction(_ head: Head, project: UInt64, scores: [Float], words: Int) -> EffortPrediction? {
        let values = head.options.points ?? head.labels.compactMap { Double($0) }
        guard values.count == head.labels.count, !values.isEmpty else { return nil }
        let scale = head.scale(of: project)
        let labels = scale?.labels ?? Array(values.indices)
        let isCumulative = head.options.isOrdinal == true
        let probabilities =
            isCumulative
            ? distribution(scores, among: labels) : Head.probabilities(scores, head.calibration(project: project))
        let mixed = scale.map { Double($0.entropy) } ?? entropy(head.prior.map(Double.init))
        let quantiles = head.options.quantiles ?? usualQuantiles
        let median = quantile(0.5, probabilities)
        return EffortPrediction(
            points: values[labels[median]], low: values[labels[min(median, quantile(quantiles[0], probabilities))]],
            high: values[labels[max(median, quantile(quantiles[1], probabilities))]], confidence: probabilities[median],
            hasEnoughEvidence: (scale != nil || !isCumulative) && words >= minimumWords
                && entropy(probabilities) < mixed * informedEntropy)
    }
}

extension Head {
    /// A project's own values; nil for projects not trained on and for heads without.
    func scale(of project: UInt64) -> HeadOptions.Scale? {
        guard let scales = options.scales, let place = projects.firstIndex(of: project), place < scales.count else {
            return nil
        }
        return scales[place]
    }
}

/// Fits the quantiles of the interval on distributions of tasks that weren't trained on.
package enum IntervalFitter {
    /// One task's distribution over its project's values, and where the truth stands among them.
    package struct Judged: Sendable {
        let project: UInt64
        let probabilities: [Double]
        let truth: Int

        package init(project: UInt64, probabilities: [Double], truth: Int) {
            self.project = project
            self.probabilities = probabilities
            self.truth = truth
        }
    }

    static let minimumTasks = 100
    static let goal = 0.8

    /// The narrowest quantiles (a, 1 - a) whose interval holds 80 % of the tasks, as the mean of the projects, in each
    /// slice: estimates drift, so that the mean of all slices would promise too much for the next one. Nil for few tasks.
    package static func quantiles(_ slices: [[Judged]]) -> [Double]? {
        guard slices.reduce(0, { $0 + $1.count }) >= minimumTasks else { return nil }
        let steps = stride(from: 120, through: 8, by: -1).map { Double($0) / 400 }
        let level = steps.first { level in slices.allSatisfy { $0.isEmpty || coverage($0, level) >= goal } } ?? 0.02
        return [level, 1 - level]
    }

    /// The share of tasks within the interval, as the mean of the projects.
    package static func coverage(_ judged: [Judged], _ level: Double) -> Double {
        let shares = Dictionary(grouping: judged, by: \.project).sorted { $0.key < $1.key }.map { _, tasks in
            let held = tasks.count { task in
                let median = EffortScale.quantile(0.5, task.probabilities)
                let low = min(median, EffortScale.quantile(level, task.probabilities))
                let high = max(median, EffortScale.quantile(1 - level, task.probabilities))
                return low <= task.truth && task.truth <= high
            }
            return Double(held) / Double(tasks.count)
        }
        return LabelMetrics.mean(shares)
    }
}

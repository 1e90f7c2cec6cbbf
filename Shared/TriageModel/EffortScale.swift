/// Story points as labels: estimates fall on few values, so the head predicts a distribution over them.
enum EffortScale {
    /// The values, ascending.
    static let points: [Double] = [1, 2, 3, 5, 8, 13, 20, 40]
    static let labels = points.map { String(Int($0)) }
    /// A text of fewer words tells nothing about effort.
    static let minimumWords = 4

    /// The label whose value is nearest by ratio.
    static func label(of effort: Double) -> Int {
        let effort = Swift.max(effort, 0.5)
        return points.indices.min { ratio(points[$0], effort) < ratio(points[$1], effort) } ?? 0
    }

    private static func ratio(_ first: Double, _ second: Double) -> Double {
        first > second ? first / second : second / first
    }

    /// The middle and the 80 % interval of a distribution over `points`.
    static func prediction(_ probabilities: [Double], prior: [Float], words: Int) -> EffortPrediction {
        let median = quantile(0.5, probabilities)
        let isNarrower = entropy(probabilities) < entropy(prior.map(Double.init)) * 0.9
        return EffortPrediction(
            points: points[median], low: points[quantile(0.1, probabilities)],
            high: points[quantile(0.9, probabilities)], confidence: probabilities[median],
            hasEnoughEvidence: isNarrower && words >= minimumWords)
    }

    /// The first value up to which at least `share` of the probability lies.
    static func quantile(_ share: Double, _ probabilities: [Double]) -> Int {
        var sum = 0.0
        for index in probabilities.indices {
            sum += probabilities[index]
            if sum >= share { return index }
        }
        return probabilities.count - 1
    }

    private static func entropy(_ probabilities: [Double]) -> Double {
        probabilities.reduce(0) { $0 - ($1 > 0 ? $1 * Logarithm.natural($1) : 0) }
    }
}

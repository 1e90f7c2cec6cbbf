/// How the answers of words and of a vector become one: the sum of their log-probabilities with a weight each, fitted on
/// tasks that neither was trained on (stacking, Wolpert 1992; as a logarithmic opinion pool, Genest and Zidek 1986).
struct EmbeddingBlend: Sendable, Equatable, Codable {
    /// Weight of what the words say.
    var words: Float
    /// Weight of what the vector says.
    var vectors: Float
    /// From the sums to probabilities and zones.
    var calibration: Calibration

    /// Weights as they were on public data, where nothing else is known; nothing is automatic.
    static func unknown(labels: Int) -> EmbeddingBlend {
        var calibration = Calibration.unknown(labels: labels)
        calibration.scale = 1
        return EmbeddingBlend(words: 0.9, vectors: 0.5, calibration: calibration)
    }

    /// The sums, from logarithms of probabilities.
    func sums(words: [Double], vector: [Double]) -> [Float] {
        zip(words, vector).map { Float(Double(self.words) * $0 + Double(vectors) * $1) }
    }

    func sums(_ example: BlendExample) -> [Float] { sums(words: example.words, vector: example.vector) }

    static func logarithm(_ probability: Double) -> Double { Logarithm.natural(max(probability, 1e-12)) }

    static func logSoftmax(_ scores: [Double]) -> [Double] {
        let highest = scores.max() ?? 0
        let sum = scores.reduce(0) { $0 + Logarithm.exponential($1 - highest) }
        let total = highest + Logarithm.natural(sum)
        return scores.map { $0 - total }
    }

    /// Whether what an artifact says can be computed with.
    func isUsable(labels: Int) -> Bool {
        (0...100).contains(words) && (0...100).contains(vectors) && calibration.isUsable(labels: labels)
    }
}

/// One task that neither the words' head nor the vectors' was trained on.
struct BlendExample {
    /// Logarithm of each label's probability, from the words.
    let words: [Double]
    /// The same from the vector.
    let vector: [Double]
    let label: Int
    let weight: Double
}

/// Fits the two weights of a blend.
enum BlendFitter {
    /// So many made-up tasks hold the weights at where they started.
    private static let pull = 10.0
    /// Vectors that get less are of no help.
    static let leastWeight: Float = 0.02

    /// The weights with the smallest log loss, by Newton's method on a convex function of two numbers.
    static func fit(_ examples: [BlendExample], start: EmbeddingBlend) -> EmbeddingBlend {
        let origin = (Double(start.words), Double(start.vectors))
        var point = origin
        var current = Loss(examples, at: point, origin: origin, pull: pull)
        for _ in 0..<30 {
            let step = current.step
            var share = 1.0
            var next = current
            var moved = point
            // Halved until it is better: Newton's step may be too long where the function bends.
            repeat {
                moved = (max(0, point.0 - share * step.0), max(0, point.1 - share * step.1))
                next = Loss(examples, at: moved, origin: origin, pull: pull)
                share /= 2
            } while next.value > current.value && share > 1e-4
            guard next.value < current.value else { break }
            let gain = current.value - next.value
            (point, current) = (moved, next)
            if gain < 1e-9 * abs(current.value) { break }
        }
        var blend = start
        blend.words = Float(min(100, point.0))
        blend.vectors = Float(min(100, point.1))
        return blend
    }

    /// The log loss with its slope and curvature at a point.
    private struct Loss {
        private(set) var value = 0.0
        private var slope = (0.0, 0.0)
        private var curvature = (0.0, 0.0, 0.0)

        init(_ examples: [BlendExample], at point: (Double, Double), origin: (Double, Double), pull: Double) {
            for example in examples {
                let sums = zip(example.words, example.vector).map { point.0 * $0 + point.1 * $1 }
                let logs = EmbeddingBlend.logSoftmax(sums)
                value -= example.weight * logs[example.label]
                var mean = (0.0, 0.0)
                var square = (0.0, 0.0, 0.0)
                for label in logs.indices {
                    let share = Logarithm.exponential(logs[label])
                    let (words, vector) = (example.words[label], example.vector[label])
                    mean = (mean.0 + share * words, mean.1 + share * vector)
                    square.0 += share * words * words
                    square.1 += share * words * vector
                    square.2 += share * vector * vector
                }
                slope.0 += example.weight * (mean.0 - example.words[example.label])
                slope.1 += example.weight * (mean.1 - example.vector[example.label])
                curvature.0 += example.weight * (square.0 - mean.0 * mean.0)
                curvature.1 += example.weight * (square.1 - mean.0 * mean.1)
                curvature.2 += example.weight * (square.2 - mean.1 * mean.1)
            }
            let move = (point.0 - origin.0, point.1 - origin.1)
            value += pull / 2 * (move.0 * move.0 + move.1 * move.1)
            slope = (slope.0 + pull * move.0, slope.1 + pull * move.1)
            curvature = (curvature.0 + pull, curvature.1, curvature.2 + pull)
        }

        /// Newton's step, to be taken away; the pull keeps the determinant above zero.
        var step: (Double, Double) {
            let determinant = curvature.0 * curvature.2 - curvature.1 * curvature.1
            return (
                (curvature.2 * slope.0 - curvature.1 * slope.1) / determinant,
                (curvature.0 * slope.1 - curvature.1 * slope.0) / determinant
            )
        }
    }
}

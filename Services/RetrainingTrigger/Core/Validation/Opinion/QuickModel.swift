import Glibc

/// A text as numbers: its hashed words, and what the shipped model says of it.
struct QuickFeatures: Sendable {
    var places: [UInt32]
    var values: [Float]
}

/// Multinomial logistic regression over hashed words: trained in a moment and good enough to find labels that most others
/// contradict. It never serves.
///
/// Stochastic gradient descent with AdaGrad's step sizes (Duchi, Hazan and Singer, 2011), in an order that only the
/// number of examples decides, so that equal input gives an equal model.
struct QuickModel: Sendable {
    static let buckets = 1 << 15
    private static let epochs = 8
    private static let rate: Float = 0.5
    private static let decay: Float = 1e-5

    private let labels: Int
    private var weights: [Float]

    /// - Parameter extra: places above `buckets`.
    init(_ rows: [Int], features: [QuickFeatures], truth: [Int], labels: Int, extra: Int) {
        self.labels = labels
        let count = (Self.buckets + extra) * labels
        weights = [Float](repeating: 0, count: count)
        var squares = [Float](repeating: 1e-4, count: count)
        var order = rows
        var probabilities = [Float](repeating: 0, count: labels)
        for epoch in 0..<Self.epochs {
            Self.shuffle(&order, seed: UInt64(epoch + 1))
            for row in order {
                score(features[row], into: &probabilities)
                let text = features[row]
                for (place, value) in zip(text.places, text.values) {
                    for label in 0..<labels {
                        let index = Int(place) * labels + label
                        let error = probabilities[label] - (truth[row] == label ? 1 : 0)
                        let gradient = error * value + Self.decay * weights[index]
                        squares[index] += gradient * gradient
                        weights[index] -= Self.rate * gradient / squares[index].squareRoot()
                    }
                }
            }
        }
    }

    /// The probability of each label.
    func predict(_ features: QuickFeatures) -> [Float] {
        var probabilities = [Float](repeating: 0, count: labels)
        score(features, into: &probabilities)
        return probabilities
    }

    private func score(_ text: QuickFeatures, into scores: inout [Float]) {
        for label in 0..<labels { scores[label] = 0 }
        for (place, value) in zip(text.places, text.values) {
            let start = Int(place) * labels
            for label in 0..<labels { scores[label] += weights[start + label] * value }
        }
        let most = scores.max() ?? 0
        var sum: Float = 0
        for label in 0..<labels {
            scores[label] = expf(scores[label] - most)
            sum += scores[label]
        }
        for label in 0..<labels { scores[label] /= sum }
    }

    /// Fisher and Yates, with a generator of our own: the order is the same everywhere.
    private static func shuffle(_ rows: inout [Int], seed: UInt64) {
        guard rows.count > 1 else { return }
        var state = mixed(seed)
        for index in stride(from: rows.count - 1, to: 0, by: -1) {
            state = mixed(state &+ 0x9e37_79b9_7f4a_7c15)
            rows.swapAt(index, Int(state % UInt64(index + 1)))
        }
    }
}

extension QuickFeatures {
    /// Of all texts: TF-IDF with logarithms, titles apart from bodies and both of length one, then a bias and the extra
    /// numbers.
    static func make(_ texts: [TextFacts], extra: [[Float]]) -> [QuickFeatures] {
        let fields = texts.map { [counts($0.title, salt: 1), counts($0.body, salt: 2)] }
        var frequency = [Float](repeating: 0, count: QuickModel.buckets)
        for text in fields { for field in text { for place in field.keys { frequency[Int(place)] += 1 } } }
        let total = Float(texts.count + 1)
        return zip(fields, extra).map { fields, extra in
            var features = QuickFeatures(places: [], values: [])
            for field in fields {
                let entries = field.sorted { $0.key < $1.key }.map { place, count in
                    (place, (1 + logf(count)) * logf(total / (frequency[Int(place)] + 0.5)))
                }
                let length = max(entries.reduce(0) { $0 + $1.1 * $1.1 }.squareRoot(), 1e-6)
                features.places += entries.map(\.0)
                features.values += entries.map { $0.1 / length }
            }
            for (number, value) in ([0.3] + extra).enumerated() {
                features.places.append(UInt32(QuickModel.buckets + number))
                features.values.append(value)
            }
            return features
        }
    }

    private static func counts(_ words: [UInt64], salt: UInt64) -> [UInt32: Float] {
        var counts: [UInt32: Float] = [:]
        for word in words {
            counts[UInt32(mixed(word ^ mixed(salt)) % UInt64(QuickModel.buckets)), default: 0] += 1
        }
        return counts
    }
}

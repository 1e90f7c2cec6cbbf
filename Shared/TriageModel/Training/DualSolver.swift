/// A linear classifier for two classes by dual coordinate descent, regularised towards given start weights.
///
/// Minimises |w - start|^2 / 2 + sum of cost * loss: with no examples the start weights stay as they are.
/// The same seed and examples give the same bits.
struct DualSolver {
    enum Loss: Sendable {
        /// max(0, 1 - margin)^2: the support vector machine.
        case squaredHinge
        /// ln(1 + e^-margin): logistic regression.
        case logistic
    }

    let loss: Loss
    /// Largest change of a dual variable, relative to its cost, that ends the training.
    var tolerance: Float = 0.01
    var maximumEpochs = 60

    /// - Parameters:
    ///   - signs: +1 or -1 for each example.
    ///   - costs: the weight of each example's loss; 0 leaves it out.
    ///   - weights: the start weights, changed in place.
    func solve(
        _ examples: Examples, signs: [Float], costs: [Float], seed: UInt64, weights: inout [Float]
    ) {
        var order = costs.indices.filter { costs[$0] > 0 }
        var alphas = [Float](repeating: 0, count: examples.count)
        var random = SplitMix64(seed: seed)
        examples.rows.withUnsafeBufferPointer { rows in
            examples.values.withUnsafeBufferPointer { values in
                examples.steps.withUnsafeBufferPointer { steps in
                    weights.withUnsafeMutableBufferPointer { weights in
                        let view = View(rows: rows, values: values, steps: steps, weights: weights)
                        if loss == .logistic {
                            for index in order {
                                alphas[index] = min(0.001 * costs[index], 1e-6)
                                view.add(
                                    alphas[index] * signs[index], examples.starts[index]..<examples.starts[index + 1])
                            }
                        }
                        for _ in 0..<maximumEpochs {
                            order.shuffle(using: &random)
                            var largest: Float = 0
                            for index in order {
                                let range = examples.starts[index]..<examples.starts[index + 1]
                                let margin = signs[index] * view.product(range)
                                let old = alphas[index]
                                let new =
                                    loss == .squaredHinge
                                    ? hinge(old, margin, examples.squares[index], costs[index])
                                    : logistic(old, margin, examples.squares[index], costs[index])
                                guard new != old else { continue }
                                alphas[index] = new
                                view.add((new - old) * signs[index], range)
                                largest = max(largest, abs(new - old) / costs[index])
                            }
                            if largest < tolerance { break }
                        }
                    }
                }
            }
        }
    }

    private func hinge(_ alpha: Float, _ margin: Float, _ square: Float, _ cost: Float) -> Float {
        let diagonal = 0.5 / cost
        let gradient = margin - 1 + diagonal * alpha
        return max(0, alpha - gradient / (square + diagonal))
    }

    /// Newton steps on one variable of the dual of logistic regression, which stays between 0 and `cost`.
    private func logistic(_ alpha: Float, _ margin: Float, _ square: Float, _ cost: Float) -> Float {
        let cost = Double(cost)
        let square = Double(square)
        let margin = Double(margin)
        let old = Double(alpha)
        var z = Swift.min(Swift.max(old, 1e-9 * cost), cost * (1 - 1e-9))
        for _ in 0..<8 {
            let gradient = square * (z - old) + margin + Logarithm.natural(z / (cost - z))
            let curvature = square + cost / (z * (cost - z))
            let next = z - gradient / curvature
            let bounded = next <= 0 ? z / 10 : (next >= cost ? z + (cost - z) * 0.9 : next)
            if abs(bounded - z) < 1e-6 * cost { return Float(bounded) }
            z = bounded
        }
        return Float(z)
    }

    private struct View {
        let rows: UnsafeBufferPointer<UInt32>
        let values: UnsafeBufferPointer<Float>
        let steps: UnsafeBufferPointer<Float>
        let weights: UnsafeMutableBufferPointer<Float>

        @inline(__always) func product(_ range: Range<Int>) -> Float {
            // Two sums, so that the additions overlap.
            var even: Float = 0
            var odd: Float = 0
            var index = range.lowerBound
            while index &+ 1 < range.upperBound {
                even += weights[Int(rows[index])] * values[index]
                odd += weights[Int(rows[index &+ 1])] * values[index &+ 1]
                index &+= 2
            }
            if index < range.upperBound { even += weights[Int(rows[index])] * values[index] }
            return even + odd
        }

        @inline(__always) func add(_ factor: Float, _ range: Range<Int>) {
            for index in range { weights[Int(rows[index])] += factor * steps[index] }
        }
    }
}

/// A small seeded generator: the same numbers on every machine.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A linear classifier by dual coordinate descent, regularised towards given start weights.
///
/// Minimises sum of (w - start)^2 / (2 * prior variance) + sum of cost * loss, for all labels in one pass over the
/// examples: with no examples the start weights stay as they are. The prior variance of a row is 1, or what
/// `Examples` made of it. The same seed and examples give the same bits.
///
/// Sources: Hsieh et al., A Dual Coordinate Descent Method for Large-scale Linear SVM, ICML 2008; Yu, Huang and Lin,
/// Dual Coordinate Descent Methods for Logistic Regression and Maximum Entropy Models, Machine Learning 85, 2011.
struct DualSolver {
    enum Loss: Sendable {
        /// max(0, 1 - margin)^2 for each label against the others: the support vector machine.
        case squaredHinge
        /// Minus the logarithm of the label's softmax: multinomial logistic regression.
        case logistic
        /// For labels in order: ln(1 + e^-margin) for each but the last, of "at most this label" against "above it".
        case cumulative
    }

    let loss: Loss
    /// Largest change of a dual variable, relative to its cost, that ends the training.
    var tolerance: Float = 0.02
    var maximumEpochs = 40

    /// Answers the dual variables, from which a later call can go on.
    ///
    /// - Parameters:
    ///   - labels: the label of each example, below `labelCount`.
    ///   - costs: the weight of each example's loss; 0 leaves it out.
    ///   - duals: of an earlier call with nearly the same examples, to start from; nil: from nothing.
    ///   - weights: `lanes` vectors of four labels for each row: the start weights, changed in place.
    @discardableResult
    func solve(
        _ examples: Examples, labels: [Int], labelCount: Int, costs: [Float], seed: UInt64, duals: [Float]? = nil,
        weights: inout [SIMD4<Float>]
    ) -> [Float] {
        let lanes = Head.lanes(for: labelCount)
        var order = costs.indices.filter { costs[$0] > 0 }
        var state = State(labels: labels, labelCount: labelCount, lanes: lanes, loss: loss)
        var random = SplitMix64(seed: seed)
        examples.withView { view in
            weights.withUnsafeMutableBufferPointer { weights in
                if let duals {
                    state.duals = duals
                    for index in order {
                        state.restore(index, cost: costs[index], loss)
                        view.add(index, state.steps, lanes, weights)
                    }
                }
                for _ in 0..<maximumEpochs {
                    order.shuffle(using: &random)
                    var largest: Float = 0
                    for index in order {
                        view.product(index, weights, lanes, &state.margins)
                        let change = state.update(index, square: view.squares[index], cost: costs[index], loss)
                        guard change > 0 else { continue }
                        view.add(index, state.steps, lanes, weights)
                        largest = max(largest, change)
                    }
                    if largest < tolerance { break }
                }
            }
        }
        return state.duals
    }
}

extension DualSolver {
    /// The dual variables and room for one example.
    fileprivate struct State {
        /// Hinge: the dual variable of each label. Logistic: what the label's share of the loss is, a distribution.
        var duals: [Float]
        var margins: [SIMD4<Float>]
        /// What to add to the weights, times the example's values.
        var steps: [SIMD4<Float>]
        let labels: [Int]
        let labelCount: Int
        private var shares: [Double]
        private var goals: [Double]

        init(labels: [Int], labelCount: Int, lanes: Int, loss: Loss) {
            self.labels = labels
            self.labelCount = labelCount
            duals = [Float](repeating: 0, count: labels.count * labelCount)
            if loss == .logistic {
                for (index, label) in labels.enumerated() { duals[index * labelCount + label] = 1 }
            }
            margins = [SIMD4<Float>](repeating: .zero, count: lanes)
            steps = margins
            shares = [Double](repeating: 0, count: labelCount)
            goals = shares
        }

        /// What an example's dual variables stand for in the weights.
        mutating func restore(_ index: Int, cost: Float, _ loss: Loss) {
            for label in 0..<labelCount {
                let dual = duals[index &* labelCount &+ label]
                let isLabel = labels[index] == label
                steps[label / 4][label % 4] =
                    switch loss {
                    case .squaredHinge: isLabel ? dual : -dual
                    case .logistic: ((isLabel ? 1 : 0) - dual) * cost
                    case .cumulative: label == labelCount - 1 ? 0 : (labels[index] <= label ? dual : -dual) * cost
                    }
            }
        }

        /// Solves for one example's variables with all others held; answers the largest change relative to the cost.
        @inline(__always)
        mutating func update(_ index: Int, square: Float, cost: Float, _ loss: Loss) -> Float {
            switch loss {
            case .squaredHinge: hinge(index, square, cost)
            case .logistic: logistic(index, square, cost)
            case .cumulative: cumulative(index, square, cost)
            }
        }

        @inline(__always)
        private mutating func hinge(_ index: Int, _ square: Float, _ cost: Float) -> Float {
            let diagonal = 0.5 / cost
            var largest: Float = 0
            for label in 0..<labelCount {
                let sign: Float = labels[index] == label ? 1 : -1
                let old = duals[index &* labelCount &+ label]
                let gradient = sign * margins[label / 4][label % 4] - 1 + diagonal * old
                let new = max(0, old - gradient / (square + diagonal))
                duals[index &* labelCount &+ label] = new
                steps[label / 4][label % 4] = (new - old) * sign
                largest = max(largest, abs(new - old))
            }
            return largest / cost
        }

        /// Newton steps on the dual variable of each threshold, which stays between 0 and 1 (times the cost).
        private mutating func cumulative(_ index: Int, _ square: Float, _ cost: Float) -> Float {
            let curvature = Double(square) * Double(cost)
            var largest: Float = 0
            for label in 0..<(labelCount - 1) {
                let sign: Float = labels[index] <= label ? 1 : -1
                let old = Double(duals[index &* labelCount &+ label])
                let margin = Double(sign * margins[label / 4][label % 4])
                var next = min(max(old, 1e-6), 1 - 1e-6)
                for _ in 0..<15 {
                    let gradient = curvature * (next - old) + margin + Logarithm.natural(next / (1 - next))
                    let step = next - gradient / (curvature + 1 / (next * (1 - next)))
                    let bounded = step <= 0 ? next / 10 : (step >= 1 ? next + (1 - next) * 0.9 : step)
                    let change = abs(bounded - next)
                    next = min(max(bounded, 1e-9), 1 - 1e-9)
                    if change < 1e-7 { break }
                }
                duals[index &* labelCount &+ label] = Float(next)
                steps[label / 4][label % 4] = Float(next - old) * sign * cost
                largest = max(largest, Float(abs(next - old)))
            }
            return largest
        }

        /// Newton steps on the simplex: ln q + square * cost * q - goal is the same for all labels at the optimum.
        private mutating func logistic(_ index: Int, _ square: Float, _ cost: Float) -> Float {
            let curvature = Double(square) * Double(cost)
            let first = index &* labelCount
            for label in 0..<labelCount {
                let old = Double(duals[first &+ label])
                goals[label] = Double(margins[label / 4][label % 4]) + curvature * old
                shares[label] = 0.98 * old + 0.02 / Double(labelCount)
            }
            for _ in 0..<25 {
                var weighted = 0.0
                var total = 0.0
                for label in 0..<labelCount {
                    let inverse = shares[label] / (1 + curvature * shares[label])
                    let rest = Logarithm.natural(shares[label]) + curvature * shares[label] - goals[label]
                    weighted += rest * inverse
                    total += inverse
                }
                let shift = weighted / total
                var largest = 0.0
                var sum = 0.0
                for label in 0..<labelCount {
                    let share = shares[label]
                    let rest = Logarithm.natural(share) + curvature * share - goals[label] - shift
                    let next = share - rest * share / (1 + curvature * share)
                    let bounded = min(1, max(next, share * 0.05, 1e-12))
                    largest = max(largest, abs(bounded - share))
                    shares[label] = bounded
                    sum += bounded
                }
                for label in 0..<labelCount { shares[label] /= sum }
                if largest < 1e-6 { break }
            }
            var largest: Float = 0
            for label in 0..<labelCount {
                let old = duals[first &+ label]
                let new = Float(shares[label])
                duals[first &+ label] = new
                steps[label / 4][label % 4] = (old - new) * cost
                largest = max(largest, abs(new - old))
            }
            return largest
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

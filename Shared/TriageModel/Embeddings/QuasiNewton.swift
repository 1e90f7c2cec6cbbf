/// Finds the smallest value of a smooth convex function of many numbers by L-BFGS.
///
/// Source: Nocedal and Wright, Numerical Optimization, 2nd edition, algorithms 7.4 and 7.5, with a line search that halves
/// the step until the function falls enough (Armijo). One thread, sums in a fixed order: the same function gives the
/// same bits.
struct QuasiNewton {
    /// Steps that the curvature is taken from.
    var memory = 8
    var maximumSteps = 100
    /// Length of the slope, as a share of that at the start, at which it ends.
    var tolerance = 0.001

    private struct Pair {
        let step: [SIMD8<Float>]
        let change: [SIMD8<Float>]
        let product: Double
    }

    /// - Parameter evaluate: answers the value at a point and puts the slope into its second argument.
    func minimise(
        _ start: [SIMD8<Float>], _ evaluate: ([SIMD8<Float>], inout [SIMD8<Float>]) -> Double
    ) -> [SIMD8<Float>] {
        var point = start
        var slope = start
        var value = evaluate(point, &slope)
        let goal = tolerance * Vectors.product(slope, slope).squareRoot()
        var pairs: [Pair] = []
        for number in 0..<maximumSteps {
            let length = Vectors.product(slope, slope).squareRoot()
            guard length > goal, length > 0 else { break }
            let direction = direction(slope, pairs)
            let descent = Vectors.product(direction, slope)
            guard descent < 0 else { break }
            // The first direction has no curvature in it: a step of length 1 at most.
            var share = number == 0 ? Float(min(1, 1 / length)) : 1
            var next = point
            var nextSlope = slope
            var nextValue = value
            for _ in 0..<30 {
                next = Vectors.sum(point, direction, times: share)
                nextValue = evaluate(next, &nextSlope)
                if nextValue <= value + 1e-4 * Double(share) * descent { break }
                share /= 2
            }
            guard nextValue < value else { break }
            let step = Vectors.sum(next, point, times: -1)
            let change = Vectors.sum(nextSlope, slope, times: -1)
            let product = Vectors.product(step, change)
            if product > 0 {
                if pairs.count == memory { pairs.removeFirst() }
                pairs.append(Pair(step: step, change: change, product: product))
            }
            (point, slope, value) = (next, nextSlope, nextValue)
        }
        return point
    }

    /// Minus the slope, times what the last steps tell of the inverse curvature.
    private func direction(_ slope: [SIMD8<Float>], _ pairs: [Pair]) -> [SIMD8<Float>] {
        var direction = slope.map { -$0 }
        var factors: [Double] = []
        for pair in pairs.reversed() {
            let factor = Vectors.product(pair.step, direction) / pair.product
            factors.append(factor)
            direction = Vectors.sum(direction, pair.change, times: Float(-factor))
        }
        if let last = pairs.last {
            let scale = Float(last.product / Vectors.product(last.change, last.change))
            direction = direction.map { $0 * scale }
        }
        for (pair, factor) in zip(pairs, factors.reversed()) {
            let other = Vectors.product(pair.change, direction) / pair.product
            direction = Vectors.sum(direction, pair.step, times: Float(factor - other))
        }
        return direction
    }
}

/// Long vectors of floats, eight at a time.
enum Vectors {
    static func product(_ first: [SIMD8<Float>], _ second: [SIMD8<Float>]) -> Double {
        first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                var total = 0.0
                // In blocks, so that a long sum of floats loses nothing.
                for start in stride(from: 0, to: first.count, by: 64) {
                    var sum = SIMD8<Float>.zero
                    for index in start..<min(start + 64, first.count) { sum += first[index] * second[index] }
                    total += Double(sum.sum())
                }
                return total
            }
        }
    }

    static func sum(_ first: [SIMD8<Float>], _ second: [SIMD8<Float>], times factor: Float) -> [SIMD8<Float>] {
        [SIMD8<Float>](unsafeUninitializedCapacity: first.count) { target, count in
            for index in first.indices { target[index] = first[index] + second[index] * factor }
            count = first.count
        }
    }
}

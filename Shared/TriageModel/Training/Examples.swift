/// The features of many tasks in one table, as the solvers read them.
struct Examples {
    /// Row of the head's weight table.
    private(set) var rows: [UInt32] = []
    private(set) var values: [Float] = []
    /// Where each example starts; one more at the end.
    private(set) var starts: [Int] = [0]
    /// What an example adds to the weights: its values times the prior variance of their rows.
    private(set) var steps: [Float] = []
    /// The product of each example's values and steps.
    private(set) var squares: [Float] = []
    /// Prior variances.
    private let recipe: Recipe.Head

    init(_ recipe: Recipe.Head = Recipe.Head()) { self.recipe = recipe }

    var count: Int { squares.count }

    /// Adds the task whose features stand in `scratch`, with copies and biases as `head` reads them.
    mutating func append(project: UInt64, isKnown: Bool, shape: HeadShape, _ scratch: inout FeatureScratch) {
        let layout = shape.layout
        var square: Float = 0
        func add(_ row: UInt32, _ value: Float, variance: Float = 1) {
            rows.append(UInt32(Head.tableRow(row, layout, usesCharacters: shape.usesCharacters)))
            values.append(value)
            steps.append(value * variance)
            square += value * value * variance
        }
        let last = Head.lastField(usesCharacters: shape.usesCharacters)
        shape.terms.weigh(upTo: last, &scratch)
        let end = scratch.fieldEnds[last.rawValue]
        for index in 0..<end {
            let value = scratch.values[index]
            guard value != 0 else { continue }
            let bucket = scratch.entries[index].bucket
            if recipe.sharedVariance > 0 { add(bucket, value, variance: recipe.sharedVariance) }
            guard isKnown, shape.usesCopies else { continue }
            add(layout.copyRow(of: bucket, project: project), value, variance: recipe.copyVariance)
        }
        add(layout.biasRow, 1)
        if isKnown { add(layout.biasRow(project: project), 1, variance: recipe.biasVariance) }
        starts.append(rows.count)
        squares.append(square)
    }

    /// Numbers the rows anew, without gaps, the most frequent first; answers the old number of each.
    ///
    /// The few rows that most examples have are so next to each other, in the processor's cache.
    ///
    /// - Parameter kept: rows that get a number even if no example has them.
    mutating func compact(rowCount: Int, kept: [UInt32]) -> [UInt32] {
        var counts = [UInt32](repeating: 0, count: rowCount)
        for row in rows { counts[Int(row)] += 1 }
        var isUsed = [Bool](repeating: false, count: rowCount)
        for row in kept { isUsed[Int(row)] = true }
        let used = (0..<rowCount).filter { counts[$0] > 0 || isUsed[$0] }
            .sorted { (counts[$0], $1) > (counts[$1], $0) }.map { UInt32($0) }
        var numbers = [UInt32](repeating: 0, count: rowCount)
        for (number, row) in used.enumerated() { numbers[Int(row)] = UInt32(number) }
        for index in rows.indices { rows[index] = numbers[Int(rows[index])] }
        return used
    }

    /// Holds the rows that a base model learned from many tasks nearer to the base than those it hardly knew.
    ///
    /// Without the base's tasks, few corrections would bend what all tasks share, such as the bias and frequent words,
    /// to fit themselves. The curvature of the base's loss along a row is the number of tasks that have it times its mean
    /// square; `support` answers that number for a row.
    mutating func stiffen(rows count: Int, factor: Float, support: (Int) -> Float) {
        guard factor > 0 else { return }
        var sums = [Float](repeating: 0, count: count)
        var occurrences = [Float](repeating: 0, count: count)
        for index in rows.indices {
            sums[Int(rows[index])] += values[index] * values[index]
            occurrences[Int(rows[index])] += 1
        }
        for row in 0..<count where occurrences[row] > 0 {
            sums[row] = 1 / (1 + factor * support(row) * sums[row] / occurrences[row])
        }
        for example in squares.indices {
            var square: Float = 0
            for index in starts[example]..<starts[example + 1] {
                steps[index] *= sums[Int(rows[index])]
                square += values[index] * steps[index]
            }
            squares[example] = square
        }
    }
}

extension Examples {
    /// The table as pointers, for the loops of the solver.
    struct View {
        fileprivate let rows: UnsafeBufferPointer<UInt32>
        fileprivate let values: UnsafeBufferPointer<Float>
        fileprivate let steps: UnsafeBufferPointer<Float>
        fileprivate let starts: UnsafeBufferPointer<Int>
        let squares: UnsafeBufferPointer<Float>

        /// The score of each label for an example: its values times the weights of their rows.
        @inline(__always)
        func product(
            _ example: Int, _ weights: UnsafeMutableBufferPointer<SIMD4<Float>>, _ lanes: Int,
            _ sums: inout [SIMD4<Float>]
        ) {
            let range = starts[example]..<starts[example &+ 1]
            for lane in 0..<lanes {
                // Two sums, so that the additions overlap.
                var even = SIMD4<Float>.zero
                var odd = SIMD4<Float>.zero
                var index = range.lowerBound
                while index &+ 1 < range.upperBound {
                    even += weights[Int(rows[index]) &* lanes &+ lane] * values[index]
                    odd += weights[Int(rows[index &+ 1]) &* lanes &+ lane] * values[index &+ 1]
                    index &+= 2
                }
                if index < range.upperBound {
                    even += weights[Int(rows[index]) &* lanes &+ lane] * values[index]
                }
                sums[lane] = even + odd
            }
        }

        /// Adds an example's steps, times a factor for each label, to the weights.
        @inline(__always)
        func add(
            _ example: Int, _ factors: [SIMD4<Float>], _ lanes: Int,
            _ weights: UnsafeMutableBufferPointer<SIMD4<Float>>
        ) {
            for lane in 0..<lanes {
                let factor = factors[lane]
                for index in starts[example]..<starts[example &+ 1] {
                    weights[Int(rows[index]) &* lanes &+ lane] += factor * steps[index]
                }
            }
        }
    }

    func withView(_ body: (View) -> Void) {
        rows.withUnsafeBufferPointer { rows in
            values.withUnsafeBufferPointer { values in
                steps.withUnsafeBufferPointer { steps in
                    starts.withUnsafeBufferPointer { starts in
                        squares.withUnsafeBufferPointer { squares in
                            body(View(rows: rows, values: values, steps: steps, starts: starts, squares: squares))
                        }
                    }
                }
            }
        }
    }
}

/// What a head reads.
struct HeadShape: Sendable {
    let layout: BucketLayout
    let terms: TermWeights
    let usesCharacters: Bool
    let usesCopies: Bool
}

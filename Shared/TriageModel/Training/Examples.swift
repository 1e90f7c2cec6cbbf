/// The features of tasks in one table, as the solvers read them: a row for each group, of prior variance 1.
///
/// An entry is `value * sqrt(variance)` in place of a value and its row's prior variance.
struct Examples: Sendable {
    let groups: RowGroups
    /// The solver's row of each entry.
    private var rows: [UInt32] = []
    private var values: [Float] = []
    /// Where each example starts; one more at the end.
    private var starts: [Int] = [0]
    /// The square of each example's values.
    private var squares: [Float] = []
    /// The column of each row of the table as a multiple of its group's.
    private var coefficients: [Float]
    /// The root of each group's prior variance; 0 where no example has it.
    private var roots: [Float]

    init(_ groups: RowGroups) {
        self.groups = groups
        coefficients = groups.columns.map { $0.isAlone ? 0 : 1 }
        roots = groups.variances.map { $0.squareRoot() }
    }

    /// Adds a task of those that the groups were made of; its features stand in `scratch`, weighed.
    mutating func append(task: Int, _ entries: TrainingEntries, isKnown: Bool, _ scratch: borrowing FeatureScratch) {
        var square: Float = 0
        var alone: (row: Int, square: Float)?
        var entry = groups.start(ofTask: task)
        entries.forEach(scratch, isKnown: isKnown) { _, _, value in
            defer { entry &+= 1 }
            guard value != 0 else { return }
            switch groups.tag(ofEntry: entry) {
            case .none: break
            case .group(let group):
                let scaled = value * roots[group]
                rows.append(UInt32(truncatingIfNeeded: group))
                values.append(scaled)
                square += scaled * scaled
            case .alone(let column):
                coefficients[column] = value
                let found = groups.columns[column]
                alone = (Int(found.group), (alone?.square ?? 0) + found.variance * value * value)
            }
        }
        if let alone {
            let root = alone.square.squareRoot()
            roots[alone.row] = root
            rows.append(UInt32(truncatingIfNeeded: alone.row))
            values.append(root)
            square += alone.square
        }
        starts.append(rows.count)
        squares.append(square)
    }

    /// The product of two examples.
    func product(_ first: Int, _ second: Int) -> Float {
        var values: [UInt32: Float] = [:]
        for index in starts[second]..<starts[second + 1] { values[rows[index], default: 0] += self.values[index] }
        return (starts[first]..<starts[first + 1]).reduce(0) { $0 + self.values[$1] * (values[rows[$1]] ?? 0) }
    }

    /// The solver's weights for `scale` times weights of the table's rows; both have `lanes` vectors a row.
    func solverWeights(_ table: [SIMD4<Float>], lanes: Int, scale: Float) -> [SIMD4<Float>] {
        var weights = [SIMD4<Float>](repeating: .zero, count: groups.count * lanes)
        groups.forEachColumn { place, column in
            let group = Int(groups.columns[column].group)
            guard roots[group] > 0 else { return }
            let factor = scale * coefficients[column] / roots[group]
            for lane in 0..<lanes { weights[group * lanes + lane] += factor * table[place * lanes + lane] }
        }
        return weights
    }

    /// Adds a change of the solver's weights to weights of the table's rows.
    func add(_ change: [SIMD4<Float>], to table: inout [SIMD4<Float>], lanes: Int) {
        groups.forEachColumn { place, column in
            let group = Int(groups.columns[column].group)
            guard roots[group] > 0 else { return }
            let factor = groups.columns[column].variance * coefficients[column] / roots[group]
            for lane in 0..<lanes { table[place * lanes + lane] += factor * change[group * lanes + lane] }
        }
    }
}

extension Examples {
    /// The table as pointers, for the loops of the solver.
    struct View {
        fileprivate let rows: UnsafeBufferPointer<UInt32>
        fileprivate let values: UnsafeBufferPointer<Float>
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

        /// Adds an example's values, times a factor for each label, to the weights.
        @inline(__always)
        func add(
            _ example: Int, _ factors: [SIMD4<Float>], _ lanes: Int,
            _ weights: UnsafeMutableBufferPointer<SIMD4<Float>>
        ) {
            for lane in 0..<lanes {
                let factor = factors[lane]
                for index in starts[example]..<starts[example &+ 1] {
                    weights[Int(rows[index]) &* lanes &+ lane] += factor * values[index]
                }
            }
        }
    }

    func withView(_ body: (View) -> Void) {
        rows.withUnsafeBufferPointer { rows in
            values.withUnsafeBufferPointer { values in
                starts.withUnsafeBufferPointer { starts in
                    squares.withUnsafeBufferPointer { squares in
                        body(View(rows: rows, values: values, starts: starts, squares: squares))
                    }
                }
            }
        }
    }
}

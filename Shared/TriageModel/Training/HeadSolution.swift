extension HeadTrainer {
    /// Some of the tasks as the solver reads them.
    struct Table {
        /// Which tasks.
        let tasks: [Int]
        let shape: HeadShape
        var examples: Examples
        var labels: [Int] = []
        var weights: [Float] = []
        /// The project of each.
        var projects: [UInt64] = []
        /// The rows of the head's table that the examples or the base have, in the order of the solver's weights.
        var rows: [UInt32] = []
    }

    /// A head and what it was made from.
    struct Solution: Sendable {
        let head: Head
        /// For each part of the blend the dual variables of each task.
        let duals: [[Float]]
    }

    /// The table of some tasks, their words counted on them alone.
    func table(_ indices: [Int]) -> Table {
        let layout = space.layout
        let terms = TermWeights.fit(
            features, indices, layout, base: base?.terms, minimumDocuments: recipe.minimumDocuments,
            fieldWeights: recipe.fieldWeights)
        let shape = HeadShape(
            layout: layout, terms: terms, usesCharacters: base?.usesCharacters ?? recipe.usesCharacters,
            usesCopies: base?.usesCopies ?? recipe.usesCopies)
        var table = Table(tasks: indices, shape: shape, examples: Examples(recipe))
        var scratch = FeatureScratch()
        for index in indices {
            features.load(index, &scratch)
            let project = FeatureHash.text(tasks[index].text.project)
            table.examples.append(project: project, isKnown: known.contains(project), shape: shape, &scratch)
            table.labels.append(labels[index])
            table.projects.append(project)
            table.weights.append(Float(min(tasks[index].weight, 100)))
        }
        table.rows = table.examples.compact(
            rowCount: Head.tableRows(layout, usesCharacters: shape.usesCharacters), kept: base?.weights.rows ?? [])
        if let base { stiffen(&table, base) }
        return table
    }

    /// How many tasks of the base had a feature follows from its IDF; its projects are taken to be of equal size.
    private func stiffen(_ table: inout Table, _ base: Head) {
        let layout = table.shape.layout
        let rows = Head.tableRows(layout, usesCharacters: table.shape.usesCharacters)
        var support = [Float](repeating: 0, count: rows)
        func row(_ row: UInt32) -> Int { Head.tableRow(row, layout, usesCharacters: table.shape.usesCharacters) }
        let projects = Float(max(1, base.projects.count))
        let last = table.shape.usesCharacters ? layout.featureCount : layout.wordCount
        for bucket in 0..<last where base.terms.idf[bucket] != 0 {
            let documents = base.terms.documents(base.terms.idf[bucket])
            support[bucket] += documents
            guard table.shape.usesCopies else { continue }
            for project in base.projects {
                support[row(layout.copyRow(of: UInt32(bucket), project: project))] += documents / projects
            }
        }
        support[row(layout.biasRow)] = Float(base.terms.documents)
        for project in base.projects {
            support[row(layout.biasRow(project: project))] = Float(base.terms.documents) / projects
        }
        let numbered = table.rows
        table.examples.stiffen(rows: numbered.count, factor: recipe.stiffness) { support[Int(numbered[$0])] }
    }

    /// Trains on a table.
    ///
    /// - Parameter start: of more tasks, whose dual variables it starts from.
    func solve(_ table: Table, start: Solution?) -> Solution {
        let count = plan.labels.count
        let lanes = Head.lanes(for: count)
        let balance = balance(table)
        let parts: [(loss: DualSolver.Loss, cost: Float, share: Float)] =
            switch recipe.problem {
            case .cumulative: [(.cumulative, recipe.logisticCost, 1)]
            case .label:
                [
                    (.squaredHinge, recipe.hingeCost, 2 * (1 - recipe.logisticShare)),
                    (.logistic, recipe.logisticCost, recipe.logisticShare),
                ].filter { $0.2 > 0 }
            }
        let warmth = base == nil ? 1 : recipe.warmCost
        let solved: [(weights: [SIMD4<Float>], duals: [Float])] = Parallel.map(0..<parts.count) { number in
            let part = parts[number]
            // The base's blend, on the scale of this part's scores.
            var weights = startWeights(table.rows, lanes, scale: part.loss == .squaredHinge ? 0.5 : 1)
            let solver = DualSolver(
                loss: part.loss, tolerance: options.recipe.tolerance, maximumEpochs: options.recipe.epochs)
            let duals = solver.solve(
                table.examples, labels: table.labels, labelCount: count,
                costs: table.weights.indices.map { table.weights[$0] * part.cost * warmth * balance[$0] },
                seed: options.seed,
                duals: start.map { start in
                    table.tasks.flatMap { start.duals[number][($0 * count)..<(($0 + 1) * count)] }
                }, weights: &weights)
            return (weights, duals)
        }
        var sum = [SIMD4<Float>](repeating: .zero, count: table.rows.count * lanes)
        for (part, solution) in zip(parts, solved) {
            for index in sum.indices { sum[index] += part.share * solution.weights[index] }
        }
        let duals = solved.map(\.duals)
        return Solution(head: head(table, weights: sum, lanes), duals: duals)
    }

    private func head(_ table: Table, weights: [SIMD4<Float>], _ lanes: Int) -> Head {
        let headOptions = self.headOptions(table)
        let shape = table.shape
        return Head(
            kind: plan.kind, labels: plan.labels, layout: shape.layout, terms: shape.terms,
            usesCharacters: shape.usesCharacters, usesCopies: shape.usesCopies,
            projects: Set(table.projects).intersection(known).union(base?.projects ?? []).sorted(), prior: prior(table),
            calibration: calibrationStart(base?.calibration),
            foreignCalibration: calibrationStart(base?.foreignCalibration),
            weights: table.weights(weights, lanes), options: headOptions)
    }

    private func startWeights(_ rows: [UInt32], _ lanes: Int, scale: Float) -> [SIMD4<Float>] {
        var start = [SIMD4<Float>](repeating: .zero, count: rows.count * lanes)
        guard let base else { return start }
        let sources = plan.labels.indices.map { plan.baseLabel($0, base) }
        for (index, row) in rows.enumerated() {
            for (label, source) in sources.enumerated() {
                guard let source else { continue }
                start[index * lanes + label / 4][label % 4] =
                    base.weights.weight(row: Int(row), label: source) * scale
            }
        }
        return start
    }

    /// How much each task counts so that rare labels count more; 1 on the mean of a project, or of all.
    private func balance(_ table: Table) -> [Float] {
        let labels = table.labels
        let weights = table.weights
        guard let balance = recipe.balance else { return labels.map { _ in 1 } }
        let groups = balance.isPerProject ? table.projects : table.projects.map { _ in 0 }
        var sums: [UInt64: [Float]] = [:]
        for index in labels.indices {
            sums[groups[index], default: [Float](repeating: 0, count: plan.labels.count)][labels[index]] +=
                weights[index]
        }
        let factors = sums.mapValues { sums in
            let total = sums.reduce(0, +)
            let present = Float(sums.count { $0 > 0 })
            let raw = sums.map { sum -> Float in
                guard sum > 0 else { return 0 }
                return Float(
                    Logarithm.exponential(
                        Double(balance.power) * Logarithm.natural(Double(total / (present * sum)))))
            }
            let mean = zip(raw, sums).reduce(Float(0)) { $0 + $1.0 * $1.1 } / max(total, .leastNormalMagnitude)
            return mean > 0 ? raw.map { $0 / mean } : raw
        }
        return labels.indices.map { factors[groups[$0]]?[labels[$0]] ?? 1 }
    }

    private func prior(_ table: Table) -> [Float] {
        var counts = [Float](repeating: 0.5, count: plan.labels.count)
        for label in table.labels { counts[label] += 1 }
        if let base {
            // Tasks behind the base weigh as much as all new ones.
            let total = counts.reduce(0, +)
            for (label, share) in base.prior.enumerated() {
                guard let place = plan.labels.firstIndex(of: base.labels[label]) else { continue }
                counts[place] += share * total
            }
        }
        let total = counts.reduce(0, +)
        return counts.map { $0 / total }
    }
}

extension HeadTrainer.Table {
    /// The solver's weights as a head has them, its rows ascending.
    func weights(_ vectors: [SIMD4<Float>], _ lanes: Int) -> WeightTable {
        let order = rows.indices.sorted { rows[$0] < rows[$1] }
        return WeightTable(
            rowCount: Head.tableRows(shape.layout, usesCharacters: shape.usesCharacters), lanes: lanes,
            rows: order.map { rows[$0] }, vectors: order.flatMap { vectors[($0 * lanes)..<(($0 + 1) * lanes)] })
    }
}

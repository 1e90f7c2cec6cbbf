extension HeadTrainer {
    /// Some of the tasks as the solver reads them.
    struct Table: Sendable {
        /// Which tasks.
        let tasks: [Int]
        let shape: HeadShape
        let examples: Examples
        var labels: [Int]
        let weights: [Float]
        /// The project of each.
        let projects: [UInt64]
    }

    /// A head and what it was made from.
    struct Solution: Sendable {
        var head: Head
        let table: Table
        /// For each part of the blend the dual variables of each task.
        let duals: [[Float]]
        /// Weights for vectors, in the form of their solver.
        var vectors: EmbeddingTrainer.Weights?
    }

    /// The table of all tasks.
    func wholeTable() -> Table {
        let all = Array(tasks.indices)
        let entries = entries(all)
        var counter = RowCounter(entries)
        var scratch = FeatureScratch()
        for index in all {
            features.load(index, &scratch)
            entries.weigh(&scratch)
            let project = FeatureHash.text(tasks[index].text.project)
            counter.append(scratch, project: project, isKnown: known.contains(project))
        }
        let support = base.map { baseSupport($0, entries.shape) }
        let groups = counter.groups(
            base: base?.weights.rows ?? [], support: support.map { support in { support[$0] } })
        return table(all, entries, groups)
    }

    /// The table of some tasks, their words counted on them alone.
    func table(_ indices: [Int], of whole: Table) -> Table { table(indices, entries(indices), whole.examples.groups) }

    private func table(_ indices: [Int], _ entries: TrainingEntries, _ groups: RowGroups) -> Table {
        var examples = Examples(groups)
        var projects: [UInt64] = []
        var scratch = FeatureScratch()
        for index in indices {
            features.load(index, &scratch)
            entries.weigh(&scratch)
            let project = FeatureHash.text(tasks[index].text.project)
            examples.append(task: index, entries, isKnown: known.contains(project), scratch)
            projects.append(project)
        }
        return Table(
            tasks: indices, shape: entries.shape, examples: examples, labels: indices.map { labels[$0] },
            weights: indices.map { Float(min(tasks[$0].weight, 100)) * shares[$0] }, projects: projects)
    }

    private func entries(_ indices: [Int]) -> TrainingEntries {
        let terms = TermWeights.fit(
            features, indices, space.layout, base: base?.terms, minimumDocuments: recipe.minimumDocuments,
            fieldWeights: recipe.fieldWeights)
        return TrainingEntries(
            recipe: recipe,
            shape: HeadShape(
                layout: space.layout, terms: terms, usesCharacters: base?.usesCharacters ?? recipe.usesCharacters,
                usesCopies: base?.usesCopies ?? recipe.usesCopies))
    }

    /// How many tasks of the base had each row: follows from its IDF; its projects are taken to be of equal size.
    private func baseSupport(_ base: Head, _ shape: HeadShape) -> [Float] {
        let layout = shape.layout
        var support = [Float](repeating: 0, count: Head.tableRows(layout, usesCharacters: shape.usesCharacters))
        func row(_ row: UInt32) -> Int { Head.tableRow(row, layout, usesCharacters: shape.usesCharacters) }
        let projects = Float(max(1, base.projects.count))
        let last = shape.usesCharacters ? layout.featureCount : layout.wordCount
        for bucket in 0..<last where base.terms.idf[bucket] != 0 {
            let documents = base.terms.documents(base.terms.idf[bucket])
            support[bucket] += documents
            guard shape.usesCopies else { continue }
            for project in base.projects {
                support[row(layout.copyRow(of: UInt32(bucket), project: project))] += documents / projects
            }
        }
        support[row(layout.biasRow)] = Float(base.terms.documents)
        for project in base.projects {
            support[row(layout.biasRow(project: project))] = Float(base.terms.documents) / projects
        }
        return support
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
        let first = startWeights(table.examples.groups.tableRows, lanes)
        let solved: [(change: [SIMD4<Float>], duals: [Float])] = Parallel.map(0..<parts.count) { number in
            let part = parts[number]
            // The base's blend, on the scale of this part's scores.
            let origin =
                base == nil
                ? [SIMD4<Float>](repeating: .zero, count: table.examples.groups.count * lanes)
                : table.examples.solverWeights(first, lanes: lanes, scale: part.loss == .squaredHinge ? 0.5 : 1)
            var weights = origin
            let solver = DualSolver(
                loss: part.loss, tolerance: options.recipe.tolerance, maximumEpochs: options.recipe.epochs)
            let duals = solver.solve(
                table.examples, labels: table.labels, labelCount: count,
                costs: table.weights.indices.map { table.weights[$0] * part.cost * warmth * balance[$0] },
                seed: options.seed,
                duals: start.map { start in
                    table.tasks.flatMap { start.duals[number][($0 * count)..<(($0 + 1) * count)] }
                }, weights: &weights)
            return (weights.indices.map { part.share * (weights[$0] - origin[$0]) }, duals)
        }
        var weights = first
        for part in solved { table.examples.add(part.change, to: &weights, lanes: lanes) }
        return Solution(head: head(table, weights: weights, lanes), table: table, duals: solved.map(\.duals))
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

    private func startWeights(_ rows: [UInt32], _ lanes: Int) -> [SIMD4<Float>] {
        var start = [SIMD4<Float>](repeating: .zero, count: rows.count * lanes)
        guard let base else { return start }
        let sources = plan.labels.indices.map { plan.baseLabel($0, base) }
        for (index, row) in rows.enumerated() {
            for (label, source) in sources.enumerated() {
                guard let source else { continue }
                start[index * lanes + label / 4][label % 4] =
                    base.weights.weight(row: Int(row), label: source)
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
    /// The weights of each of the groups' `tableRows` as a head has them.
    func weights(_ vectors: [SIMD4<Float>], _ lanes: Int) -> WeightTable {
        WeightTable(
            rowCount: Head.tableRows(shape.layout, usesCharacters: shape.usesCharacters), lanes: lanes,
            rows: examples.groups.tableRows, vectors: vectors)
    }
}

/// Trains and calibrates one head.
struct HeadTrainer {
    let plan: HeadPlan
    let base: Head?
    let options: TrainingOptions
    /// Those that have a label for the head.
    private let tasks: [LabelledTask]
    private let shape: HeadShape
    private let recipe: Recipe.Head
    private let space: FeatureSpace

    init(plan: HeadPlan, tasks: [LabelledTask], layout: BucketLayout, base: Head?, options: TrainingOptions) {
        self.plan = plan
        self.base = base
        self.options = options
        self.tasks = tasks.filter { $0.weight > 0 && $0.label(plan.kind) != nil }
        let terms = TermWeights.fit(self.tasks.map(\.text), layout: layout, base: base?.terms)
        recipe = options.recipe[plan.kind]
        shape = HeadShape(
            layout: layout, terms: terms, usesCharacters: base?.usesCharacters ?? recipe.usesCharacters,
            usesCopies: base?.usesCopies ?? recipe.usesCopies)
        space = FeatureSpace(layout: layout, terms: [terms])
    }

    func train(progress: (String, Double) -> Void) -> Head {
        var data = table()
        if let base { stiffen(&data, base) }
        progress("weights", 0.1)
        var head = solve(data, costs: data.weights)
        let held = options.calibration.filter { $0.label(plan.kind) != nil }
        var scored = score(head, held, isBalanced: recipe.isBalanced)
        if held.count < Self.enoughForCalibration, data.labels.count >= Calibrator.minimumTasks,
            options.recipe.folds > 1
        {
            scored += crossValidated(data, progress: progress)
        }
        head.calibration = Calibrator.fit(
            scored, start: calibrationStart(base?.calibration), options: options)
        head.foreignCalibration = foreignCalibration(data, progress: progress)
        return head
    }

    /// Held-back tasks that fit a calibration alone; fewer are joined by cross-validation.
    private static let enoughForCalibration = 1_000
    /// Tasks of a project that make it known.
    private static let enoughProjectTasks = 20
    /// Projects without which nothing can be said about foreign ones.
    private static let enoughProjects = 3

    /// Scores of the training tasks, each by a head that wasn't trained on it.
    private func crossValidated(_ data: Table, progress: (String, Double) -> Void) -> [Calibrator.Scored] {
        let folds = options.recipe.folds
        return scores(data, folds: data.folds.map { $0 % folds }, count: folds, isBalanced: recipe.isBalanced) {
            progress("calibration \($0 + 1)/\(folds)", 0.2 + 0.4 * Double($0) / Double(folds))
        }
    }

    /// How a head does on projects that it has never seen; corrections of few projects keep the base's answer.
    private func foreignCalibration(_ data: Table, progress: (String, Double) -> Void) -> Calibration {
        let start = calibrationStart(base?.foreignCalibration)
        let projects = data.projects.sorted()
        guard base == nil, projects.count >= Self.enoughProjects, options.recipe.folds > 1 else { return start }
        let groups = min(options.recipe.folds, projects.count)
        let numbers = Dictionary(uniqueKeysWithValues: projects.enumerated().map { ($1, $0 % groups) })
        let folds = tasks.map { numbers[FeatureHash.text($0.text.project)] ?? 0 }
        let complete = completeProjects(data)
        let scored = scores(data, folds: folds, count: groups, isBalanced: false, judging: complete) {
            progress("foreign projects \($0 + 1)/\(groups)", 0.6 + 0.4 * Double($0) / Double(groups))
        }
        return Calibrator.fit(scored, start: start, options: options)
    }

    /// The projects whose tasks have every label, or all projects where there is none: one without any question can't
    /// tell how often a foreign task is one.
    private func completeProjects(_ data: Table) -> Set<String> {
        var labels: [String: Set<Int>] = [:]
        for (task, label) in zip(tasks, data.labels) { labels[task.text.project, default: []].insert(label) }
        let complete = labels.filter { $0.value.count == plan.labels.count }.keys
        return Set(complete.isEmpty ? labels.keys : complete)
    }

    /// Scores each fold's tasks by a head trained on the others.
    private func scores(
        _ data: Table, folds: [Int], count: Int, isBalanced: Bool, judging projects: Set<String>? = nil,
        progress: (Int) -> Void
    ) -> [Calibrator.Scored] {
        (0..<count).flatMap { fold in
            progress(fold)
            let costs = data.weights.indices.map { folds[$0] == fold ? 0 : data.weights[$0] }
            let part = solve(data, costs: costs)
            let judged = tasks.indices.filter { folds[$0] == fold }.map { tasks[$0] }
                .filter { projects?.contains($0.text.project) ?? true }
            return score(part, judged, isBalanced: isBalanced)
        }
    }

    /// How many tasks of the base had a feature follows from its IDF; its projects are taken to be of equal size.
    private func stiffen(_ data: inout Table, _ base: Head) {
        let layout = shape.layout
        let rows = Head.tableRows(layout, usesCharacters: shape.usesCharacters)
        var support = [Float](repeating: 0, count: rows)
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
        let numbered = data.rows
        data.examples.stiffen(rows: numbered.count, factor: recipe.stiffness) { support[Int(numbered[$0])] }
    }

    /// The base's calibration, with room for new labels.
    private func calibrationStart(_ base: Calibration?) -> Calibration {
        guard var known = base else { return .unknown(labels: plan.labels.count) }
        known.offsets += [Float](repeating: 0, count: plan.labels.count - known.offsets.count)
        return known
    }

    private struct Table {
        var examples = Examples()
        var labels: [Int] = []
        var weights: [Float] = []
        /// A number by which examples are dealt to folds, alike for all labels.
        var folds: [Int] = []
        var projects: Set<UInt64> = []
        /// The rows of the head's table that the examples or the base have, in the order of the solver's weights.
        var rows: [UInt32] = []
    }

    /// Projects that get weights and the calibration of known ones: few tasks make no project known.
    private func knownProjects() -> Set<UInt64> {
        let counts = Dictionary(tasks.map { (FeatureHash.text($0.text.project), 1) }, uniquingKeysWith: +)
        return Set(counts.filter { $0.value >= Self.enoughProjectTasks }.keys).union(base?.projects ?? [])
    }

    private func table() -> Table {
        var data = Table()
        var scratch = FeatureScratch()
        var seen = [Int](repeating: 0, count: plan.labels.count)
        let indices = Dictionary(uniqueKeysWithValues: plan.labels.enumerated().map { ($1, $0) })
        let known = knownProjects()
        for task in tasks {
            guard let label = task.label(plan.kind).flatMap({ indices[$0] }) else { continue }
            space.vectorise(task.text, &scratch)
            let project = FeatureHash.text(task.text.project)
            data.examples.append(project: project, isKnown: known.contains(project), shape: shape, &scratch)
            data.labels.append(label)
            data.weights.append(Float(min(task.weight, 100)))
            data.folds.append(seen[label])
            if known.contains(project) { data.projects.insert(project) }
            seen[label] += 1
        }
        data.rows = data.examples.compact(
            rowCount: Head.tableRows(shape.layout, usesCharacters: shape.usesCharacters),
            kept: base?.weights.rows ?? [])
        return data
    }

    /// One classifier per label against the others; support vectors and logistic regression, their scores added.
    private func solve(_ data: Table, costs weights: [Float]) -> Head {
        let labels = plan.labels.count
        let rows = data.rows.count
        let lanes = Head.lanes(for: labels)
        var table = [SIMD4<Float>](repeating: .zero, count: rows * lanes)
        let balance = balance(data.labels, weights, isBalanced: recipe.isBalanced)
        let parts: [(DualSolver.Loss, Float, Float)] = [
            (.squaredHinge, recipe.hingeCost, 2 * (1 - recipe.logisticShare)),
            (.logistic, recipe.logisticCost, recipe.logisticShare),
        ]
        let warmth = base == nil ? 1 : recipe.warmCost
        for label in 0..<labels {
            var sum = [Float](repeating: 0, count: rows)
            for (loss, cost, share) in parts where share > 0 {
                // The base's blend, on the scale of this part's scores.
                var part = startWeights(label, data.rows, scale: loss == .squaredHinge ? 0.5 : 1)
                DualSolver(loss: loss).solve(
                    data.examples, signs: data.labels.map { $0 == label ? 1 : -1 },
                    costs: weights.indices.map { weights[$0] * cost * warmth * balance[data.labels[$0]] },
                    seed: options.seed &+ UInt64(label), weights: &part)
                for row in 0..<rows { sum[row] += share * part[row] }
            }
            for row in 0..<rows { table[row * lanes + label / 4][label % 4] = sum[row] }
        }
        return Head(
            kind: plan.kind, labels: plan.labels, layout: shape.layout, terms: shape.terms,
            usesCharacters: shape.usesCharacters,
            usesCopies: shape.usesCopies, projects: data.projects.union(base?.projects ?? []).sorted(),
            prior: prior(data), calibration: calibrationStart(base?.calibration),
            foreignCalibration: calibrationStart(base?.foreignCalibration),
            weights: WeightTable(
                rowCount: Head.tableRows(shape.layout, usesCharacters: shape.usesCharacters), lanes: lanes,
                rows: data.rows, vectors: table))
    }

    private func startWeights(_ label: Int, _ rows: [UInt32], scale: Float) -> [Float] {
        guard let base, label < base.labels.count else { return [Float](repeating: 0, count: rows.count) }
        return rows.map { base.weights.weight(row: Int($0), label: label) * scale }
    }

    /// What makes rare labels count as much as frequent ones.
    private func balance(_ labels: [Int], _ weights: [Float], isBalanced: Bool) -> [Float] {
        var sums = [Float](repeating: 0, count: plan.labels.count)
        guard isBalanced else { return sums.map { _ in 1 } }
        for index in weights.indices { sums[labels[index]] += weights[index] }
        let total = sums.reduce(0, +)
        let present = Float(sums.count { $0 > 0 })
        return sums.map { $0 > 0 ? total / (present * $0) : 1 }
    }

    private func prior(_ data: Table) -> [Float] {
        var counts = [Float](repeating: 0.5, count: plan.labels.count)
        for label in data.labels { counts[label] += 1 }
        if let base {
            // Tasks behind the base weigh as much as all new ones.
            let total = counts.reduce(0, +)
            for (label, share) in base.prior.enumerated() { counts[label] += share * total }
        }
        let total = counts.reduce(0, +)
        return counts.map { $0 / total }
    }

    private func score(_ head: Head, _ tasks: [LabelledTask], isBalanced: Bool) -> [Calibrator.Scored] {
        var scratch = FeatureScratch()
        let known = tasks.compactMap { $0.label(plan.kind).flatMap { head.labels.firstIndex(of: $0) } }
        let balance = balance(known, known.map { _ in 1 }, isBalanced: isBalanced)
        return tasks.compactMap { task in
            guard let label = task.label(plan.kind).flatMap({ head.labels.firstIndex(of: $0) }) else { return nil }
            space.vectorise(task.text, &scratch)
            head.score(project: FeatureHash.text(task.text.project), &scratch)
            return Calibrator.Scored(
                scores: head.labels.indices.map { scratch.logits[$0] }, label: label,
                weight: Float(min(task.weight, 100)) * balance[label])
        }
    }
}

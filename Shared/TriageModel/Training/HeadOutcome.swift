extension HeadTrainer {
    /// A head, and how well its recipe did on tasks that it wasn't trained on.
    struct Trained {
        let head: Head
        /// Mean over the projects; nil where nothing was held back.
        let macroF1: Double?
    }

    /// The head with the offsets by which it picks, if its recipe asks for them.
    func decided(_ head: Head, _ scored: [Calibrator.Scored]) -> Trained {
        guard scored.count >= Calibrator.minimumTasks else { return Trained(head: head, macroF1: nil) }
        var head = head
        let judged = scored.map { task in
            DecisionFitter.Judged(
                project: task.project,
                scores: Head.probabilities(task.scores, head.calibration).map { Logarithm.natural(max($0, 1e-12)) },
                truth: task.label)
        }
        if recipe.decidesByMacroF1 {
            head.options.decision = DecisionFitter.offsets(judged, labels: plan.labels.count)
        }
        let offsets = head.options.decision?.map(Double.init) ?? plan.labels.map { _ in 0 }
        return Trained(head: head, macroF1: DecisionFitter.macroF1(judged, offsets))
    }

    /// The quantiles of the interval, from three slices of the tasks in the order they came: each is judged by a head of
    /// the tasks before it, as the next tasks will be by this one.
    func quantiles(_ whole: Solution) -> [Double]? {
        guard base == nil, options.recipe.folds > 1 else { return nil }
        let projects = tasks.map { FeatureHash.text($0.text.project) }
        let counts = Dictionary(projects.map { ($0, 1) }, uniquingKeysWith: +)
        var seen: [UInt64: Int] = [:]
        // How much of its project a task comes after.
        let ages = projects.map { project -> Double in
            defer { seen[project, default: 0] += 1 }
            return Double(seen[project, default: 0]) / Double(counts[project, default: 1])
        }
        let bounds = [0.45, 0.6, 0.75, 1]
        let slices: [[IntervalFitter.Judged]] = Parallel.map(0..<3) { slice in
            let part = solve(table(ages.indices.filter { ages[$0] < bounds[slice] }, of: whole.table), start: whole)
                .head
            var scratch = FeatureScratch()
            return ages.indices.filter { ages[$0] >= bounds[slice] && ages[$0] < bounds[slice + 1] }.compactMap {
                guard let own = part.scale(of: projects[$0])?.labels, let points = plan.points else { return nil }
                features.load($0, &scratch)
                let scores = scored(part, tasks[$0], labels[$0], &scratch).scores
                let truth = EffortScale.label(of: points[labels[$0]], in: points, among: own)
                return IntervalFitter.Judged(
                    project: projects[$0], probabilities: EffortScale.distribution(scores, among: own),
                    truth: own.firstIndex(of: truth) ?? 0)
            }
        }
        return IntervalFitter.quantiles(slices)
    }

    /// What the head needs beside its weights.
    func headOptions(_ table: Table) -> HeadOptions {
        var options = base?.options ?? HeadOptions()
        if base == nil { options.fieldWeights = recipe.fieldWeights }
        guard recipe.problem == .cumulative, let points = plan.points else { return options }
        options.isOrdinal = true
        options.points = points
        var found: [UInt64: [Int]] = [:]
        for (project, label) in zip(table.projects, table.labels) where known.contains(project) {
            found[project, default: []].append(label)
        }
        options.scales = Set(found.keys).union(base?.projects ?? []).sorted().map { project in
            if let labels = found[project] { return EffortScale.scale(labels, count: points.count) }
            // A base's project without new tasks keeps its values, at their new places.
            let old = base?.scale(of: project)
            let kept = (old?.labels ?? []).compactMap { label in
                (base?.labels[label]).flatMap { plan.labels.firstIndex(of: $0) }
            }
            return HeadOptions.Scale(
                labels: kept.isEmpty ? Array(points.indices) : kept.sorted(), entropy: old?.entropy ?? 0)
        }
        return options
    }
}

import FoundationEssentials

/// Makes a model from labelled tasks, alone or on top of another model.
package enum Trainer {
    /// Trains every head for which tasks have labels.
    ///
    /// With a base the weights start at the base's and are drawn towards them, so that few tasks correct it and none
    /// wreck it; its IDF is kept, its labels come first, and a head without new tasks is kept whole.
    /// The same tasks, options and base give the same bytes, also where heads come from `options.checkpointFolder`.
    /// Runs on the caller's thread.
    package static func train(
        _ tasks: [LabelledTask], base: TriageModel?, options: TrainingOptions,
        progress: (TrainingProgress) -> Void = { _ in }
    ) throws(TrainingError) -> TriageModel {
        let plans = HeadPlan.make(for: tasks, base: base).filter { plan in
            guard let old = base?.head(plan.kind), !plan.fits(old, options.recipe) else { return true }
            return tasks.count { $0.effort != nil && $0.weight > 0 } >= HeadPlan.enoughEffortTasks
        }
        // With a base at least its heads stay, also where the tasks are too few to replace one of them.
        let isWorthwhile = !plans.isEmpty || tasks.contains { $0.labels != nil || (base != nil && $0.effort != nil) }
        guard isWorthwhile else {
            throw TrainingError(code: .noExamples, reason: "no head has tasks of two labels")
        }
        guard plans.allSatisfy({ $0.labels.count <= ArtifactCodec.maximumLabels }) else {
            throw TrainingError(code: .tooManyLabels, reason: "more than \(ArtifactCodec.maximumLabels) labels")
        }
        let vocabulary = FeatureVocabulary.fit(
            tasks.filter { $0.weight > 0 }.map(\.text), layout: base?.vocabulary.layout ?? options.layout,
            base: base?.vocabulary)
        let checkpoint = TrainingCheckpoint(options, tasks, base: base)
        // Heads that are packed already lose no more rows.
        var kept = Set(HeadKind.allCases).subtracting(plans.map(\.kind))
        var heads = base?.heads.filter { old in !plans.contains { $0.kind == old.kind } } ?? []
        for (index, plan) in plans.enumerated() {
            if let head = checkpoint?.head(plan.kind) {
                heads.append(head)
                kept.insert(plan.kind)
                continue
            }
            let from = Double(index) / Double(plans.count)
            let share = 1 / Double(plans.count)
            let old = base?.head(plan.kind).flatMap { plan.fits($0, options.recipe) ? $0 : nil }
            let recipes = old == nil ? options.recipe.candidates(plan.kind) : [options.recipe[plan.kind]]
            let trained = recipes.enumerated().map { number, recipe in
                HeadTrainer(
                    plan: plan, tasks: tasks, vocabulary: vocabulary, base: old, options: options, recipe: recipe
                ).train { stage, fraction in
                    let done = (Double(number) + fraction) / Double(recipes.count)
                    progress(TrainingProgress(stage: "\(plan.kind.name): \(stage)", fraction: from + share * done))
                }
            }
            // The first of equals.
            var best = trained.first
            for other in trained.dropFirst() where (other.macroF1 ?? 0) > (best?.macroF1 ?? 0) { best = other }
            guard let head = best?.head else { continue }
            heads.append(head)
            try checkpoint?.save(head, vocabulary, options)
        }
        if let trainer = LabelsTrainer(tasks, vocabulary: vocabulary, options: options) {
            heads.removeAll { $0.kind == .labels }
            heads.append(
                trainer.train { name, fraction in
                    progress(TrainingProgress(stage: "labels: \(name)", fraction: fraction))
                })
        }
        guard !heads.isEmpty else {
            throw TrainingError(code: .noExamples, reason: "no head has tasks of two labels")
        }
        heads.sort { $0.kind.rawValue < $1.kind.rawValue }
        let header = header(heads, tasks, base, options)
        let parts = ModelParts(vocabulary: vocabulary, heads: heads)
        guard !options.leavesFloats else { return TriageModel(unpacked: parts, header: header) }
        do {
            let model = try ArtifactCodec.encode(
                parts, header: header, recipe: options.recipe, kept: kept)
            progress(TrainingProgress(stage: "done", fraction: 1))
            return model
        } catch {
            throw TrainingError(code: .artifact, reason: "\(error)")
        }
    }

    private static func header(
        _ heads: [Head], _ tasks: [LabelledTask], _ base: TriageModel?, _ options: TrainingOptions
    ) -> ArtifactHeader {
        var lineage = options.lineage
        lineage["seed"] = String(options.seed)
        lineage["tasks"] = String(tasks.count)
        if let base { lineage["base_sha256"] = base.header.sha256 }
        return ArtifactHeader(
            version: options.version, parent: base?.header.version, createdAt: options.createdAt,
            labelSets: Dictionary(uniqueKeysWithValues: heads.map { ($0.kind.name, $0.labels) }),
            metrics: options.metrics, lineage: lineage, sha256: "")
    }
}

/// What one head is to learn.
struct HeadPlan {
    let kind: HeadKind
    let labels: [String]
    /// The effort head's values, one for each label.
    var points: [Double]?

    /// The heads for which the tasks bring something new.
    static func make(for tasks: [LabelledTask], base: TriageModel?) -> [HeadPlan] {
        HeadKind.allCases.compactMap { kind in
            let found = Set(tasks.compactMap { $0.weight > 0 ? $0.label(kind) : nil })
            let known = base?.head(kind)?.labels ?? []
            guard !found.isEmpty, found.count > 1 || !known.isEmpty else { return nil }
            if kind == .effort {
                let points = EffortScale.values(
                    tasks.compactMap { $0.weight > 0 ? $0.effort : nil }, base: known.compactMap { Double($0) })
                return HeadPlan(kind: kind, labels: points.map(EffortScale.name), points: points)
            }
            // Known labels keep their places; the usual priorities stand in their own order.
            let usual = kind == .priority ? ["high", "medium", "low"].filter(found.contains) : []
            var labels = known
            for label in usual + found.sorted() where !labels.contains(label) { labels.append(label) }
            return HeadPlan(kind: kind, labels: labels)
        }
    }
}

extension HeadPlan {
    /// The place of a task's label; nil without one.
    func index(of task: LabelledTask) -> Int? {
        // The labels head asks for each label apart; see `LabelsTrainer`.
        if kind == .labels { return 0 }
        guard let points else { return task.label(kind).flatMap { labels.firstIndex(of: $0) } }
        return task.effort.map { EffortScale.label(of: $0, in: points) }
    }

    /// Tasks with points from which on a head of a team's own is better than a base's that can't be trained on.
    static let enoughEffortTasks = 30

    /// Whether a base's head can be trained on: one of effort must be cumulative and have weights for each project.
    func fits(_ head: Head, _ recipe: Recipe) -> Bool {
        kind != .effort || (head.options.isOrdinal == true && head.usesCopies == recipe.effort.usesCopies)
    }

    /// The label of a base whose weights a label starts from: for points the highest value that isn't above.
    func baseLabel(_ label: Int, _ base: Head) -> Int? {
        guard let points else { return label < base.labels.count ? label : nil }
        let known = base.labels.map { Double($0) ?? .infinity }
        return known.lastIndex { $0 <= points[label] }
    }
}

extension LabelledTask {
    /// The task's label for a head.
    func label(_ kind: HeadKind) -> String? {
        switch kind {
        case .category: category
        case .priority: priority
        case .effort: effort.map(EffortScale.name)
        case .labels: nil
        }
    }
}

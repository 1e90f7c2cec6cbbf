import FoundationEssentials

/// Makes a model from labelled tasks, alone or on top of another model.
package enum Trainer {
    /// Trains every head for which tasks have labels.
    ///
    /// With a base the weights start at the base's and are drawn towards them, so that few tasks correct it and none
    /// wreck it; its IDF is kept, its labels come first, and a head without new tasks is kept whole.
    /// The same tasks, options and base give the same bytes. Runs on the caller's thread.
    package static func train(
        _ tasks: [LabelledTask], base: TriageModel?, options: TrainingOptions,
        progress: (TrainingProgress) -> Void = { _ in }
    ) throws(TrainingError) -> TriageModel {
        let plans = HeadPlan.make(for: tasks, base: base)
        guard !plans.isEmpty else {
            throw TrainingError(code: .noExamples, reason: "no head has tasks of two labels")
        }
        guard plans.allSatisfy({ $0.labels.count <= ArtifactCodec.maximumLabels }) else {
            throw TrainingError(code: .tooManyLabels, reason: "more than \(ArtifactCodec.maximumLabels) labels")
        }
        let vocabulary = FeatureVocabulary.fit(
            tasks.filter { $0.weight > 0 }.map(\.text), layout: base?.vocabulary.layout ?? options.layout,
            base: base?.vocabulary)
        var heads = base?.heads.filter { old in !plans.contains { $0.kind == old.kind } } ?? []
        for (index, plan) in plans.enumerated() {
            let from = Double(index) / Double(plans.count)
            let share = 1 / Double(plans.count)
            let trainer = HeadTrainer(
                plan: plan, tasks: tasks, vocabulary: vocabulary, base: base?.head(plan.kind), options: options)
            heads.append(
                trainer.train { stage, fraction in
                    progress(TrainingProgress(stage: "\(plan.kind.name): \(stage)", fraction: from + share * fraction))
                })
        }
        heads.sort { $0.kind.rawValue < $1.kind.rawValue }
        let header = header(heads, tasks, base, options)
        let parts = ModelParts(vocabulary: vocabulary, heads: heads)
        guard !options.leavesFloats else { return TriageModel(unpacked: parts, header: header) }
        do {
            let model = try ArtifactCodec.encode(
                parts, header: header, recipe: options.recipe,
                kept: Set(HeadKind.allCases).subtracting(plans.map(\.kind)))
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

    /// The heads for which the tasks bring something new.
    static func make(for tasks: [LabelledTask], base: TriageModel?) -> [HeadPlan] {
        HeadKind.allCases.compactMap { kind in
            let found = Set(tasks.compactMap { $0.weight > 0 ? $0.label(kind) : nil })
            let known = base?.head(kind)?.labels ?? []
            guard !found.isEmpty, found.count > 1 || !known.isEmpty else { return nil }
            if kind == .effort { return HeadPlan(kind: kind, labels: EffortScale.labels) }
            // Known labels keep their places; the usual priorities stand in their own order.
            let usual = kind == .priority ? ["high", "medium", "low"].filter(found.contains) : []
            var labels = known
            for label in usual + found.sorted() where !labels.contains(label) { labels.append(label) }
            return HeadPlan(kind: kind, labels: labels)
        }
    }
}

extension LabelledTask {
    /// The task's label for a head.
    func label(_ kind: HeadKind) -> String? {
        switch kind {
        case .category: category
        case .priority: priority
        case .effort: effort.map { EffortScale.labels[EffortScale.label(of: $0)] }
        }
    }
}

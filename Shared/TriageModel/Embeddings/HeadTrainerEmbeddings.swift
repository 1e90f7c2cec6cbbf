extension HeadTrainer {
    /// What trains weights for the tasks' vectors; nil for other heads than the category, without the name of an
    /// embedding model and with too few vectors of it.
    static func embeddingTrainer(
        _ plan: HeadPlan, _ tasks: [LabelledTask], _ labels: [Int], known: Set<UInt64>, base: Head?,
        options: TrainingOptions, warmCost: Float
    ) -> EmbeddingTrainer? {
        guard plan.kind == .category,
            let examples = EmbeddingExamples(
                tasks, model: options.embeddingModel, labels: plan.labels.count, known: known)
        else { return nil }
        let recipe = options.recipe.embedding
        let start = base?.embedding.flatMap { old in
            old.model == examples.model && old.dimensions == examples.dimensions ? old : nil
        }
        let warmth = start == nil ? 1 : warmCost
        return EmbeddingTrainer(
            examples: examples, labelCount: plan.labels.count, labels: labels,
            costs: tasks.map { Float(min($0.weight, 100)) * recipe.cost * warmth },
            projects: tasks.map { FeatureHash.text($0.text.project) }, recipe: recipe, base: start)
    }

    /// The solution with weights for vectors, if there are any.
    func withVectors(_ solution: Solution, tasks: [Int]) -> Solution {
        guard let trained = embeddings?.train(tasks, start: nil) else { return solution }
        var solution = solution
        solution.head.embedding = trained.head
        solution.vectors = trained.weights
        return solution
    }

    /// The head of some of the tasks with weights for their vectors, found from those of all.
    func withVectors(_ head: Head, tasks: [Int], start: EmbeddingTrainer.Weights?) -> Head {
        var head = head
        head.embedding = start.flatMap { embeddings?.train(tasks, start: $0)?.head }
        return head
    }

    /// The head's weights for vectors with the blend fitted, or what the base has of them where nothing is new.
    ///
    /// - Parameters:
    ///   - scored: tasks that weren't trained on.
    ///   - foreign: tasks of projects that weren't.
    /// - Returns: nil where vectors don't help.
    func blended(_ head: Head, _ scored: [Calibrator.Scored], foreign: [Calibrator.Scored]) -> EmbeddingHead? {
        guard var vectors = head.embedding else {
            // A label that the base doesn't know would have no weights.
            return plan.labels == base?.labels ? base?.embedding : nil
        }
        let old = base?.embedding.flatMap { $0.model == vectors.model ? $0 : nil }
        let start = old.map { widened($0.blend) } ?? .unknown(labels: plan.labels.count)
        guard let blend = blend(scored, start, words: head.calibration, movesLabels: base != nil) else { return nil }
        vectors.blend = blend
        // Nothing is automatic in projects about which nothing is known.
        var foreignStart = EmbeddingBlend.unknown(labels: plan.labels.count)
        (foreignStart.words, foreignStart.vectors) = (blend.words, blend.vectors)
        if let old { foreignStart = widened(old.foreignBlend) }
        vectors.foreignBlend =
            self.blend(foreign, foreignStart, words: head.foreignCalibration, movesLabels: true) ?? foreignStart
        return vectors
    }

    /// A base's blend with room for new labels.
    private func widened(_ blend: EmbeddingBlend) -> EmbeddingBlend {
        var blend = blend
        blend.calibration = calibrationStart(blend.calibration)
        return blend
    }

    /// Nil where vectors get no weight; the start where too few tasks have one.
    private func blend(
        _ scored: [Calibrator.Scored], _ start: EmbeddingBlend, words: Calibration, movesLabels: Bool
    ) -> EmbeddingBlend? {
        let judged = scored.compactMap { task -> (Calibrator.Scored, BlendExample)? in
            guard let vector = task.vector else { return nil }
            let logs = Head.probabilities(task.scores, words).map(EmbeddingBlend.logarithm)
            return (
                task, BlendExample(words: logs, vector: vector, label: task.label, weight: Double(task.weight))
            )
        }
        guard judged.count >= Calibrator.minimumTasks else { return start }
        var blend = BlendFitter.fit(judged.map(\.1), start: start)
        guard blend.vectors >= BlendFitter.leastWeight else { return nil }
        let sums = judged.map { task, example in
            Calibrator.Scored(
                project: task.project, scores: blend.sums(example), label: task.label, weight: task.weight)
        }
        blend.calibration = Calibrator.fit(
            sums, start: blend.calibration, movesLabels: movesLabels, options: options)
        return blend
    }
}

/// Trains the head that answers several labels at once, or none: a logistic regression for each label that enough tasks
/// have, with a threshold of its own.
///
/// A threshold is the one of the best F1 on tasks that weren't trained on, among those where the precision is at least
/// `minimumPrecision`; a label without any such threshold is never answered.
package struct LabelsTrainer {
    /// Tasks that must have a label.
    static let minimumTasks = 8
    /// Labels of a head, the most frequent first.
    static let maximumLabels = 64
    static let minimumPrecision = 0.5
    /// Labels answered for one task.
    static let maximumAnswers = 5
    private static let folds = 4

    let tasks: [LabelledTask]
    let names: [String]
    private let trainer: HeadTrainer

    /// Nil where no label is frequent enough. Only tasks with a list of labels count; an empty list says "none".
    init?(_ tasks: [LabelledTask], vocabulary: FeatureVocabulary, options: TrainingOptions) {
        let used = tasks.filter { $0.weight > 0 && $0.labels != nil }
        var counts: [String: Int] = [:]
        for task in used { for label in Set(task.labels ?? []) { counts[label, default: 0] += 1 } }
        let frequent = counts.filter { $0.value >= Self.minimumTasks && $0.value < used.count }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.maximumLabels)
        guard !frequent.isEmpty else { return nil }
        names = frequent.map(\.key).sorted()
        self.tasks = used
        // Two labels in order are one question; which tasks have the label is asked below, label by label.
        trainer = HeadTrainer(
            plan: HeadPlan(kind: .labels, labels: ["", " "]), tasks: used, vocabulary: vocabulary, base: nil,
            options: options, recipe: options.recipe.labels)
    }

    func train(progress: (String, Double) -> Void) -> Head {
        var thresholds: [Float] = []
        var columns: [[Float]] = []
        var whole = trainer.wholeTable()
        for (number, name) in names.enumerated() {
            progress(name, Double(number) / Double(names.count))
            let isLabelled = tasks.map { $0.labels?.contains(name) == true }
            thresholds.append(threshold(isLabelled, whole))
            whole.labels = isLabelled.map { $0 ? 0 : 1 }
            let head = trainer.solve(whole, start: nil).head
            columns.append(whole.examples.groups.tableRows.map { head.weights.weight(row: Int($0), label: 0) })
        }
        return head(whole, columns, thresholds)
    }

    private func head(_ table: HeadTrainer.Table, _ columns: [[Float]], _ thresholds: [Float]) -> Head {
        let lanes = Head.lanes(for: names.count)
        var vectors = [SIMD4<Float>](repeating: .zero, count: table.examples.groups.tableRows.count * lanes)
        for (label, column) in columns.enumerated() {
            for row in column.indices { vectors[row * lanes + label / 4][label % 4] = column[row] }
        }
        var options = HeadOptions()
        options.fieldWeights = trainer.recipe.fieldWeights
        options.thresholds = thresholds
        let total = Float(max(1, tasks.count))
        let shape = table.shape
        return Head(
            kind: .labels, labels: names, layout: shape.layout, terms: shape.terms,
            usesCharacters: shape.usesCharacters, usesCopies: shape.usesCopies,
            projects: Set(table.projects).intersection(trainer.known).sorted(),
            prior: names.map { name in Float(tasks.count { $0.labels?.contains(name) == true }) / total },
            calibration: .unknown(labels: names.count), foreignCalibration: .unknown(labels: names.count),
            weights: table.weights(vectors, lanes), options: options)
    }

    /// The threshold of one label, from cross-validation; those with and without it are dealt to the folds in turn.
    private func threshold(_ isLabelled: [Bool], _ whole: HeadTrainer.Table) -> Float {
        var seen = [0, 0]
        let folds = isLabelled.map { isLabelled -> Int in
            let side = isLabelled ? 1 : 0
            defer { seen[side] += 1 }
            return seen[side] % Self.folds
        }
        let parts: [[(score: Float, isLabelled: Bool)]] = Parallel.map(0..<Self.folds) { fold in
            let others = folds.indices.filter { folds[$0] != fold }
            var table = trainer.table(others, of: whole)
            table.labels = others.map { isLabelled[$0] ? 0 : 1 }
            let head = trainer.solve(table, start: nil).head
            var scratch = FeatureScratch()
            return folds.indices.filter { folds[$0] == fold }.map { index in
                trainer.features.load(index, &scratch)
                head.score(project: FeatureHash.text(tasks[index].text.project), &scratch)
                return (scratch.logits[0], isLabelled[index])
            }
        }
        return Self.threshold(parts.flatMap { $0 })
    }

    /// The probability of the best F1 with enough precision: halfway to the next lower score; above 1 is never reached.
    package static func threshold(_ scored: [(score: Float, isLabelled: Bool)]) -> Float {
        let sorted = scored.sorted { $0.score > $1.score }
        let positives = sorted.count { $0.isLabelled }
        var best: (f1: Double, threshold: Double)?
        var hits = 0
        for (index, item) in sorted.enumerated() {
            hits += item.isLabelled ? 1 : 0
            let next = index + 1 < sorted.count ? sorted[index + 1].score : item.score - 1
            guard next < item.score else { continue }
            let precision = Double(hits) / Double(index + 1)
            let f1 = 2 * Double(hits) / Double(index + 1 + positives)
            guard precision >= minimumPrecision, f1 > best?.f1 ?? 0 else { continue }
            best = (f1, Double(item.score + next) / 2)
        }
        return best.map { Float(probability($0.threshold)) } ?? 1
    }

    static func probability(_ score: Double) -> Double {
        1 / (1 + Logarithm.exponential(-max(-60, min(60, score))))
    }

    /// The labels to answer, the most probable first.
    static func answers(_ head: Head, _ scores: [Float]) -> [LabelProbability] {
        let thresholds = head.options.thresholds ?? head.labels.map { _ in 0.5 }
        return head.labels.indices.compactMap { label -> LabelProbability? in
            let probability = probability(Double(scores[label]))
            guard thresholds[label] < 1, probability >= Double(thresholds[label]) else { return nil }
            return LabelProbability(label: head.labels[label], probability: probability)
        }.sorted { ($1.probability, $0.label) < ($0.probability, $1.label) }.prefix(maximumAnswers).map { $0 }
    }
}

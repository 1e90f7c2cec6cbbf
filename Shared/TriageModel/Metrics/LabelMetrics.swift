/// What a head that picks one of several labels answered for one task, beside the truth.
package struct LabelAnswer: Sendable, Equatable {
    package let project: String
    /// Index of the true label.
    package let truth: Int
    /// Probability of each label.
    package let distribution: [Double]
    /// Index of the answered label; usually the most probable one, the first of equals.
    package let picked: Int
    /// Confidence of the answer.
    package let confidence: Double

    /// - Parameter picked: the answer, where a head weighs its labels before it picks.
    package init(project: String, truth: Int, distribution: [Double], picked: Int? = nil) {
        self.project = project
        self.truth = truth
        self.distribution = distribution
        var best = 0
        for index in distribution.indices where distribution[index] > distribution[best] { best = index }
        let answer = picked ?? best
        self.picked = answer
        confidence = distribution.indices.contains(answer) ? distribution[answer] : 0
    }
}

/// How well labels are picked; the definitions are those of scikit-learn's `f1_score` and `roc_auc_score`.
package struct LabelMetrics: Sendable, Equatable, Codable {
    package let count: Int
    package let accuracy: Double
    /// Mean of the labels' F1, over the labels that occur as truth or as answer.
    package let macroF1: Double
    /// Mean of the labels' F1, weighted by how often each is true.
    package let weightedF1: Double
    /// Mean distance of answer and truth in the order of the labels.
    package let ordinalMAE: Double
    /// Probability that a task of the first label gets a higher probability of it than another task; nil without both.
    package let firstLabelAUC: Double?
    /// Expected calibration error over 15 bins of equal width.
    package let ece: Double
    package let labels: [Evaluation.Label]

    enum CodingKeys: String, CodingKey {
        case count, accuracy, ece, labels
        case macroF1 = "macro_f1"
        case weightedF1 = "weighted_f1"
        case ordinalMAE = "ordinal_mae"
        case firstLabelAUC = "first_label_auc"
    }

    /// - Parameter labels: the names, in order; the first is the highest for ordinal heads.
    package init(_ answers: [LabelAnswer], labels names: [String]) {
        count = answers.count
        accuracy = Self.mean(answers.map { $0.truth == $0.picked ? 1 : 0 })
        let found = names.indices.compactMap { label -> Evaluation.Label? in
            let truths = answers.count { $0.truth == label }
            let picked = answers.count { $0.picked == label }
            guard truths + picked > 0 else { return nil }
            let both = Double(answers.count { $0.truth == label && $0.picked == label })
            return Evaluation.Label(
                label: names[label], count: truths, precision: picked == 0 ? 0 : both / Double(picked),
                recall: truths == 0 ? 0 : both / Double(truths), f1: 2 * both / Double(truths + picked))
        }
        labels = found
        macroF1 = Self.mean(found.map(\.f1))
        weightedF1 =
            answers.isEmpty ? 0 : found.reduce(0) { $0 + $1.f1 * Double($1.count) } / Double(answers.count)
        ordinalMAE = Self.mean(answers.map { Double(abs($0.truth - $0.picked)) })
        firstLabelAUC = Self.auc(answers.map { ($0.distribution.first ?? 0, $0.truth == 0) })
        ece = Self.calibrationError(answers.map { ($0.confidence, $0.truth == $0.picked) })
    }

    /// Area under the ROC curve: ties count half; nil where one class is missing.
    package static func auc(_ scored: [(score: Double, isPositive: Bool)]) -> Double? {
        let positives = scored.count { $0.isPositive }
        let negatives = scored.count - positives
        guard positives > 0, negatives > 0 else { return nil }
        let sorted = scored.sorted { $0.score < $1.score }
        var rankSum = 0.0
        var first = 0
        while first < sorted.count {
            var end = first + 1
            while end < sorted.count, sorted[end].score == sorted[first].score { end += 1 }
            // Equal scores share the mean of their ranks, which count from 1.
            let rank = Double(first + 1 + end) / 2
            rankSum += rank * Double(sorted[first..<end].count { $0.isPositive })
            first = end
        }
        let smallest = Double(positives) * Double(positives + 1) / 2
        return (rankSum - smallest) / (Double(positives) * Double(negatives))
    }

    /// Bins (0, 1/15], (1/15, 2/15] and so on: the weighted mean gap between confidence and accuracy.
    package static func calibrationError(_ judged: [(confidence: Double, isRight: Bool)], bins: Int = 15) -> Double {
        guard !judged.isEmpty else { return 0 }
        var gaps = [Double](repeating: 0, count: bins)
        for (confidence, isRight) in judged {
            let bin = Int((confidence * Double(bins)).rounded(.up)) - 1
            gaps[max(0, min(bins - 1, bin))] += (isRight ? 1 : 0) - confidence
        }
        return gaps.reduce(0) { $0 + abs($1) } / Double(judged.count)
    }

    static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}

/// A head's figures for each project, for all tasks and as the mean of the projects.
package struct ProjectMetrics: Sendable, Equatable, Codable {
    package let projects: [String: LabelMetrics]
    package let all: LabelMetrics
    package let meanAccuracy: Double
    package let meanMacroF1: Double
    package let meanWeightedF1: Double
    package let meanOrdinalMAE: Double
    /// Mean over the projects that have tasks of the first label and others; nil where none has.
    package let meanFirstLabelAUC: Double?

    enum CodingKeys: String, CodingKey {
        case projects, all
        case meanAccuracy = "mean_accuracy"
        case meanMacroF1 = "mean_macro_f1"
        case meanWeightedF1 = "mean_weighted_f1"
        case meanOrdinalMAE = "mean_ordinal_mae"
        case meanFirstLabelAUC = "mean_first_label_auc"
    }

    package init(_ answers: [LabelAnswer], labels: [String]) {
        let groups = Dictionary(grouping: answers, by: \.project).sorted { $0.key < $1.key }
        let figures = groups.map { ($0.key, LabelMetrics($0.value, labels: labels)) }
        projects = Dictionary(uniqueKeysWithValues: figures)
        all = LabelMetrics(answers, labels: labels)
        meanAccuracy = LabelMetrics.mean(figures.map(\.1.accuracy))
        meanMacroF1 = LabelMetrics.mean(figures.map(\.1.macroF1))
        meanWeightedF1 = LabelMetrics.mean(figures.map(\.1.weightedF1))
        meanOrdinalMAE = LabelMetrics.mean(figures.map(\.1.ordinalMAE))
        let areas = figures.compactMap(\.1.firstLabelAUC)
        meanFirstLabelAUC = areas.isEmpty ? nil : LabelMetrics.mean(areas)
    }
}

/// How well a head does that answers several labels at once, or none.
package struct SetMetrics: Sendable, Equatable, Codable {
    package let count: Int
    /// F1 over all pairs of task and label.
    package let microF1: Double
    package let microPrecision: Double
    package let microRecall: Double
    /// Mean of the labels' F1, over the labels that occur as truth or as answer.
    package let macroF1: Double
    /// Mean number of labels answered.
    package let answeredPerTask: Double
    package let labels: [Evaluation.Label]

    enum CodingKeys: String, CodingKey {
        case count, labels
        case microF1 = "micro_f1"
        case microPrecision = "micro_precision"
        case microRecall = "micro_recall"
        case macroF1 = "macro_f1"
        case answeredPerTask = "answered_per_task"
    }

    package init(_ answers: [(truth: Set<String>, answered: Set<String>)]) {
        let names = answers.reduce(into: Set<String>()) { $0.formUnion($1.truth.union($1.answered)) }.sorted()
        labels = names.map { name in
            let truths = answers.count { $0.truth.contains(name) }
            let answered = answers.count { $0.answered.contains(name) }
            let both = Double(answers.count { $0.truth.contains(name) && $0.answered.contains(name) })
            return Evaluation.Label(
                label: name, count: truths, precision: answered == 0 ? 0 : both / Double(answered),
                recall: truths == 0 ? 0 : both / Double(truths), f1: 2 * both / Double(truths + answered))
        }
        let truths = answers.reduce(0) { $0 + $1.truth.count }
        let answered = answers.reduce(0) { $0 + $1.answered.count }
        let both = Double(answers.reduce(0) { $0 + $1.truth.intersection($1.answered).count })
        count = answers.count
        microPrecision = answered == 0 ? 0 : both / Double(answered)
        microRecall = truths == 0 ? 0 : both / Double(truths)
        microF1 = truths + answered == 0 ? 0 : 2 * both / Double(truths + answered)
        macroF1 = LabelMetrics.mean(labels.map(\.f1))
        answeredPerTask = answers.isEmpty ? 0 : Double(answered) / Double(answers.count)
    }
}

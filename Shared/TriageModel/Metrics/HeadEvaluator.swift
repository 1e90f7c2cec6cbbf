/// Trains one head on some rows and judges it on others: the whole product, from the text to the answer.
package struct HeadEvaluator {
    /// A labelled task and where it belongs.
    package struct Row: Sendable {
        package let task: LabelledTask
        /// `train`, `val` (trained on, too) or `test`; nil is `train`.
        package let split: String?
        package let fold: Int?

        package init(task: LabelledTask, split: String?, fold: Int?) {
            self.task = task
            self.split = split
            self.fold = fold
        }
    }

    private struct Part {
        let train: [LabelledTask]
        let test: [LabelledTask]
    }

    private struct Outcome {
        var answers: [LabelAnswer] = []
        var effort: [EffortAnswer] = []
        var medians: [EffortAnswer] = []
        var majorities: [LabelAnswer] = []
        var sets: [(truth: Set<String>, answered: Set<String>)] = []
        var times: [Double] = []
        var trainingSeconds = 0.0
        var bytes = 0
        /// Tasks that were answered by words and vectors.
        var withVectors = 0

        /// The median's error on the tasks that the head holds to have enough evidence.
        var medianErrorWithEvidence: Double? {
            let known = zip(effort, medians).filter(\.0.hasEnoughEvidence).map(\.1)
            return known.isEmpty ? nil : EffortMetrics(known).mae
        }
    }

    package let head: HeadKind
    package var options: TrainingOptions
    /// Folds of the cross-validation where the rows name none.
    package var foldCount = 5

    package init(head: HeadKind, options: TrainingOptions) {
        self.head = head
        self.options = options
    }

    /// - Parameter byFolds: judges each row by a model of the other folds: those that the rows name, else five of the
    ///   rows that aren't `test`. Without it the rows of `test` are judged, or the folds where no row has a split.
    package func evaluate(
        _ rows: [Row], byFolds: Bool, progress: (String) -> Void = { _ in }
    ) throws(HeadEvaluationError) -> HeadReport {
        let labelled = rows.filter { isLabelled($0.task) && $0.task.weight > 0 }
        guard !labelled.isEmpty else {
            throw HeadEvaluationError(code: .noLabels, reason: "no row has a label for the \(head.name) head")
        }
        let (parts, design) = try parts(labelled, byFolds: byFolds)
        let names = names(labelled)
        var outcome = Outcome()
        for (index, part) in parts.enumerated() {
            progress("\(head.name): training \(index + 1) of \(parts.count), \(part.train.count) tasks")
            try judge(part, names, &outcome)
        }
        outcome.times.sort()
        let trained = parts.reduce(0) { $0 + $1.train.count } / parts.count
        let isEffort = head == .effort
        let isSet = head == .labels
        return HeadReport(
            head: head.name, design: design, trained: trained, judged: parts.reduce(0) { $0 + $1.test.count },
            labels: isEffort || isSet ? nil : ProjectMetrics(outcome.answers, labels: names),
            effort: isEffort ? EffortMetrics(outcome.effort) : nil,
            sets: isSet ? SetMetrics(outcome.sets) : nil,
            plainAnswer: isSet
                ? nil
                : isEffort
                    ? EffortMetrics(outcome.medians).meanProjectMAE
                    : ProjectMetrics(outcome.majorities, labels: names).meanMacroF1,
            medianErrorWithEvidence: isEffort ? outcome.medianErrorWithEvidence : nil,
            trainingSeconds: outcome.trainingSeconds / Double(parts.count),
            predictionMicroseconds: outcome.times.isEmpty ? 0 : outcome.times[outcome.times.count / 2],
            artifactBytes: outcome.bytes, embeddings: options.embeddingModel, judgedWithVectors: outcome.withVectors)
    }

    private func parts(_ rows: [Row], byFolds: Bool) throws(HeadEvaluationError) -> ([Part], String) {
        let hasFolds = rows.contains { $0.fold != nil }
        if byFolds || !rows.contains(where: { $0.split != nil }) {
            let own = rows.filter { $0.fold != nil }
            let used = hasFolds ? own : rows.filter { $0.split != "test" }
            let tasks = used.map { only($0.task) }
            let folds =
                hasFolds
                ? used.map { $0.fold ?? 0 } : Self.folds(tasks.map { $0.text.project + "\u{0}" + key($0) }, foldCount)
            let numbers = Set(folds).sorted()
            guard numbers.count > 1 else {
                throw HeadEvaluationError(code: .noTestRows, reason: "all rows are of one fold")
            }
            let parts = numbers.map { number in
                Part(
                    train: tasks.indices.filter { folds[$0] != number }.map { tasks[$0] },
                    test: tasks.indices.filter { folds[$0] == number }.map { tasks[$0] })
            }
            return (
                parts, hasFolds ? "\(numbers.count) folds of the file" : "\(numbers.count) folds of the training rows"
            )
        }
        let train = rows.filter { $0.split != "test" }.map { only($0.task) }
        let test = rows.filter { $0.split == "test" }.map { only($0.task) }
        guard !train.isEmpty else {
            throw HeadEvaluationError(
                code: .noTrainingRows, reason: "no row of split train has a label for the \(head.name) head")
        }
        guard !test.isEmpty else {
            throw HeadEvaluationError(
                code: .noTestRows,
                reason: "no row of split test has a label for the \(head.name) head (--folds judges without)")
        }
        return ([Part(train: train, test: test)], "split test, trained on train and val")
    }

    /// Dealt in turn within each project and label, in the order of the rows.
    private static func folds(_ groups: [String], _ count: Int) -> [Int] {
        var seen: [String: Int] = [:]
        return groups.map { group in
            defer { seen[group, default: 0] += 1 }
            return seen[group, default: 0] % count
        }
    }

    private func key(_ task: LabelledTask) -> String { task.label(head) ?? "" }

    private func isLabelled(_ task: LabelledTask) -> Bool {
        head == .labels ? task.labels != nil : task.label(head) != nil
    }

    /// The task with the label of this head alone, so that no other head is trained.
    private func only(_ task: LabelledTask) -> LabelledTask {
        LabelledTask(
            id: task.id, text: task.text, category: head == .category ? task.category : nil,
            priority: head == .priority ? task.priority : nil, effort: head == .effort ? task.effort : nil,
            labels: head == .labels ? task.labels : nil, weight: task.weight, embedding: task.embedding)
    }

    /// Every label of the rows; priorities from the highest to the lowest.
    private func names(_ rows: [Row]) -> [String] {
        let found = Set(rows.compactMap { $0.task.label(head) })
        let usual = head == .priority ? ["high", "medium", "low"].filter(found.contains) : []
        return usual + found.subtracting(usual).sorted()
    }

    private func judge(_ part: Part, _ names: [String], _ outcome: inout Outcome) throws(HeadEvaluationError) {
        let labels = Set(part.train.compactMap { $0.label(head) })
        guard labels.count > 1 || head == .labels else {
            throw HeadEvaluationError(
                code: .oneLabel, reason: "the training rows have one \(head.name) label only: \(labels.sorted())")
        }
        let clock = ContinuousClock()
        let start = clock.now
        let model: TriageModel
        do throws(TrainingError) {
            model = try Trainer.train(part.train, base: nil, options: options)
        } catch {
            throw HeadEvaluationError(code: .training, reason: "training failed: \(error)")
        }
        outcome.trainingSeconds += Self.microseconds(clock.now - start) / 1e6
        outcome.bytes = model.serialized().count
        let plain = PlainAnswers(part.train, head: head)
        let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var scratch = FeatureScratch()
        for task in part.test {
            let start = clock.now
            let prediction = model.predict(
                task.text, embedding: task.embedding, scratch: &scratch, explains: false)
            outcome.times.append(Self.microseconds(clock.now - start))
            outcome.withVectors += prediction.embedding == .used ? 1 : 0
            let project = task.text.project
            if head == .labels {
                outcome.sets.append(
                    (truth: Set(task.labels ?? []), answered: Set((prediction.labels ?? []).map(\.label))))
            } else if head == .effort {
                guard let truth = task.effort, let answer = prediction.effort else { continue }
                outcome.effort.append(
                    EffortAnswer(
                        project: project, truth: truth, points: answer.points, low: answer.low, high: answer.high,
                        hasEnoughEvidence: answer.hasEnoughEvidence))
                let median = plain.median(project)
                outcome.medians.append(
                    EffortAnswer(project: project, truth: truth, points: median, low: median, high: median))
            } else {
                guard let answer = head == .priority ? prediction.priority : prediction.category,
                    let truth = task.label(head).flatMap({ indices[$0] })
                else { continue }
                var distribution = [Double](repeating: 0, count: names.count)
                for item in answer.distribution {
                    if let index = indices[item.label] { distribution[index] = item.probability }
                }
                outcome.answers.append(
                    LabelAnswer(
                        project: project, truth: truth, distribution: distribution, picked: indices[answer.label]))
                var majority = [Double](repeating: 0, count: names.count)
                if let index = indices[plain.majority(project)] { majority[index] = 1 }
                outcome.majorities.append(LabelAnswer(project: project, truth: truth, distribution: majority))
            }
        }
    }

    private static func microseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12
    }
}

/// What a project's tasks are without reading them: the bar that each head has to pass.
struct PlainAnswers {
    private var labels: [String: [String: Int]] = [:]
    private var points: [String: [Double]] = [:]

    init(_ tasks: [LabelledTask], head: HeadKind) {
        for task in tasks {
            if let label = task.label(head) { labels[task.text.project, default: [:]][label, default: 0] += 1 }
            if let effort = task.effort { points[task.text.project, default: []].append(effort) }
        }
        points = points.mapValues { $0.sorted() }
    }

    /// The most frequent label of a project; empty where it has none.
    func majority(_ project: String) -> String {
        labels[project, default: [:]].max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    }

    /// The median of a project's points, as the mean of the two in the middle; 0 where it has none.
    func median(_ project: String) -> Double {
        let values = points[project, default: []]
        guard !values.isEmpty else { return 0 }
        return (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
    }
}

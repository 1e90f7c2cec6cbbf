/// Trains and calibrates one head.
struct HeadTrainer {
    let plan: HeadPlan
    let base: Head?
    let options: TrainingOptions
    /// Those that have a label for the head.
    let tasks: [LabelledTask]
    /// The label of each task.
    let labels: [Int]
    let recipe: Recipe.Head
    let space: FeatureSpace
    let features: TaskFeatures
    /// Which part of its weight each task keeps.
    var shares: [Float]
    /// Projects that get weights and the calibration of known ones.
    let known: Set<UInt64>
    /// Nil where the tasks have no vectors.
    let embeddings: EmbeddingTrainer?

    init(
        plan: HeadPlan, tasks: [LabelledTask], vocabulary: FeatureVocabulary, base: Head?, options: TrainingOptions,
        recipe: Recipe.Head
    ) {
        self.plan = plan
        self.base = base
        self.options = options
        self.recipe = recipe
        let found = tasks.compactMap { task -> (LabelledTask, Int)? in
            guard task.weight > 0, let label = plan.index(of: task) else { return nil }
            return (task, label)
        }
        self.tasks = found.map(\.0)
        labels = found.map(\.1)
        shares = labels.map { _ in 1 }
        space = FeatureSpace(vocabulary)
        features = TaskFeatures(self.tasks.map(\.text), space)
        // Few tasks make no project known.
        let counts = Dictionary(self.tasks.map { (FeatureHash.text($0.text.project), 1) }, uniquingKeysWith: +)
        known = Set(counts.filter { $0.value >= Self.enoughProjectTasks }.keys).union(base?.projects ?? [])
        embeddings = Self.embeddingTrainer(
            plan, self.tasks, labels, known: known, base: base, options: options, warmCost: recipe.warmCost)
    }

    func train(progress: (String, Double) -> Void) -> Trained {
        progress("weights", 0.1)
        let whole = withVectors(solve(wholeTable(), start: nil), tasks: Array(tasks.indices))
        guard options.doubtsAnswers, canCrossValidate, recipe.problem == .label else {
            return calibrated(whole, progress: progress)
        }
        progress("doubts", 0.2)
        var doubting = self
        doubting.shares = shares(crossValidated(whole))
        let table = doubting.table(Array(tasks.indices), of: whole.table)
        let again = doubting.withVectors(doubting.solve(table, start: whole), tasks: table.tasks)
        return doubting.calibrated(again, progress: progress)
    }

    private var canCrossValidate: Bool { tasks.count >= Calibrator.minimumTasks && options.recipe.folds > 1 }

    private func calibrated(_ whole: Solution, progress: (String, Double) -> Void) -> Trained {
        var head = whole.head
        if recipe.problem == .cumulative {
            progress("interval", 0.4)
            head.options.quantiles = quantiles(whole) ?? base?.options.quantiles
            return Trained(head: head, macroF1: nil)
        }
        let held = options.calibration.filter { $0.label(plan.kind) != nil }
        var scored = score(head, held)
        if held.count < Self.enoughForCalibration, canCrossValidate {
            progress("calibration by cross-validation", 0.4)
            scored += crossValidated(whole)
        }
        head.calibration = Calibrator.fit(
            scored, start: calibrationStart(base?.calibration), movesLabels: base != nil, options: options)
        progress("calibration for foreign projects", 0.7)
        let foreign = foreignScores(whole)
        head.foreignCalibration = Calibrator.fit(
            foreign, start: calibrationStart(base?.foreignCalibration), movesLabels: true, options: options)
        head.embedding = blended(head, scored, foreign: foreign)
        return decided(head, scored)
    }

    /// Held-back tasks that fit a calibration alone; fewer are joined by cross-validation.
    private static let enoughForCalibration = 1_000
    /// Tasks of a project that make it known.
    private static let enoughProjectTasks = 20
    /// Projects without which nothing can be said about foreign ones.
    private static let enoughProjects = 3

    /// Scores of the training tasks, each by a head that wasn't trained on it.
    private func crossValidated(_ whole: Solution) -> [Calibrator.Scored] {
        var seen = [Int](repeating: 0, count: plan.labels.count)
        let folds = labels.map { label in
            defer { seen[label] += 1 }
            return seen[label] % options.recipe.folds
        }
        return scores(folds, count: options.recipe.folds, whole)
    }

    /// Scores of tasks of projects that a head has never seen; none for corrections of few projects, which keep the base's
    /// answer.
    private func foreignScores(_ whole: Solution) -> [Calibrator.Scored] {
        let projects = known.sorted()
        guard base == nil, projects.count >= Self.enoughProjects, options.recipe.folds > 1 else { return [] }
        let groups = min(options.recipe.folds, projects.count)
        let numbers = Dictionary(uniqueKeysWithValues: projects.enumerated().map { ($1, $0 % groups) })
        let folds = tasks.map { numbers[FeatureHash.text($0.text.project)] ?? 0 }
        return scores(folds, count: groups, whole, judging: completeProjects())
    }

    /// The projects whose tasks have every label, or all projects where there is none: one without any question can't
    /// tell how often a foreign task is one.
    private func completeProjects() -> Set<String> {
        var found: [String: Set<Int>] = [:]
        for (task, label) in zip(tasks, labels) { found[task.text.project, default: []].insert(label) }
        let complete = found.filter { $0.value.count == plan.labels.count }.keys
        return Set(complete.isEmpty ? found.keys : complete)
    }

    /// Scores each fold's tasks by a head trained on the others, from counting the words on; several folds at once.
    ///
    /// Each starts at the whole head's dual variables, which are near its own: a few passes in place of dozens.
    private func scores(
        _ folds: [Int], count: Int, _ whole: Solution, judging projects: Set<String>? = nil
    ) -> [Calibrator.Scored] {
        let parts: [[Calibrator.Scored]] = Parallel.map(0..<count) { fold in
            let table = table(tasks.indices.filter { folds[$0] != fold }, of: whole.table)
            let head = withVectors(solve(table, start: whole).head, tasks: table.tasks, start: whole.vectors)
            var scratch = FeatureScratch()
            return tasks.indices.filter { folds[$0] == fold && projects?.contains(tasks[$0].text.project) ?? true }.map
            {
                features.load($0, &scratch)
                return scored(head, tasks[$0], labels[$0], &scratch, place: $0)
            }
        }
        return parts.flatMap { $0 }
    }

    /// Scores tasks that weren't trained on.
    private func score(_ head: Head, _ tasks: [LabelledTask]) -> [Calibrator.Scored] {
        var scratch = FeatureScratch()
        return tasks.compactMap { task in
            guard let label = plan.index(of: task) else { return nil }
            space.vectorise(task.text, &scratch)
            return scored(head, task, label, &scratch)
        }
    }

    func scored(
        _ head: Head, _ task: LabelledTask, _ label: Int, _ scratch: inout FeatureScratch, place: Int = 0
    ) -> Calibrator.Scored {
        let project = FeatureHash.text(task.text.project)
        head.score(project: project, &scratch)
        return Calibrator.Scored(
            project: project, scores: head.labels.indices.map { scratch.logits[$0] }, label: label,
            weight: Float(min(task.weight, 100)), place: place,
            vector: task.embedding.flatMap { head.embedding?.logProbabilities($0, project: project) })
    }

    /// The base's calibration, with room for new labels.
    func calibrationStart(_ base: Calibration?) -> Calibration {
        guard var known = base else { return .unknown(labels: plan.labels.count) }
        known.offsets += [Float](repeating: 0, count: plan.labels.count - known.offsets.count)
        return known
    }
}

package import Contracts
package import TriageModel

/// A held-out task with the truth and both models' answers.
package struct PairedTask: Sendable, Hashable {
    /// A label, and what both said. No answer is a wrong one.
    package struct Label: Sendable, Hashable {
        package var truth: String
        package var champion: String?
        package var challenger: String?
        package var championConfidence: Double
        package var challengerConfidence: Double

        package init(
            truth: String, champion: String?, challenger: String?, championConfidence: Double = 0,
            challengerConfidence: Double = 0
        ) {
            self.truth = truth
            self.champion = champion
            self.challenger = challenger
            self.championConfidence = championConfidence
            self.challengerConfidence = challengerConfidence
        }
    }

    /// Story points, and what both said.
    package struct Points: Sendable, Hashable {
        /// What no answer is counted as: as wrong as an answer can be.
        static let missing = 100.0

        package var truth: Double
        package var champion: Double?
        package var challenger: Double?

        package init(truth: Double, champion: Double?, challenger: Double?) {
            self.truth = truth
            self.champion = champion
            self.challenger = challenger
        }

        var championError: Double { champion.map { abs($0 - truth) } ?? Self.missing }
        var challengerError: Double { challenger.map { abs($0 - truth) } ?? Self.missing }
    }

    /// The group of near copies that it is drawn with.
    package var group: UInt64
    /// What it belongs to, but for its labels.
    package var slices: [SliceName]
    package var labels: [TriageField: Label]
    package var effort: Points?

    package init(group: UInt64, slices: [SliceName], labels: [TriageField: Label] = [:], effort: Points? = nil) {
        self.group = group
        self.slices = slices
        self.labels = labels
        self.effort = effort
    }
}

extension PairedTask {
    /// Predicts every task with both models.
    /// - Parameters:
    ///   - embeddings: the tasks' vectors, where there are any.
    ///   - labels: what teams' categories are.
    package static func pairs(
        _ examples: [DatasetExample], embeddings: [TextEmbedding?], champion: TriageModel, challenger: TriageModel,
        labels: TeamLabels = .none
    ) -> [PairedTask] {
        let texts = examples.map(\.text)
        let facts = examples.map { TextFacts($0) }
        let groups = groups(NearCopies(facts).pairs, count: examples.count)
        let answers = zip(
            champion.predict(texts, embeddings: embeddings), challenger.predict(texts, embeddings: embeddings))
        return zip(examples.indices, answers).map { place, answers in
            let example = examples[place]
            var slices = [
                SliceName(.project, example.project),
                SliceName(.length, LengthBand(letters: facts[place].letters).rawValue),
                SliceName(.script, facts[place].script.rawValue),
            ]
            if let tenant = example.tenant { slices.append(SliceName(.tenant, tenant)) }
            // By the first member's id: the same for any order of the tasks.
            var task = PairedTask(group: HeldOutSplit.hash(examples[groups[place]].taskID.description), slices: slices)
            for label in example.labels { task.add(label, answers.0, answers.1, labels[example.tenant]) }
            return task
        }
    }

    private mutating func add(_ label: DatasetLabel, _ old: Prediction, _ new: Prediction, _ team: LabelMapping) {
        switch (label.field, label.value) {
        case (.category, .text(let truth)): labels[.category] = Self.label(truth, old.category, new.category, team)
        case (.priority, .text(let truth)): labels[.priority] = Self.label(truth, old.priority, new.priority)
        case (.effort, .number(let truth)):
            effort = Points(truth: truth, champion: old.effort?.points, challenger: new.effort?.points)
        default: break  // refused by the event's own rules
        }
    }

    private static func label(
        _ truth: String, _ old: LabelPrediction?, _ new: LabelPrediction?, _ team: LabelMapping = .none
    ) -> Label {
        let (old, new) = (said(old, team), said(new, team))
        return Label(
            truth: truth, champion: old?.label, challenger: new?.label, championConfidence: old?.confidence ?? 0,
            challengerConfidence: new?.confidence ?? 0)
    }

    private static func said(
        _ prediction: LabelPrediction?, _ team: LabelMapping
    ) -> (label: String, confidence: Double)? {
        guard let prediction else { return nil }
        guard team.isSet else { return (prediction.label, prediction.confidence) }
        return team.answer(
            prediction.label, prediction.confidence,
            Dictionary(
                prediction.distribution.map { ($0.label, $0.probability) }, uniquingKeysWith: { one, _ in one }))
    }

    /// For each place the first one of its connected component.
    private static func groups(_ pairs: [NearCopies.Pair], count: Int) -> [Int] {
        var parents = Array(0..<count)
        func root(_ place: Int) -> Int {
            var place = place
            while parents[place] != place {
                parents[place] = parents[parents[place]]
                place = parents[place]
            }
            return place
        }
        for pair in pairs {
            let roots = (root(pair.first), root(pair.second))
            parents[max(roots.0, roots.1)] = min(roots.0, roots.1)
        }
        return parents.indices.map { root($0) }
    }
}

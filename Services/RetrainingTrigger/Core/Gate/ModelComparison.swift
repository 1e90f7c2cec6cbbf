package import Contracts
package import TriageModel

/// Champion and challenger on the same held-out tasks, as the child process that compared them says.
package struct ModelComparison: Codable, Equatable, Sendable {
    /// One field, task by task.
    package struct Pairs: Codable, Hashable, Sendable {
        package var field: TriageField
        /// Held-out tasks with a label of this field.
        package var tasks: Int
        /// Tasks that only the challenger gets right; for effort: where it is nearer.
        package var won: Int
        /// Tasks that only the champion gets right; for effort: where it is nearer.
        package var lost: Int

        package init(field: TriageField, tasks: Int = 0, won: Int = 0, lost: Int = 0) {
            self.field = field
            self.tasks = tasks
            self.won = won
            self.lost = lost
        }
    }

    package var champion: Evaluation
    package var challenger: Evaluation
    package var pairs: [Pairs]
    /// Which artifact was judged.
    package var challengerSHA256: String
    /// Every figure, with what chance leaves open.
    package var contrasts: [Contrast]
    /// Held-out tasks.
    package var tasks: Int
    /// The same with near copies counted once.
    package var groups: Int
    /// Slices with enough tasks that were not looked at.
    package var omittedSlices: Int
    package var championBytes: Int
    package var challengerBytes: Int

    package init(
        champion: Evaluation, challenger: Evaluation, pairs: [Pairs], challengerSHA256: String,
        contrasts: [Contrast] = [], tasks: Int = 0, groups: Int = 0, omittedSlices: Int = 0, championBytes: Int = 1,
        challengerBytes: Int = 1
    ) {
        self.champion = champion
        self.challenger = challenger
        self.pairs = pairs
        self.challengerSHA256 = challengerSHA256
        self.contrasts = contrasts
        self.tasks = tasks
        self.groups = groups
        self.omittedSlices = omittedSlices
        self.championBytes = championBytes
        self.challengerBytes = challengerBytes
    }

    /// Predicts every example with both.
    /// - Parameters:
    ///   - embeddings: the examples' vectors, where there are any.
    ///   - labels: what teams' categories are: both are judged by what they would be shown to say.
    package init(
        champion: TriageModel, challenger: TriageModel, examples: [DatasetExample],
        embeddings: [Identifier: TextEmbedding] = [:], labels: TeamLabels = .none, limits: GateLimits
    ) {
        let labelled = examples.flatMap { $0.labelledTasks(embedding: embeddings[$0.taskID]) }
        let pairs = PairedTask.pairs(
            examples, embeddings: examples.map { embeddings[$0.taskID] }, champion: champion, challenger: challenger,
            labels: labels)
        let result = Contrasts.result(pairs, limits)
        self.init(
            champion: Evaluator.evaluate(champion, on: labelled),
            challenger: Evaluator.evaluate(challenger, on: labelled), pairs: Self.pairs(pairs),
            challengerSHA256: challenger.header.sha256, contrasts: result.contrasts, tasks: examples.count,
            groups: result.groups, omittedSlices: result.omittedSlices,
            championBytes: champion.serialized().count, challengerBytes: challenger.serialized().count)
    }

    /// Every figure of tasks that both have answered.
    package static func contrasts(_ tasks: [PairedTask], _ limits: GateLimits) -> [Contrast] {
        Contrasts.result(tasks, limits).contrasts
    }

    private static func pairs(_ tasks: [PairedTask]) -> [Pairs] {
        TriageField.allCases.compactMap { field in
            var pairs = Pairs(field: field)
            for task in tasks {
                if field == .effort, let effort = task.effort {
                    pairs.add(effort.challengerError, over: effort.championError)
                } else if let label = task.labels[field] {
                    pairs.add(
                        label.challenger == label.truth ? 0 : 1, over: label.champion == label.truth ? 0 : 1)
                }
            }
            return pairs.tasks > 0 ? pairs : nil
        }
    }

    /// The figures of both under short names, for the registry and the events.
    package var metrics: [String: Double] {
        var metrics: [String: Double] = [:]
        for (name, value) in champion.metrics { metrics["champion_" + name] = value }
        for (name, value) in challenger.metrics { metrics["challenger_" + name] = value }
        for pair in pairs {
            metrics["\(pair.field.rawValue)_won"] = Double(pair.won)
            metrics["\(pair.field.rawValue)_lost"] = Double(pair.lost)
        }
        return metrics
    }

    enum CodingKeys: String, CodingKey {
        case champion, challenger, pairs, contrasts, tasks, groups
        case challengerSHA256 = "challenger_sha256"
        case omittedSlices = "omitted_slices"
        case championBytes = "champion_bytes"
        case challengerBytes = "challenger_bytes"
    }
}

extension ModelComparison.Pairs {
    /// Counts a task by both errors.
    fileprivate mutating func add(_ new: Double, over old: Double) {
        tasks += 1
        if new < old { won += 1 }
        if old < new { lost += 1 }
    }
}

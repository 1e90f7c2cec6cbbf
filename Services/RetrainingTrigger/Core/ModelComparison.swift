package import Contracts
package import TriageModel

/// Champion and challenger on the same held-out tasks.
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

    package init(champion: Evaluation, challenger: Evaluation, pairs: [Pairs], challengerSHA256: String) {
        self.champion = champion
        self.challenger = challenger
        self.pairs = pairs
        self.challengerSHA256 = challengerSHA256
    }

    /// Predicts every task with both.
    package init(champion: TriageModel, challenger: TriageModel, tasks: [LabelledTask]) {
        self.init(
            champion: Evaluator.evaluate(champion, on: tasks), challenger: Evaluator.evaluate(challenger, on: tasks),
            pairs: Self.pairs(champion, challenger, tasks), challengerSHA256: challenger.header.sha256)
    }

    private static func pairs(_ champion: TriageModel, _ challenger: TriageModel, _ tasks: [LabelledTask]) -> [Pairs] {
        var category = Pairs(field: .category)
        var priority = Pairs(field: .priority)
        var effort = Pairs(field: .effort)
        let texts = tasks.map(\.text)
        let embeddings = tasks.map(\.embedding)
        let answers = zip(
            champion.predict(texts, embeddings: embeddings), challenger.predict(texts, embeddings: embeddings))
        for (task, (old, new)) in zip(tasks, answers) {
            if let truth = task.category { category.add(truth, old.category?.label, new.category?.label) }
            if let truth = task.priority { priority.add(truth, old.priority?.label, new.priority?.label) }
            if let truth = task.effort { effort.add(truth, old.effort?.points, new.effort?.points) }
        }
        return [category, priority, effort].filter { $0.tasks > 0 }
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
        case champion, challenger, pairs
        case challengerSHA256 = "challenger_sha256"
    }
}

extension ModelComparison.Pairs {
    fileprivate mutating func add(_ truth: String, _ old: String?, _ new: String?) {
        tasks += 1
        if new == truth, old != truth { won += 1 }
        if old == truth, new != truth { lost += 1 }
    }

    /// A model without an answer is farther off than any other.
    fileprivate mutating func add(_ truth: Double, _ old: Double?, _ new: Double?) {
        tasks += 1
        let oldError = old.map { abs($0 - truth) } ?? .infinity
        let newError = new.map { abs($0 - truth) } ?? .infinity
        if newError < oldError { won += 1 }
        if oldError < newError { lost += 1 }
    }
}

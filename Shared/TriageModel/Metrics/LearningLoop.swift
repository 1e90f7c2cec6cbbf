import struct FoundationEssentials.Date

/// Replays how a team's answers make the model better: tasks come in batches, the model predicts, people answer, and it
/// is trained again on all answers so far.
package struct LearningLoop: Sendable {
    /// What people answer.
    package enum Mode: String, Sendable, CaseIterable {
        /// To every task.
        case all
        /// To wrong predictions only.
        case corrections
        /// To every task, every tenth time wrongly.
        case noisy
        /// Never: the first model stays.
        case frozen
    }

    /// How good the model was after so many answers.
    package struct Step: Sendable, Equatable, Codable {
        package let items: Int
        /// Mean of the projects' macro-F1 on the judge's tasks.
        package let f1: Double
        package let ece: Double
        /// Share of the batch that was predicted rightly before anybody answered; nil for the first model.
        package let online: Double?

        package init(items: Int, f1: Double, ece: Double, online: Double?) {
            self.items = items
            self.f1 = f1
            self.ece = ece
            self.online = online
        }
    }

    /// Tasks of the first model and of each batch.
    package static let batch = 150

    private let stream: [LabelledTask]
    private let judge: [LabelledTask]
    private let labels: [String]
    private let isSmall: Bool

    /// - Parameters:
    ///   - stream: the tasks that come in, with their categories.
    ///   - judge: the tasks that judge each model.
    ///   - isSmall: takes the small recipe of the reference's replay: words, structure and sentence starts, logistic
    ///     regression alone.
    package init(stream: [LabelledTask], judge: [LabelledTask], isSmall: Bool = false) {
        self.isSmall = isSmall
        self.stream = stream.filter { $0.category != nil }
        self.judge = judge
        labels = Set(self.stream.compactMap(\.category)).sorted()
    }

    /// Replays one order of the stream; the same seed gives the same steps.
    package func replay(_ mode: Mode, seed: UInt64) throws(TrainingError) -> [Step] {
        var random = SplitMix64(seed: seed &+ 1)
        let order = stream.indices.shuffled(using: &random).map { stream[$0] }
        var answered = Array(order.prefix(Self.batch))
        var model = try train(answered)
        var steps = [step(answered.count, model, online: nil)]
        for start in stride(from: Self.batch, to: order.count, by: Self.batch) {
            let batch = Array(order[start..<min(order.count, start + Self.batch)])
            let guesses = model.predict(batch.map(\.text)).map { $0.category?.label }
            let right = zip(batch, guesses).count { $0.category == $1 }
            for (task, guess) in zip(batch, guesses) where mode != .frozen {
                guard mode != .corrections || task.category != guess else { continue }
                answered.append(mode == .noisy ? noisy(task, &random) : task)
            }
            if mode != .frozen { model = try train(answered) }
            steps.append(step(answered.count, model, online: Double(right) / Double(batch.count)))
        }
        return steps
    }

    private func train(_ tasks: [LabelledTask]) throws(TrainingError) -> TriageModel {
        var options = TrainingOptions(version: "replay", createdAt: Date(timeIntervalSince1970: 0))
        options.doubtsAnswers = true
        if isSmall {
            options.recipe.category.logisticShare = 1
            options.recipe.category.logisticCost = 3
            options.recipe.category.copyVariance = 1
            options.recipe.category.usesCharacters = false
            let read: [TextField] = [.title, .body, .head, .structure, .start]
            options.recipe.category.fieldWeights = TextField.allCases.map { field in
                read.contains(field) ? TextField.standardWeights[field.rawValue] : 0
            }
        }
        return try Trainer.train(tasks, base: nil, options: options)
    }

    private func step(_ items: Int, _ model: TriageModel, online: Double?) -> Step {
        let judged = Evaluator.evaluate(model, on: judge).category
        return Step(items: items, f1: judged?.meanProjectMacroF1 ?? 0, ece: judged?.ece ?? 1, online: online)
    }

    /// Every tenth time another label.
    private func noisy(_ task: LabelledTask, _ random: inout SplitMix64) -> LabelledTask {
        guard random.next() % 10 == 0 else { return task }
        let others = labels.filter { $0 != task.category }
        var wrong = task
        wrong.category = others.isEmpty ? task.category : others[Int(random.next() % UInt64(others.count))]
        return wrong
    }
}

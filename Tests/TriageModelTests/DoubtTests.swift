import Testing
import TriageModel

@Suite struct DoubtTests {
    @Test func `with a tenth of wrong answers a doubting training gets more right`() throws {
        let right = Samples.tasks(60)
        let names = ["bug", "feature", "question"]
        let tasks = right.enumerated().map { index, task in
            var task = task
            let truth = names.firstIndex(of: task.category ?? "") ?? 0
            if index % 10 == 0 { task.category = names[(truth + 1 + index / 10 % 2) % 3] }
            return task
        }
        var options = Samples.options()
        let trusting = try Trainer.train(tasks, base: nil, options: options)
        options.doubtsAnswers = true
        let doubting = try Trainer.train(tasks, base: nil, options: options)
        #expect(doubting.serialized() != trusting.serialized())
        // Texts whose answers were wrong show what a model has taken to heart.
        let fooled = tasks.indices.filter { tasks[$0].category != right[$0].category }.map { right[$0] }
        let errors = [trusting, doubting].map { model in
            model.predict(fooled.map(\.text)).enumerated().reduce(0.0) { sum, item in
                let truth = fooled[item.offset].category
                let probability = item.element.category?.distribution.first { $0.label == truth }?.probability ?? 0
                return sum + 1 - probability
            }
        }
        #expect(errors[1] < errors[0] * 0.95, "\(errors)")
    }

    @Test func `without any wrong answer hardly anything changes`() throws {
        var options = Samples.options()
        let trusting = try Trainer.train(Samples.tasks(60), base: nil, options: options)
        options.doubtsAnswers = true
        let doubting = try Trainer.train(Samples.tasks(60), base: nil, options: options)
        let judge = Samples.tasks(20, from: 300)
        let accuracies = [trusting, doubting].map { Evaluator.evaluate($0, on: judge).category?.accuracy ?? 0 }
        #expect(accuracies[1] >= accuracies[0] - 0.02)
    }
}

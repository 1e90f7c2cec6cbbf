/// Judges a recipe on training data: each task is predicted by a model that was trained on the others.
package enum CrossValidation {
    /// The fold of each task, 0 ..< `count`: dealt within each project and label, in an order that the seed shuffles.
    package static func folds(_ tasks: [LabelledTask], head: HeadKind, count: Int, seed: UInt64) -> [Int] {
        var groups: [String: [Int]] = [:]
        for (index, task) in tasks.enumerated() {
            groups["\(task.text.project)\u{0}\(task.label(head) ?? "")", default: []].append(index)
        }
        var random = SplitMix64(seed: seed)
        var folds = [Int](repeating: 0, count: tasks.count)
        // Goes on where the group before stopped, so that small groups fill all folds alike.
        var next = 0
        for name in groups.keys.sorted() {
            for index in groups[name, default: []].shuffled(using: &random) {
                folds[index] = next % count
                next += 1
            }
        }
        return folds
    }

    /// The prediction of each task by the model of its fold; several folds are trained at once.
    ///
    /// - Throws: the first fold's `TrainingError`.
    package static func predictions(
        _ tasks: [LabelledTask], folds: [Int], options: TrainingOptions
    ) throws(TrainingError) -> [Prediction] {
        let count = (folds.max() ?? -1) + 1
        let parts = try Parallel.map(0..<count) { fold throws(TrainingError) in
            let model = try Trainer.train(
                tasks.indices.filter { folds[$0] != fold }.map { tasks[$0] }, base: nil, options: options)
            let judged = tasks.indices.filter { folds[$0] == fold }
            return zip(judged, model.predict(judged.map { tasks[$0].text })).map { ($0, $1) }
        }
        return parts.flatMap { $0 }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

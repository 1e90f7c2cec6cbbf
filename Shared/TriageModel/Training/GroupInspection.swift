extension Trainer {
    /// The products of tasks' features, each with each, over all rows and over the groups that solvers work on.
    ///
    /// A solver sees the tasks only through these products, so that equal ones mean the same model.
    ///
    /// - Parameter part: the places of the tasks to multiply; the groups are made of all tasks.
    package static func products(
        of tasks: [LabelledTask], part: [Int], options: TrainingOptions
    ) -> (rows: [Float], groups: [Float], rowCount: Int, groupCount: Int) {
        guard let plan = HeadPlan.make(for: tasks, base: nil).first(where: { $0.kind == .category }) else {
            return ([], [], 0, 0)
        }
        let vocabulary = FeatureVocabulary.fit(tasks.map(\.text), layout: options.layout, base: nil)
        let trainer = HeadTrainer(
            plan: plan, tasks: tasks, vocabulary: vocabulary, base: nil, options: options,
            recipe: options.recipe.category)
        let whole = trainer.wholeTable()
        let table = trainer.table(part, of: whole)
        let entries = TrainingEntries(recipe: trainer.recipe, shape: table.shape)
        var scratch = FeatureScratch()
        let columns = part.map { task -> [Int: (value: Float, variance: Float)] in
            trainer.features.load(task, &scratch)
            entries.weigh(&scratch)
            let project = FeatureHash.text(tasks[task].text.project)
            var found: [Int: (Float, Float)] = [:]
            entries.forEach(scratch, isKnown: trainer.known.contains(project)) { kind, _, value in
                // Features that share a row by chance add up.
                found[entries.tableRow(kind, project: project), default: (0, entries.variance(kind))].0 += value
            }
            return found
        }
        var rows: [Float] = []
        var groups: [Float] = []
        for first in part.indices {
            for second in part.indices {
                rows.append(
                    columns[first].reduce(0) { sum, entry in
                        sum + entry.value.value * entry.value.variance * (columns[second][entry.key]?.value ?? 0)
                    })
                groups.append(table.examples.product(first, second))
            }
        }
        return (rows, groups, whole.examples.groups.tableRows.count, whole.examples.groups.count)
    }
}

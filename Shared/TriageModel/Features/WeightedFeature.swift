/// One row of a head's weights and what a task puts on it: how a text looks to the model.
package struct WeightedFeature: Sendable, Equatable {
    package let row: UInt32
    package let value: Float
}

extension TriageModel {
    /// The features with which a head scores a text when it serves; empty without that head.
    package func features(of text: TaskText, head kind: HeadKind) -> [WeightedFeature] {
        guard let head = head(kind) else { return [] }
        var scratch = FeatureScratch()
        space.vectorise(text, &scratch)
        let project = FeatureHash.text(text.project)
        head.score(project: project, &scratch)
        var features: [WeightedFeature] = []
        func add(_ row: UInt32, _ value: Float) {
            let row = Head.tableRow(row, head.layout, usesCharacters: head.usesCharacters)
            features.append(WeightedFeature(row: UInt32(row), value: value))
        }
        let isKnown = head.knows(project: project)
        for index in 0..<scratch.fieldEnds[Head.lastField(usesCharacters: head.usesCharacters).rawValue]
        where scratch.values[index] != 0 {
            add(scratch.entries[index].bucket, scratch.values[index])
            guard isKnown, head.usesCopies else { continue }
            add(head.layout.copyRow(of: scratch.entries[index].bucket, project: project), scratch.values[index])
        }
        add(head.layout.biasRow, 1)
        if isKnown { add(head.layout.biasRow(project: project), 1) }
        return features
    }
}

extension Trainer {
    /// The features with which a head of `model` would be trained on a text of a project that it knows.
    package static func features(of text: TaskText, head kind: HeadKind, model: TriageModel) -> [WeightedFeature] {
        guard let head = model.head(kind) else { return [] }
        var scratch = FeatureScratch()
        model.space.vectorise(text, &scratch)
        let shape = HeadShape(
            layout: head.layout, terms: head.terms, usesCharacters: head.usesCharacters, usesCopies: head.usesCopies)
        let entries = TrainingEntries(recipe: Recipe.Head(), shape: shape)
        let project = FeatureHash.text(text.project)
        entries.weigh(&scratch)
        var features: [WeightedFeature] = []
        entries.forEach(scratch, isKnown: true) { kind, _, value in
            guard value != 0 else { return }
            features.append(
                WeightedFeature(row: UInt32(entries.tableRow(kind, project: project)), value: value))
        }
        return features
    }
}

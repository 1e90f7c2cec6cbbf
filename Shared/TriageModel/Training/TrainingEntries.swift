/// Goes over what a head reads of a task, in the one order that all of training uses: each feature and the project's copy
/// of it, then the biases.
struct TrainingEntries: Sendable {
    /// What the weight of an entry is shared by.
    enum Kind {
        case shared(bucket: UInt32)
        case copy(bucket: UInt32)
        case bias
        case projectBias
    }

    let recipe: Recipe.Head
    let shape: HeadShape

    /// - Parameters:
    ///   - scratch: holds the task's features, weighed.
    ///   - body: gets what the entry is, the number of its field (those of biases are none) and its value.
    @inline(__always)
    func forEach(_ scratch: borrowing FeatureScratch, isKnown: Bool, _ body: (Kind, Int, Float) -> Void) {
        let hasShared = recipe.sharedVariance > 0
        let hasCopies = isKnown && shape.usesCopies && recipe.copyVariance > 0
        var index = 0
        for field in 0...Head.lastField(usesCharacters: shape.usesCharacters).rawValue {
            while index < scratch.fieldEnds[field] {
                let value = scratch.values[index]
                let bucket = scratch.entries[index].bucket
                if hasShared { body(.shared(bucket: bucket), field, value) }
                if hasCopies { body(.copy(bucket: bucket), field, value) }
                index &+= 1
            }
        }
        body(.bias, TextField.allCases.count, 1)
        if isKnown, recipe.biasVariance > 0 { body(.projectBias, TextField.allCases.count, 1) }
    }

    /// Gives the features in `scratch` their values.
    func weigh(_ scratch: inout FeatureScratch) {
        shape.terms.weigh(upTo: Head.lastField(usesCharacters: shape.usesCharacters), &scratch)
    }

    /// The row of the head's weight table.
    @inline(__always)
    func tableRow(_ kind: Kind, project: UInt64) -> Int {
        let layout = shape.layout
        let row =
            switch kind {
            case .shared(let bucket): bucket
            case .copy(let bucket): layout.copyRow(of: bucket, project: project)
            case .bias: layout.biasRow
            case .projectBias: layout.biasRow(project: project)
            }
        return Head.tableRow(row, layout, usesCharacters: shape.usesCharacters)
    }

    /// The prior variance of its weight.
    @inline(__always)
    func variance(_ kind: Kind) -> Float {
        switch kind {
        case .shared: recipe.sharedVariance
        case .copy: recipe.copyVariance
        case .bias: 1
        case .projectBias: recipe.biasVariance
        }
    }
}

/// What a head reads.
struct HeadShape: Sendable {
    let layout: BucketLayout
    let terms: TermWeights
    let usesCharacters: Bool
    let usesCopies: Bool
}

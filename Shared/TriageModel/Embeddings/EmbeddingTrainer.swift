/// Trains the weights that a head has for vectors: multinomial logistic regression over what all projects share and over
/// a copy for each project, drawn towards a base's weights where there is one.
struct EmbeddingTrainer {
    let examples: EmbeddingExamples
    let labelCount: Int
    /// The label and the cost of each task.
    let labels: [Int]
    let costs: [Float]
    /// The project of each task.
    let projects: [UInt64]
    let recipe: Recipe.Embedding
    /// Of the same model, to start from; its labels come first.
    let base: EmbeddingHead?

    /// What all sets of weights have learned beside the base's, in the form of the solver.
    typealias Weights = [SIMD8<Float>]

    private var sets: Int { examples.projects.count + 1 }
    private var rowWidth: Int { labelCount * examples.width }

    /// Trains on some tasks.
    ///
    /// - Parameter start: of more tasks, to start from.
    func train(_ tasks: [Int], start: Weights?) -> (head: EmbeddingHead, weights: Weights)? {
        let tasks = tasks.filter { examples.start($0) != nil && costs[$0] > 0 }
        guard tasks.count >= EmbeddingExamples.minimumTasks, Set(tasks.map { labels[$0] }).count > 1 || base != nil
        else {
            return nil
        }
        let offsets = baseScores(tasks)
        let seen = Set(tasks.map { labels[$0] }).union(base?.labels ?? []).sorted()
        let solver = QuasiNewton(maximumSteps: recipe.steps, tolerance: recipe.tolerance)
        let weights = solver.minimise(start ?? Weights(repeating: .zero, count: sets * rowWidth)) { point, slope in
            evaluate(point, &slope, tasks, seen, offsets)
        }
        return (head(weights, tasks, seen), weights)
    }

    /// What the base says of each task, label after label; empty without a base.
    private func baseScores(_ tasks: [Int]) -> [Float] {
        guard let base else { return [] }
        let rows = (0..<(base.projects.count + 1)).map { set in baseWeights(base, set) }
        return tasks.flatMap { task -> [Float] in
            let set = SortedProjects.place(of: projects[task], in: base.projects).map { $0 + 1 } ?? 0
            let row = examples.start(task) ?? 0
            return examples.withRows { vectors in
                rows[set].withUnsafeBufferPointer { weights in
                    (0..<labelCount).map {
                        EmbeddingExamples.product(vectors, row, weights, $0 * examples.width, examples.width)
                    }
                }
            }
        }
    }

    /// A set of the base's weights in the form of the solver; labels that it doesn't know have none.
    private func baseWeights(_ base: EmbeddingHead, _ set: Int) -> Weights {
        var weights = Weights(repeating: .zero, count: rowWidth)
        for label in 0..<min(labelCount, base.labelCount) {
            for (index, value) in base.weights(row: set * base.labelCount + label).enumerated() {
                weights[label * examples.width + index / 8][index % 8] = value
            }
        }
        return weights
    }

    /// The sum of the costs times the log losses, and half the square of the weights; the slope goes into `slope`.
    ///
    /// - Parameter seen: the labels that are told apart.
    private func evaluate(
        _ point: Weights, _ slope: inout Weights, _ tasks: [Int], _ seen: [Int], _ offsets: [Float]
    ) -> Double {
        let judging = effective(point)
        var gradient = Weights(repeating: .zero, count: point.count)
        var loss = 0.0
        var scores = [Double](repeating: 0, count: seen.count)
        let width = examples.width
        examples.withRows { rows in
            judging.withUnsafeBufferPointer { weights in
                gradient.withUnsafeMutableBufferPointer { gradient in
                    for (place, task) in tasks.enumerated() {
                        guard let row = examples.start(task) else { continue }
                        let set = examples.set(task) * rowWidth
                        for (number, label) in seen.enumerated() {
                            let own = EmbeddingExamples.product(rows, row, weights, set + label * width, width)
                            scores[number] = Double(own + (offsets.isEmpty ? 0 : offsets[place * labelCount + label]))
                        }
                        let logs = EmbeddingBlend.logSoftmax(scores)
                        for (number, label) in seen.enumerated() {
                            let isLabel = label == labels[task]
                            if isLabel { loss -= Double(costs[task]) * logs[number] }
                            let wrong = Float(Logarithm.exponential(logs[number])) - (isLabel ? 1 : 0)
                            let factor = costs[task] * wrong
                            let target = set + label * width
                            for index in 0..<width { gradient[target + index] += rows[row + index] * factor }
                        }
                    }
                }
            }
        }
        let copy = recipe.copyVariance.squareRoot()
        slope = point
        for set in 0..<sets {
            for index in 0..<rowWidth {
                let own = gradient[set * rowWidth + index]
                slope[index] += own
                if set > 0 { slope[set * rowWidth + index] += own * copy }
            }
        }
        return loss + Vectors.product(point, point) / 2
    }

    /// The sets as tasks are judged by them: what is shared, plus what is a project's own.
    private func effective(_ point: Weights) -> Weights {
        let copy = recipe.copyVariance.squareRoot()
        var weights = point
        for set in 1..<max(1, sets) {
            for index in 0..<rowWidth {
                weights[set * rowWidth + index] = point[index] + point[set * rowWidth + index] * copy
            }
        }
        return weights
    }

    /// The head with its weights as bytes; only projects with tasks, and the base's, have a set of their own.
    private func head(_ weights: Weights, _ tasks: [Int], _ seen: [Int]) -> EmbeddingHead {
        let own = effective(weights)
        let found = Set(tasks.map { projects[$0] }).intersection(examples.projects)
        let limit = EmbeddingHead.maximumProjects(labels: labelCount, dimensions: examples.dimensions)
        let kept = Array((found.sorted() + (base?.projects ?? []).filter { !found.contains($0) }).prefix(limit))
            .sorted()
        var packed = PackedVectors(labelCount: labelCount, dimensions: examples.dimensions)
        for project in [nil] + kept.map(Optional.some) {
            let set = project.flatMap { SortedProjects.place(of: $0, in: examples.projects) }.map { $0 + 1 } ?? 0
            let known = base.map { base in
                let place = project.flatMap { SortedProjects.place(of: $0, in: base.projects) }.map { $0 + 1 } ?? 0
                return baseWeights(base, place)
            }
            for label in 0..<labelCount {
                packed.append(
                    (0...examples.dimensions).map { index in
                        let place = label * examples.width + index / 8
                        return own[set * rowWidth + place][index % 8] + (known?[place][index % 8] ?? 0)
                    })
            }
        }
        return packed.head(model: examples.model, labels: seen, projects: kept)
    }
}

/// Rows of weights on their way into bytes.
struct PackedVectors {
    let labelCount: Int
    let dimensions: Int
    private var biases: [Float] = []
    private var scales: [Float] = []
    private var bytes: [UInt8] = []

    init(labelCount: Int, dimensions: Int) {
        self.labelCount = labelCount
        self.dimensions = dimensions
    }

    /// Adds a row; its last number is the bias.
    mutating func append(_ row: [Float]) {
        let largest = row.dropLast().reduce(Float(0)) { max($0, abs($1)) }
        biases.append(row.last ?? 0)
        scales.append(largest)
        for weight in row.dropLast() {
            bytes.append(largest > 0 ? UInt8(bitPattern: Int8((weight / largest * 127).rounded())) : 0)
        }
    }

    func head(model: String, labels: [Int], projects: [UInt64]) -> EmbeddingHead {
        let unknown = EmbeddingBlend.unknown(labels: labelCount)
        return EmbeddingHead(
            model: model, modelHash: FeatureHash.text(model), dimensions: dimensions, labelCount: labelCount,
            labels: labels, projects: projects, biases: biases, scales: scales, values: ArtifactSlice(copying: bytes),
            blend: unknown,
            foreignBlend: unknown)
    }
}

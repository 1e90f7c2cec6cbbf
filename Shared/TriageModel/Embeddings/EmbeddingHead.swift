/// What the vectors of tasks add to a head: a linear classifier over them, and how its answer joins that of the words.
///
/// The words' head stays as it was without it: a task without a vector, or with one of another model, is answered by words
/// alone and loses nothing.
struct EmbeddingHead: Sendable {
    /// Name of the model that made the vectors.
    let model: String
    /// Hash of the name, as vectors carry it.
    let modelHash: UInt64
    /// Numbers of a vector.
    let dimensions: Int
    let labelCount: Int
    /// The labels that it saw vectors of, ascending; of the others it says nothing.
    let labels: [Int]
    /// Projects with weights of their own, sorted; the others share one set.
    let projects: [UInt64]
    /// One for each label of the shared set, then of each project's.
    let biases: [Float]
    /// The weight that a byte of 127 stands for, in the order of `biases`.
    let scales: [Float]
    /// A row of `dimensions` signed bytes for each of `biases`.
    let values: ArtifactSlice
    /// For tasks of projects seen in training.
    var blend: EmbeddingBlend
    /// For tasks of all other projects.
    var foreignBlend: EmbeddingBlend

    /// Most bytes of weights: with many projects or long vectors only the largest projects get weights of their own, so
    /// that an artifact stays below 4 MB.
    static let maximumBytes = 1 << 20
    /// Most rows of weights.
    static let maximumRows = 8_192
    /// Longest name of a model.
    static let maximumNameBytes = 256

    /// Projects that can have weights of their own.
    static func maximumProjects(labels: Int, dimensions: Int) -> Int {
        max(0, min(maximumRows / labels, maximumBytes / (labels * dimensions)) - 1)
    }

    /// Whether a vector comes from the model that the weights were trained with.
    func accepts(_ embedding: TextEmbedding) -> Bool {
        embedding.model == modelHash && embedding.values.count == dimensions
    }

    /// The score of each label, or nil for a vector of another model.
    func scores(_ embedding: TextEmbedding, project: UInt64) -> [Float]? {
        guard accepts(embedding), embedding.norm > 0 else { return nil }
        let set = SortedProjects.place(of: project, in: projects).map { $0 + 1 } ?? 0
        return (0..<labelCount).map { label in
            let row = set * labelCount + label
            return Float(product(row, embedding.values)) * (scales[row] / (127 * embedding.norm)) + biases[row]
        }
    }

    /// The logarithm of each label's probability as the vector alone tells it; a label that it never saw is as probable as
    /// one of the others by chance, so that vectors speak neither for nor against it.
    func logProbabilities(_ embedding: TextEmbedding, project: UInt64) -> [Double]? {
        guard let scores = scores(embedding, project: project) else { return nil }
        let known = EmbeddingBlend.logSoftmax(labels.map { Double(scores[$0]) })
        var logs = [Double](repeating: -Logarithm.natural(Double(labels.count)), count: labelCount)
        for (place, label) in labels.enumerated() { logs[label] = known[place] }
        return logs
    }

    /// The weights of a row as floats, its bias last.
    func weights(row: Int) -> [Float] {
        let bytes = values.numbers(Int8.self)
        return (0..<dimensions).map { Float(bytes[row * dimensions + $0]) * (scales[row] / 127) } + [biases[row]]
    }

    private func product(_ row: Int, _ vector: [Int8]) -> Int32 {
        let bytes = UnsafeBufferPointer(
            rebasing: values.numbers(Int8.self)[(row * dimensions)..<((row + 1) * dimensions)])
        var sum: Int32 = 0
        vector.withUnsafeBufferPointer { vector in
            for index in 0..<dimensions { sum &+= Int32(bytes[index]) &* Int32(vector[index]) }
        }
        return sum
    }
}

/// A list of project hashes in order.
enum SortedProjects {
    /// Where a project stands; nil if it isn't there.
    static func place(of project: UInt64, in projects: [UInt64]) -> Int? {
        var low = 0
        var high = projects.count
        while low < high {
            let middle = (low + high) / 2
            if projects[middle] < project { low = middle + 1 } else { high = middle }
        }
        return low < projects.count && projects[low] == project ? low : nil
    }
}

extension Head {
    /// The probabilities of words and a vector together, with the calibration that tells their zones; nil where the head has
    /// no weights for the vector.
    func blended(
        _ words: [Double], _ embedding: TextEmbedding, project: UInt64
    ) -> (probabilities: [Double], calibration: Calibration)? {
        guard let vectors = self.embedding, let vector = vectors.logProbabilities(embedding, project: project) else {
            return nil
        }
        let blend = knows(project: project) ? vectors.blend : vectors.foreignBlend
        let sums = blend.sums(words: words.map(EmbeddingBlend.logarithm), vector: vector)
        return (Self.probabilities(sums, blend.calibration), blend.calibration)
    }
}

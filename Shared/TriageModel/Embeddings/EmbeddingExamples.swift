/// The vectors of a head's tasks, all of one model, as the solver reads them.
struct EmbeddingExamples: Sendable {
    let model: String
    let dimensions: Int
    /// Vectors of eight floats a row has: the numbers of length 1, a one for the bias, zeros.
    let width: Int
    /// Where the row of each task starts; nil without a vector of the model.
    private let starts: [Int?]
    private let rows: [SIMD8<Float>]
    /// Projects with weights of their own, sorted.
    let projects: [UInt64]
    /// Which set of weights each task is judged by: 0 what all share, 1 and on those of `projects`.
    private let sets: [Int]

    /// Fewer tasks with a vector tell nothing.
    static let minimumTasks = Calibrator.minimumTasks
    /// Most numbers of all vectors together, 256 MiB: the last tasks keep theirs.
    static let maximumNumbers = 1 << 26

    /// - Parameters:
    ///   - known: projects that may get weights of their own.
    /// - Returns: nil where too few tasks have a vector of the model.
    init?(_ tasks: [LabelledTask], model: String?, labels: Int, known: Set<UInt64>) {
        guard let model else { return nil }
        let hash = FeatureHash.text(model)
        var vectors = tasks.map { $0.embedding?.model == hash ? $0.embedding : nil }
        // The first tells how long they are; others are of another model under the same name.
        guard let dimensions = vectors.lazy.compactMap({ $0?.values.count }).first else { return nil }
        let excess = vectors.count { $0 != nil } - Self.maximumNumbers / dimensions
        for place in vectors.indices.filter({ vectors[$0] != nil }).prefix(max(0, excess)) { vectors[place] = nil }
        self.model = model
        self.dimensions = dimensions
        width = (dimensions + 8) / 8
        var rows: [SIMD8<Float>] = []
        var starts: [Int?] = []
        var counts: [UInt64: Int] = [:]
        for (task, vector) in zip(tasks, vectors) {
            guard let vector, vector.values.count == dimensions, vector.norm > 0 else {
                starts.append(nil)
                continue
            }
            starts.append(rows.count)
            rows += Self.row(vector, width)
            counts[FeatureHash.text(task.text.project), default: 0] += 1
        }
        guard starts.count(where: { $0 != nil }) >= Self.minimumTasks else { return nil }
        self.rows = rows
        self.starts = starts
        let largest = counts.filter { known.contains($0.key) }.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        let projects = largest.prefix(EmbeddingHead.maximumProjects(labels: labels, dimensions: dimensions))
            .map(\.key).sorted()
        self.projects = projects
        sets = tasks.map { task in
            SortedProjects.place(of: FeatureHash.text(task.text.project), in: projects).map { $0 + 1 } ?? 0
        }
    }

    private static func row(_ vector: TextEmbedding, _ width: Int) -> [SIMD8<Float>] {
        var row = [SIMD8<Float>](repeating: .zero, count: width)
        for (index, value) in vector.values.enumerated() { row[index / 8][index % 8] = Float(value) / vector.norm }
        row[vector.values.count / 8][vector.values.count % 8] = 1
        return row
    }

    /// Where a task's row starts; nil without a vector.
    func start(_ task: Int) -> Int? { starts[task] }

    /// The set of weights that judges a task.
    func set(_ task: Int) -> Int { sets[task] }

    /// The sum of a task's row times that of a weight.
    @inline(__always) static func product(
        _ rows: UnsafeBufferPointer<SIMD8<Float>>, _ row: Int, _ weights: UnsafeBufferPointer<SIMD8<Float>>,
        _ weight: Int, _ width: Int
    ) -> Float {
        var sum = SIMD8<Float>.zero
        for index in 0..<width { sum += rows[row &+ index] * weights[weight &+ index] }
        return sum.sum()
    }

    func withRows<Answer>(_ body: (UnsafeBufferPointer<SIMD8<Float>>) -> Answer) -> Answer {
        rows.withUnsafeBufferPointer { body($0) }
    }
}

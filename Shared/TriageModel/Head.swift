/// The questions that a model answers.
package enum HeadKind: UInt8, Sendable, CaseIterable {
    case category = 0
    case priority = 1
    case effort = 2
    case labels = 3

    /// Its name in headers and metrics.
    package var name: String {
        switch self {
        case .category: "category"
        case .priority: "priority"
        case .effort: "effort"
        case .labels: "labels"
        }
    }
}

/// From scores to probabilities and from probabilities to zones, fitted on tasks that were not trained on.
struct Calibration: Sendable, Equatable, Codable {
    /// Multiplies every score.
    var scale: Float
    /// Added to each label's score.
    var offsets: [Float]
    /// Confidence from which on a suggestion may be applied by itself; above 1: never.
    var automatic: Double
    /// Confidence from which on a suggestion is worth showing.
    var suggestion: Double

    /// Nothing known yet: plain softmax, nothing automatic.
    static func unknown(labels: Int) -> Calibration {
        Calibration(
            scale: 1.5, offsets: [Float](repeating: 0, count: labels), automatic: 1.01, suggestion: 0.6)
    }

    func zone(of confidence: Double) -> Zone {
        confidence >= automatic ? .auto : (confidence >= suggestion ? .suggest : .ask)
    }

    /// Whether what an artifact says fits a head of `labels` and can be computed with.
    func isUsable(labels: Int) -> Bool {
        let largest = HeadSettings.maximumMagnitude
        return abs(scale) <= largest && offsets.count == labels && offsets.allSatisfy { abs($0) <= largest }
            && (0...2).contains(automatic) && (0...2).contains(suggestion)
    }
}

/// One linear classifier: a score per label from the weights of a task's features.
struct Head: Sendable {
    let kind: HeadKind
    let labels: [String]
    let layout: BucketLayout
    let terms: TermWeights
    /// False: the head reads words only.
    let usesCharacters: Bool
    /// False: a project has no weights of its own but a bias.
    let usesCopies: Bool
    /// Hashes of the projects seen in training, sorted.
    let projects: [UInt64]
    /// How often each label occurred in training; sums to 1.
    let prior: [Float]
    /// For tasks of projects seen in training.
    var calibration: Calibration
    /// For tasks of all other projects, about which the model knows less.
    var foreignCalibration: Calibration
    let weights: WeightTable
    /// What only some heads have.
    var options = HeadOptions()
    /// What vectors of tasks add; nil where it was trained without.
    var embedding: EmbeddingHead?

    static func lanes(for labels: Int) -> Int { (labels + 3) / 4 }

    /// Rows of the table: without those for characters, if the head doesn't read them.
    static func tableRows(_ layout: BucketLayout, usesCharacters: Bool) -> Int {
        usesCharacters ? layout.rowCount : layout.rowCount - layout.characterCount
    }

    /// Where a row of the layout stands in the table.
    @inline(__always) static func tableRow(_ row: UInt32, _ layout: BucketLayout, usesCharacters: Bool) -> Int {
        let isBeforeCharacters = Int(row) < layout.wordCount
        return usesCharacters || isBeforeCharacters ? Int(row) : Int(row) &- layout.characterCount
    }

    func knows(project: UInt64) -> Bool {
        SortedProjects.place(of: project, in: projects) != nil
    }

    /// The last field that a head reads.
    static func lastField(usesCharacters: Bool) -> TextField { usesCharacters ? .bodyCharacters : .question }

    /// Puts the raw score of each label into `scratch.logits`.
    func score(project: UInt64, _ scratch: inout FeatureScratch) {
        let last = Self.lastField(usesCharacters: usesCharacters)
        terms.weigh(upTo: last, &scratch)
        let end = scratch.fieldEnds[last.rawValue]
        let isKnown = knows(project: project)
        let reader = ScoreReader(
            entries: UnsafeBufferPointer(rebasing: scratch.entries.prefix(end)),
            values: UnsafeBufferPointer(rebasing: scratch.values.prefix(end)),
            bias: tableRow(layout.biasRow), projectBias: isKnown ? tableRow(layout.biasRow(project: project)) : nil,
            copies: isKnown && usesCopies ? copyRows(of: project) : nil)
        weights.withView { view in
            // Two vectors at once: finding a row costs as much as reading it.
            for lane in stride(from: 0, to: weights.lanes, by: 2) {
                let sums = lane + 1 < weights.lanes ? reader.pair(view, lane) : (reader.single(view, lane), .zero)
                for offset in 0..<min(8, labels.count &- lane &* 4) {
                    let sum = offset < 4 ? sums.0[offset] : sums.1[offset &- 4]
                    scratch.logits[lane &* 4 &+ offset] = sum * view.scale
                }
            }
        }
    }

    /// Where the table has a project's copies of features.
    private func copyRows(of project: UInt64) -> CopyRows {
        CopyRows(layout, project: project, start: tableRow(UInt32(truncatingIfNeeded: layout.featureCount)))
    }

    /// The weight of one label in one row of the layout.
    func weight(row: UInt32, label: Int) -> Float { weights.weight(row: tableRow(row), label: label) }

    @inline(__always) private func tableRow(_ row: UInt32) -> Int {
        Self.tableRow(row, layout, usesCharacters: usesCharacters)
    }

    /// What to make of the scores of a project's tasks.
    func calibration(project: UInt64) -> Calibration { knows(project: project) ? calibration : foreignCalibration }

    /// Probabilities from the scores in `scratch.logits`.
    func probabilities(_ calibration: Calibration, _ scratch: borrowing FeatureScratch) -> [Double] {
        Self.probabilities((0..<labels.count).map { scratch.logits[$0] }, calibration)
    }

    /// The label to answer: the most probable one, or the one that the head's decision offsets prefer.
    func pick(_ probabilities: [Double]) -> Int? {
        guard !probabilities.isEmpty else { return nil }
        guard let decision = options.decision else {
            return probabilities.indices.max { probabilities[$0] < probabilities[$1] }
        }
        return DecisionFitter.pick(
            probabilities.map { Logarithm.natural(max($0, 1e-12)) }, decision.map(Double.init))
    }

    static func probabilities(_ scores: [Float], _ calibration: Calibration) -> [Double] {
        let scaled = zip(scores, calibration.offsets).map { Double($0 * calibration.scale + $1) }
        let highest = scaled.max() ?? 0
        let powers = scaled.map { Logarithm.exponential($0 - highest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}

/// The rows of a project's copies in a head's table: `BucketLayout.copyRow`, with all that is equal for a task done once.
struct CopyRows {
    private let start: Int
    private let seed: UInt64
    private let shift: UInt64

    init(_ layout: BucketLayout, project: UInt64, start: Int) {
        self.start = start
        seed = project
        shift = UInt64(64 - layout.copyBits)
    }

    @inline(__always) func row(of bucket: UInt32) -> Int {
        let hash = FeatureHash.joining(seed, UInt64(bucket) &+ 1)
        return start &+ Int(truncatingIfNeeded: hash &>> shift)
    }
}

/// Sums what the features of one task add to the scores of some labels.
private struct ScoreReader {
    let entries: UnsafeBufferPointer<FeatureEntry>
    let values: UnsafeBufferPointer<Float>
    let bias: Int
    let projectBias: Int?
    let copies: CopyRows?

    /// The sums of four labels.
    @inline(__always) func single(_ view: WeightTable.View, _ lane: Int) -> SIMD4<Float> {
        var sum = SIMD4<Float>.zero
        forEachSlot(view) { slot, value in sum += view.vector(slot, lane) * value }
        return sum
    }

    /// The sums of eight labels.
    @inline(__always) func pair(_ view: WeightTable.View, _ lane: Int) -> (SIMD4<Float>, SIMD4<Float>) {
        var first = SIMD4<Float>.zero
        var second = SIMD4<Float>.zero
        forEachSlot(view) { slot, value in
            first += view.vector(slot, lane) * value
            second += view.vector(slot, lane &+ 1) * value
        }
        return (first, second)
    }

    @inline(__always) private func forEachSlot(_ view: WeightTable.View, _ body: (Int, Float) -> Void) {
        body(view.slot(behindFeatures: bias), 1)
        if let projectBias { body(view.slot(behindFeatures: projectBias), 1) }
        for index in 0..<entries.count { body(view.slot(of: entries[index]), values[index]) }
        guard let copies else { return }
        for index in 0..<entries.count {
            body(view.slot(behindFeatures: copies.row(of: entries[index].bucket)), values[index])
        }
    }
}

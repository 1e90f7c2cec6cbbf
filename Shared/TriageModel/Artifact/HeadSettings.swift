/// What an artifact says about its features as a whole.
struct ModelSettings: Codable, Equatable {
    /// Version of the feature scanner that the weights were trained with.
    let features: Int
    let wordBits: Int
    let characterBits: Int
    let copyBits: Int
    /// How many heads follow.
    let heads: Int

    enum CodingKeys: String, CodingKey {
        case features, heads
        case wordBits = "word_bits"
        case characterBits = "character_bits"
        case copyBits = "copy_bits"
    }

    /// - Throws: `unsupportedFormat` for features that this program can't find in a text.
    func layout() throws(ArtifactError) -> BucketLayout {
        guard features == FeatureSpace.version else {
            throw ArtifactError(
                code: .unsupportedFormat,
                reason: "trained with features of version \(features), this program has version "
                    + "\(FeatureSpace.version): "
                    + (features > FeatureSpace.version ? "update the program" : "train the model again"))
        }
        guard (4...20).contains(wordBits), (4...20).contains(characterBits), (4...24).contains(copyBits),
            (0...HeadKind.allCases.count).contains(heads)
        else { throw .malformed("bucket counts out of range") }
        return BucketLayout(wordBits: wordBits, characterBits: characterBits, copyBits: copyBits)
    }
}

/// The small numbers of a head, as JSON in its section `head`.
///
/// To give heads a new setting, add an optional property to `HeadOptions` and use it: files without it stay readable, and
/// it needs no new format. A program that doesn't know an option that is set refuses the file, because its answers
/// would be others than those that were trained and measured. Arrays longer than a few hundred numbers go into a section
/// of their own, a new `SectionKind` that `HeadSections` writes and reads.
struct HeadSettings: Codable {
    let kind: String
    let usesCharacters: Bool
    let usesCopies: Bool
    /// Tasks that the IDF was counted on.
    let documents: Int
    /// The weight that a byte of 127 stands for.
    let largestWeight: Float
    let prior: [Float]
    let calibration: Calibration
    let foreignCalibration: Calibration
    let options: HeadOptions
    /// Names of the options that are set.
    let requires: [String]

    enum CodingKeys: String, CodingKey {
        case kind, documents, prior, calibration, options, requires
        case usesCharacters = "uses_characters"
        case usesCopies = "uses_copies"
        case largestWeight = "largest_weight"
        case foreignCalibration = "foreign_calibration"
    }

    /// Larger numbers than any training gives; with them no sum over a text's features leaves the range of floats.
    static let maximumMagnitude: Float = 1e6

    /// Checks every number; what passes can be computed with.
    func check(labels: Int) throws(ArtifactError) {
        if let unknown = requires.first(where: { HeadOptions.CodingKeys(rawValue: $0) == nil }) {
            throw ArtifactError(
                code: .unsupportedFormat,
                reason:
                    "the \(kind) head needs the option \(unknown), which this program doesn't know: update the program")
        }
        guard documents >= 0, documents <= 1 << 40, largestWeight >= 0, largestWeight <= Self.maximumMagnitude,
            prior.count == labels, prior.allSatisfy({ (0...1).contains($0) }), calibration.isUsable(labels: labels),
            foreignCalibration.isUsable(labels: labels), options.isUsable(labels: labels)
        else { throw .malformed("a number of the \(kind) head is out of range") }
    }
}

/// Settings that not every head has; nil is the usual way. See `HeadSettings` for how to add one.
struct HeadOptions: Codable, Sendable, Equatable {
    /// The value of each label, for heads whose labels are numbers.
    var points: [Double]?
    /// The probability from which on each label is answered, for heads that answer several.
    var thresholds: [Float]?
    /// Whether the labels stand in an order, so that neighbours are nearer than others.
    var isOrdinal: Bool?
    /// Weights of the fields in the order of `TextField`, where they aren't those of the recipe.
    var fieldWeights: [Float]?
    /// The values that each project answers with, in the order of the head's projects.
    var scales: [Scale]?
    /// The lower and the upper quantile of the interval.
    var quantiles: [Double]?
    /// What each label's ln(probability) gets before the answer is picked.
    var decision: [Float]?

    /// The labels that are a project's own.
    struct Scale: Codable, Sendable, Equatable {
        /// Ascending.
        let labels: [Int]
        /// Entropy of the project's labels in training.
        let entropy: Float
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case points, thresholds
        case isOrdinal = "is_ordinal"
        case fieldWeights = "field_weights"
        case scales, quantiles, decision
    }

    /// Names of the options that are set.
    var names: [String] {
        let isSet: [(CodingKeys, Bool)] = [
            (.points, points != nil), (.thresholds, thresholds != nil), (.isOrdinal, isOrdinal != nil),
            (.fieldWeights, fieldWeights != nil),
            (.scales, scales != nil), (.quantiles, quantiles != nil), (.decision, decision != nil),
        ]
        return isSet.filter(\.1).map(\.0.rawValue)
    }

    /// Whether the numbers can be computed with.
    func isUsable(labels: Int) -> Bool {
        let largest = Double(HeadSettings.maximumMagnitude)
        let isAscending = points.map { zip($0, $0.dropFirst()).allSatisfy { $0 < $1 } } ?? true
        return isAscending && (points.map { $0.count == labels && $0.allSatisfy { abs($0) <= largest } } ?? true)
            && (thresholds.map { $0.count == labels && $0.allSatisfy { (0...1).contains($0) } } ?? true)
            && (fieldWeights.map { $0.count == TextField.allCases.count && $0.allSatisfy { (0...100).contains($0) } }
                ?? true)
            && (quantiles.map { $0.count == 2 && $0.allSatisfy { (0...1).contains($0) } } ?? true)
            && (decision.map { $0.count == labels && $0.allSatisfy { abs($0) <= 100 } } ?? true)
            && (scales ?? []).allSatisfy { scale in
                !scale.labels.isEmpty && scale.entropy >= 0 && scale.entropy <= 100
                    && scale.labels.allSatisfy { (0..<labels).contains($0) }
                    && zip(scale.labels, scale.labels.dropFirst()).allSatisfy { $0 < $1 }
            }
    }
}

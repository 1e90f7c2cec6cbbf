/// What comparing served values with those that history gives came to.
package struct ParityReport: Sendable {
    /// A value that isn't what history gives.
    package struct Mismatch: Hashable, Sendable {
        package var prediction: String
        package var feature: String
        package var served: Int32?
        package var recomputed: Int32?
    }

    /// Examples that are kept.
    package static let examples = 10

    package var predictions = 0
    package var values = 0
    /// Predictions with at least one mismatch.
    package var mismatchedPredictions = 0
    package var mismatchesByFeature: [String: Int] = [:]
    package var firstMismatches: [Mismatch] = []
    /// Features of a version that this release doesn't have, and how often.
    package var notComparable: [String: Int] = [:]
    /// Predictions whose text isn't there any more: features of the text and its length weren't compared.
    package var withoutText = 0
    /// Predictions that saw more of a history than is there, or a history with a gap.
    package var missingHistory = 0

    package init() {}

    /// Whether everything that was compared is the same.
    package var isClean: Bool { mismatchedPredictions == 0 && missingHistory == 0 && predictions > 0 }
}

import FeatureStore

/// Features as words, so that the model's own trainer learns from them without another artifact format.
///
/// Each value becomes one made-up word: which feature, and in which eighth of the training's values it lies. The words
/// stand in an HTML comment, which the model reads as a field of its own.
struct FeatureWords {
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz")
    /// Upper bounds of each feature's bins; empty for one that isn't used.
    private let bounds: [[Int32]]

    /// - Parameters:
    ///   - rows: values of the training's issues.
    ///   - isUsed: which features to use.
    init(_ rows: [[Int32?]], isUsed: (FeatureDefinition) -> Bool) {
        bounds = FeatureSet.current.definitions.enumerated().map { index, definition in
            let values = rows.compactMap { $0[index] }.sorted()
            guard isUsed(definition), let first = values.first, let last = values.last, first < last else { return [] }
            var bounds: [Int32] = []
            for eighth in 1..<8 {
                let bound = values[values.count * eighth / 8]
                if bound > (bounds.last ?? first) { bounds.append(bound) }
            }
            return bounds
        }
    }

    /// A comment to append to a body; empty when there is nothing to say.
    func comment(_ values: [Int32?]) -> String {
        var words: [String] = []
        for (index, value) in values.enumerated() where !bounds[index].isEmpty {
            let bin = value.map { value in bounds[index].count { $0 <= value } } ?? 25
            words.append("hx\(Self.letters[index / 26])\(Self.letters[index % 26])\(Self.letters[bin])q")
        }
        return words.isEmpty ? "" : "\n<!-- \(words.joined(separator: " . ")) -->"
    }
}

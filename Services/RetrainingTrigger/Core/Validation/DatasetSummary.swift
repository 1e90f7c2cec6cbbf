import Contracts

/// A snapshot in some dozen numbers, for the next one to be compared with.
package struct DatasetSummary: Codable, Hashable, Sendable {
    package var examples: Int
    /// By field: how many tasks have each label; points of effort as text.
    package var labels: [String: [String: Int]]
    /// By field: what was suggested how often.
    package var suggestions: [String: [String: Int]]
    /// Texts of which the shipped model hardly knows a word.
    package var foreign: Int
    /// Tasks by the logarithm of their letters, of base 2.
    package var lengths: [Int]
    /// Tasks by the script of most of their letters.
    package var scripts: [String: Int]
    /// Words by their hash, a task's distinct ones.
    package var words: [Int]
    /// Estimated share of wrong categories.
    package var noise: Double?

    static let lengthBuckets = 16
    static let wordBuckets = 64
    /// More labels of a field are counted together.
    static let maximumLabels = 200
    static let others = "(others)"

    init(_ input: ValidationInput, _ texts: [TextFacts], _ base: BaseView, noise: Double?) {
        examples = input.examples.count
        foreign = base.isForeign.count { $0 }
        self.noise = noise
        var labels: [String: [String: Int]] = [:]
        for label in input.examples.lazy.flatMap(\.labels) {
            labels[label.field.rawValue, default: [:]][label.value.description, default: 0] += 1
        }
        self.labels = labels.mapValues(Self.bounded)
        var suggestions: [String: [String: Int]] = [:]
        for field in input.feedback.lazy.flatMap(\.fields) {
            guard let suggested = field.suggested else { continue }
            suggestions[field.field.rawValue, default: [:]][suggested.description, default: 0] += 1
        }
        self.suggestions = suggestions.mapValues(Self.bounded)
        lengths = [Int](repeating: 0, count: Self.lengthBuckets)
        words = [Int](repeating: 0, count: Self.wordBuckets)
        scripts = [:]
        for text in texts {
            let length = text.letters + 1
            lengths[min(Int.bitWidth - 1 - length.leadingZeroBitCount, Self.lengthBuckets - 1)] += 1
            scripts[text.script.rawValue, default: 0] += 1
            for word in Set(text.words) { words[Int(mixed(word) % UInt64(Self.wordBuckets))] += 1 }
        }
    }

    /// Without some categories, for a comparison with a snapshot of before they were moved.
    func leavingOut(_ categories: Set<String>) -> DatasetSummary {
        guard !categories.isEmpty else { return self }
        var rest = self
        let field = TriageField.category.rawValue
        rest.labels[field] = labels[field].map { $0.filter { !categories.contains($0.key) } }
        rest.suggestions[field] = suggestions[field].map { $0.filter { !categories.contains($0.key) } }
        if rest.labels[field]?.isEmpty == true { rest.labels[field] = nil }
        if rest.suggestions[field]?.isEmpty == true { rest.suggestions[field] = nil }
        return rest
    }

    private static func bounded(_ counts: [String: Int]) -> [String: Int] {
        guard counts.count > maximumLabels else { return counts }
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var kept = Dictionary(uniqueKeysWithValues: sorted.prefix(maximumLabels).map { ($0.key, $0.value) })
        kept[others, default: 0] += sorted.dropFirst(maximumLabels).reduce(0) { $0 + $1.value }
        return kept
    }
}

import Contracts

/// Marks that give a label away.
///
/// A mark leaks a label when nearly all tasks that carry it have that label: at least `precision` of them, and with 95 %
/// confidence (Wilson, Probable Inference, JASA 1927) enough more than the label's own share that chance can't be meant.
/// How bad that is says the share of the label's tasks that carry the mark. Only a mark that is the label's name, as a
/// person or a bot writes it after triage, can fail. Other marks warn (`[DevTools Bug]` is what a tool writes when a
/// task is created), and plain words only where they cover half of a label: that `crash` means bug is what a model is to
/// learn.
enum LeakCheck {
    static let maximumTasks = 20_000
    static let precision = 0.97
    /// Of what lies between the label's own share and all, the mark must surely have so much.
    static let gain = 0.6
    static let wordCoverage = 0.5
    static let minimumTasks = 10
    /// Marks of fewer tasks leak nothing worth the name.
    static let minimumCarriers = 8

    private struct Leak {
        let mark: String
        let field: TriageField
        let label: String
        let carriers: Int
        let coverage: Double
        let isNamed: Bool

        var text: String {
            "\(field.rawValue) `\(label)`: \(NumberText.percent(coverage)) of its tasks carry \(mark), "
                + "\(NumberText.count(carriers, "task")) in all and nearly all of this label"
        }
    }

    static func labelLeak(_ input: ValidationInput, _ texts: [TextFacts]) -> Finding {
        let examples = input.examples.prefix(maximumTasks)
        let marks = examples.map { LeakMarks.all(title: $0.title, body: $0.body).map { "`\($0)`" } }
        var leaks: [Leak] = []
        for field in [TriageField.category, .priority] {
            let labels = examples.map { example -> String? in
                example.labels.first { $0.field == field }?.value.description
            }
            guard labels.contains(where: { $0 != nil }) else { continue }
            let found = Self.leaks(field, labels, marks)
            leaks += found + united(found, labels, marks)
            leaks += words(examples, texts, field, labels)
        }
        guard !leaks.isEmpty else {
            return examples.isEmpty
                ? .silent(.labelLeak, "there are no tasks") : Finding(.labelLeak, 0, "no mark gives a label away")
        }
        // A mark that names its label before one that doesn't.
        let worst = leaks.sorted {
            ($1.isNamed ? 1 : 0, $1.coverage, $0.mark, $0.label) < ($0.isNamed ? 1 : 0, $0.coverage, $1.mark, $1.label)
        }
        guard let first = worst.first else { return .silent(.labelLeak, "there are no tasks") }
        return Finding(
            .labelLeak, first.coverage, worst.prefix(3).map(\.text).joined(separator: "; "),
            atMost: first.isNamed ? .failure : .warning)
    }

    /// Marks that name their label, however each is written, say the same: one finding, of the tasks that carry any. A
    /// mark that isn't sure by itself, such as a template's `Bug:`, isn't among them.
    private static func united(_ leaks: [Leak], _ labels: [String?], _ marks: [[String]]) -> [Leak] {
        Dictionary(grouping: leaks.filter(\.isNamed), by: \.label).compactMap { label, parts in
            guard parts.count > 1, let first = parts.first else { return nil }
            let named = Set(parts.map(\.mark))
            let carried = zip(labels, marks).filter { !named.isDisjoint(with: $0.1) }.map(\.0)
            let total = labels.count { $0 == label }
            return Leak(
                mark: named.sorted().prefix(4).joined(separator: " or "), field: first.field, label: label,
                carriers: carried.count { $0 != nil },
                coverage: Double(carried.count { $0 == label }) / Double(max(total, 1)), isNamed: true)
        }
    }

    /// Whether a mark is a label's name as a tag, a prefix or a value.
    private static func names(_ mark: String, _ label: String) -> Bool {
        let text = mark.dropFirst().dropLast()
        let value =
            text.hasPrefix("line ")
            ? text.split(separator: ":").last.map { String($0.drop { $0 == " " }) }
            : text.split(separator: " ", maxSplits: 1).last.map { String($0) }
        return value == label.lowercased()
    }

    /// The marks that leak a field's labels.
    private static func leaks<Mark: Hashable & CustomStringConvertible>(
        _ field: TriageField, _ labels: [String?], _ marks: [[Mark]], coverage least: Double = 0
    ) -> [Leak] {
        let totals = Dictionary(labels.compactMap { $0 }.map { ($0, 1) }, uniquingKeysWith: +)
        let all = totals.values.reduce(0, +)
        guard totals.count > 1 else { return [] }
        var counts: [Mark: [String: Int]] = [:]
        for (label, marks) in zip(labels, marks) {
            guard let label else { continue }
            for mark in marks { counts[mark, default: [:]][label, default: 0] += 1 }
        }
        return counts.compactMap { mark, byLabel in
            guard let most = byLabel.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
                most.value >= minimumCarriers,
                let total = totals[most.key], total >= minimumTasks
            else { return nil }
            let carriers = byLabel.values.reduce(0, +)
            let prior = Double(total) / Double(all)
            guard Double(most.value) >= precision * Double(carriers),
                wilson(most.value, of: carriers) >= prior + gain * (1 - prior)
            else { return nil }
            let coverage = Double(most.value) / Double(total)
            guard coverage >= least else { return nil }
            return Leak(
                mark: mark.description, field: field, label: most.key, carriers: carriers, coverage: coverage,
                isNamed: names(mark.description, most.key))
        }
    }

    /// Plain words that cover half of a label.
    private static func words(
        _ examples: ArraySlice<DatasetExample>, _ texts: [TextFacts], _ field: TriageField, _ labels: [String?]
    ) -> [Leak] {
        let words = texts.prefix(examples.count).map { Array(Set($0.words)) }
        let found = leaks(field, labels, words, coverage: wordCoverage)
        // All leaking words of one label are one finding: a template has many.
        guard let most = found.max(by: { ($0.coverage, $1.mark) < ($1.coverage, $0.mark) }) else { return [] }
        let name = UInt64(most.mark).flatMap { self.word($0, in: examples) } ?? "a word"
        return [
            Leak(
                mark: "the word `\(name)`", field: field, label: most.label, carriers: most.carriers,
                coverage: most.coverage, isNamed: false)
        ]
    }

    /// A word by its hash.
    private static func word(_ hash: UInt64, in examples: ArraySlice<DatasetExample>) -> String? {
        for example in examples {
            let text = example.title + " " + example.body
            for part in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
                var scan = WordScan()
                if scan.words(String(part), limit: 2) == [hash] { return part.lowercased() }
            }
        }
        return nil
    }

    /// The lower end of the 95 % interval of a share.
    static func wilson(_ hits: Int, of count: Int) -> Double {
        guard count > 0 else { return 0 }
        let (n, z) = (Double(count), 1.96)
        let share = Double(hits) / n
        let middle = share + z * z / (2 * n)
        let margin = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return (middle - margin) / (1 + z * z / n)
    }
}

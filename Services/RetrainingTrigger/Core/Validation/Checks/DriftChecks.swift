import Contracts

/// How a snapshot differs from the last one that was accepted.
enum DriftChecks {
    private static let first = "there is no accepted snapshot to compare with"
    /// Words of one text come together: by how much they are worth less than words drawn alone.
    private static let wordClustering = 5.0

    static func foreignText(_ summary: DatasetSummary, _ last: DatasetSummary?) -> Finding {
        guard summary.examples > 0 else { return .silent(.foreignText, "there are no tasks") }
        let share = Double(summary.foreign) / Double(summary.examples)
        let text = "\(summary.foreign) of \(NumberText.count(summary.examples, "text"))"
        guard let last, last.examples > 0 else {
            // A team's own language is no flood.
            return Finding(.foreignText, share, text + "; " + first, atMost: .note)
        }
        let before = Double(last.foreign) / Double(last.examples)
        return Finding(
            .foreignText, max(0, share - before),
            text + ", \(NumberText.percent(before)) in the last accepted snapshot",
            atMost: summary.foreign < 3 ? .note : .failure)
    }

    static func inputDrift(_ summary: DatasetSummary, _ last: DatasetSummary?) -> Finding {
        guard let last else { return .silent(.inputDrift, first) }
        let parts = [
            (name: "length", index: StabilityIndex(last.lengths, summary.lengths)),
            ("script", StabilityIndex(last.scripts, summary.scripts)),
            ("words", StabilityIndex(last.words, summary.words, clustering: wordClustering)),
        ]
        return finding(.inputDrift, parts)
    }

    static func labelDrift(_ summary: DatasetSummary, _ last: DatasetSummary?) -> Finding {
        guard let last else { return .silent(.labelDrift, first) }
        return finding(.labelDrift, parts(last.labels, summary.labels))
    }

    static func suggestionDrift(_ summary: DatasetSummary, _ last: DatasetSummary?) -> Finding {
        guard let last else { return .silent(.suggestionDrift, first) }
        return finding(.suggestionDrift, parts(last.suggestions, summary.suggestions))
    }

    private static func parts(
        _ before: [String: [String: Int]], _ now: [String: [String: Int]]
    ) -> [(name: String, index: StabilityIndex)] {
        TriageField.allCases.compactMap { field in
            guard let old = before[field.rawValue], let new = now[field.rawValue] else { return nil }
            return (field.rawValue, StabilityIndex(old, new))
        }
    }

    /// The part that is farthest above what chance explains.
    private static func finding(_ name: CheckName, _ parts: [(name: String, index: StabilityIndex)]) -> Finding {
        guard let worst = parts.max(by: { $0.index.value - $0.index.noiseFloor < $1.index.value - $1.index.noiseFloor })
        else { return .silent(name, "no field is in both snapshots") }
        let text = parts.map { "\($0.name) \(NumberText.short($0.index.value))" }.joined(separator: ", ")
        return Finding(
            name, worst.index.value,
            text + "; chance alone gives up to \(NumberText.short(worst.index.noiseFloor)) (\(worst.name))",
            noiseFloor: worst.index.noiseFloor)
    }
}

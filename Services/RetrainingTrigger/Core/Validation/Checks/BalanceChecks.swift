import Contracts
import TriageModel

/// Which labels there are, and which are no more.
enum BalanceChecks {
    /// A label with fewer tasks is rare.
    static let rareBelow = 3
    /// Labels of which fewer are expected are not missed.
    static let expectedAtLeast = 5.0

    static func rareLabel(_ input: ValidationInput) -> Finding {
        let known = Set(input.base.header.labelSets["category"] ?? [])
        var counts: [String: Int] = [:]
        for label in input.examples.flatMap(\.labels) where label.field == .category {
            counts[label.value.description, default: 0] += 1
        }
        let total = counts.values.reduce(0, +)
        guard total > 0 else { return .silent(.rareLabel, "there are no categories") }
        let rare = counts.filter { $0.value < rareBelow && !known.contains($0.key) }
        let share = Double(rare.values.reduce(0, +)) / Double(total)
        let names = rare.keys.sorted().prefix(10).map { "`\($0.prefix(40))`" }.joined(separator: ", ")
        return Finding(
            .rareLabel, share,
            rare.isEmpty ? "no rare categories" : "\(NumberText.count(rare.count, "rare category label")): \(names)",
            atMost: rare.count < 3 ? .warning : .failure)
    }

    static func labelBalance(_ summary: DatasetSummary) -> Finding {
        let fields = [TriageField.category, .priority].compactMap { field -> (text: String, share: Double)? in
            guard let counts = summary.labels[field.rawValue],
                let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })
            else {
                return nil
            }
            let share = Double(most.value) / Double(counts.values.reduce(0, +))
            return ("\(field.rawValue): \(NumberText.percent(share)) are `\(most.key)`", share)
        }
        guard let most = fields.max(by: { $0.share < $1.share }) else {
            return .silent(.labelBalance, "there are no categories and no priorities")
        }
        return Finding(.labelBalance, most.share, fields.map(\.text).joined(separator: "; "))
    }

    /// A label is missing when both its number and its share have fallen: snapshots grow, and a label that only grows
    /// slower than others is not missing.
    static func vanishedLabel(_ summary: DatasetSummary, _ last: DatasetSummary?) -> Finding {
        guard let last else { return .silent(.vanishedLabel, "there is no accepted snapshot to compare with") }
        var worst: (text: String, missing: Double, floor: Double)?
        for field in [TriageField.category, .priority] {
            guard let before = last.labels[field.rawValue], let now = summary.labels[field.rawValue] else { continue }
            let totals = (
                before: Double(before.values.reduce(0, +)), now: Double(now.values.reduce(0, +))
            )
            for (label, count) in before.sorted(by: { $0.key < $1.key }) {
                let expected = min(Double(count), Double(count) / totals.before * totals.now)
                guard expected >= expectedAtLeast else { continue }
                let found = now[label] ?? 0
                let missing = max(0, 1 - Double(found) / expected)
                guard missing > worst?.missing ?? -1 else { continue }
                worst = (
                    "\(field.rawValue) `\(label)`: \(found) tasks where about \(Int(expected.rounded())) were expected",
                    // Of five expected none is missing by chance once in 150; of thirty, half of them never.
                    missing, min(0.85, 3 / expected.squareRoot())
                )
            }
        }
        guard let worst else { return .silent(.vanishedLabel, "the last snapshot has too few labels to miss any") }
        return Finding(.vanishedLabel, worst.missing, worst.text, noiseFloor: worst.floor)
    }
}

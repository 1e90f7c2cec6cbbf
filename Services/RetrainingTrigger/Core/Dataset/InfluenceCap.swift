import Contracts

/// How much of a field's training weight one person may carry.
///
/// A snapshot in which one person has more than the share is trained with that person's labels scaled down until it is
/// met. With fewer than `minimumJudges` people the cap could only be met by throwing most labels away, so there is none:
/// a small team is its main triager's, and `user-share` says so.
package struct InfluenceCap: Hashable, Sendable {
    package static let defaultShare = 0.5
    package static let shareBounds = 0.05...1.0
    package static let defaultMinimumJudges = 3
    package static let minimumJudgesBounds = 2...1_000

    /// The largest part of a field's weight; 1 is no cap.
    package var share: Double
    package var minimumJudges: Int

    package init(share: Double = defaultShare, minimumJudges: Int = defaultMinimumJudges) {
        self.share = share
        self.minimumJudges = minimumJudges
    }

    /// The factor for each person's labels, by their weights; nobody who needs none is in it.
    ///
    /// From the heaviest on each is brought down to the share of what then remains, as water levels do. With too few
    /// people for the share, the level is an equal part for each.
    package func factors(_ weights: [String: Double]) -> [String: Double] {
        let people = weights.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard people.count >= minimumJudges, share < 1 else { return [:] }
        let share = max(share, 1 / Double(people.count))
        var rest = people.reduce(0) { $0 + $1.value }
        for (number, person) in people.enumerated() {
            // With `number` people at the level already, each of them has `share` of the new total.
            let free = 1 - share * Double(number)
            guard free > 1e-9, person.value > share * rest / free else {
                guard number > 0 else { return [:] }
                let level = free > 1e-9 ? share * rest / free : person.value
                return Self.factors(people.prefix(number), level: level)
            }
            rest -= person.value
        }
        // All of them above: equal parts.
        return Self.factors(people[...], level: people.last?.value ?? 0)
    }

    /// Multiples of 1/1024, so that weights are written alike everywhere.
    private static func factors(_ people: ArraySlice<(key: String, value: Double)>, level: Double) -> [String: Double] {
        var factors: [String: Double] = [:]
        for person in people where level < person.value {
            factors[person.key] = max(1, (level / person.value * 1_024).rounded()) / 1_024
        }
        return factors
    }
}

/// The cap in effect, as the manifest names it.
package struct InfluenceRecord: Codable, Hashable, Sendable {
    package var share: Double
    package var minimumJudges: Int
    /// By field and person: the factor of the labels' weights.
    package var factors: [String: [String: Double]]

    enum CodingKeys: String, CodingKey {
        case share, factors
        case minimumJudges = "minimum_judges"
    }
}

extension InfluenceCap {
    /// The examples with the weights of their training labels capped field by field; held-out labels stay as they are.
    func applied(to examples: [DatasetExample]) -> (examples: [DatasetExample], record: InfluenceRecord) {
        var record = InfluenceRecord(share: share, minimumJudges: minimumJudges, factors: [:])
        for field in TriageField.allCases {
            var weights: [String: Double] = [:]
            for example in examples where !example.isHeldOut {
                for label in example.labels where label.field == field {
                    weights[label.judgedBy, default: 0] += label.weight
                }
            }
            let factors = factors(weights)
            if !factors.isEmpty { record.factors[field.rawValue] = factors }
        }
        guard !record.factors.isEmpty else { return (examples, record) }
        let capped = examples.map { example in
            guard !example.isHeldOut else { return example }
            var example = example
            for index in example.labels.indices {
                let label = example.labels[index]
                example.labels[index].weight *= record.factors[label.field.rawValue]?[label.judgedBy] ?? 1
            }
            return example
        }
        return (capped, record)
    }
}

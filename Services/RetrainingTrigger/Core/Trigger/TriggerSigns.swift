package import Contracts
import Glibc

/// What the new feedback looks like beside the feedback that trained before.
package struct TriggerSigns: Hashable, Sendable {
    /// One side of the comparison.
    package struct Sample: Hashable, Sendable {
        /// Judged fields whose suggestion was shown, and those accepted.
        package var shown = Answers()
        /// Fields judged by people who saw no suggestion, and those judged as suggested.
        package var blind = Answers()
        /// What people said, by field.
        package var labels: [TriageField: [String: Int]] = [:]
        /// What was suggested, by field.
        package var suggestions: [TriageField: [String: Int]] = [:]
        /// Texts by the logarithm of their length, of base 2.
        package var lengths: [Int] = []

        package init() {}

        /// Counts one item.
        package mutating func add(_ fields: [JudgedField], characters: Int) {
            for field in fields {
                labels[field.field, default: [:]][field.value.description, default: 0] += 1
                guard let suggested = field.suggested else { continue }
                suggestions[field.field, default: [:]][suggested.description, default: 0] += 1
                guard let agrees = field.agreement else { continue }
                if field.provenance == .human { blind.add(agrees) } else { shown.add(agrees) }
            }
            let bucket = min(Int.bitWidth - (characters + 1).leadingZeroBitCount - 1, Self.buckets - 1)
            if lengths.isEmpty { lengths = [Int](repeating: 0, count: Self.buckets) }
            lengths[bucket] += 1
        }

        private static let buckets = 17

        fileprivate var answers: [Answers] { [shown, blind] }
        fileprivate var all: Answers {
            Answers(judged: shown.judged + blind.judged, accepted: shown.accepted + blind.accepted)
        }
    }

    /// What people said of suggestions.
    package struct Answers: Hashable, Sendable {
        package var judged = 0
        package var accepted = 0

        package init(judged: Int = 0, accepted: Int = 0) {
            self.judged = judged
            self.accepted = accepted
        }

        fileprivate mutating func add(_ agrees: Bool) {
            judged += 1
            if agrees { accepted += 1 }
        }

        fileprivate var share: Double { judged == 0 ? 0 : Double(accepted) / Double(judged) }
    }

    /// Items of a side at most, the latest: a change must not drown in what came before it.
    package static let recentItems = 200
    package static let earlierItems = 1_000

    package var recent: Sample
    package var before: Sample

    package init(recent: Sample, before: Sample) {
        self.recent = recent
        self.before = before
    }

    /// One-sided 99.9 % point: it is looked at many times a day.
    private static let surelyLess = 3.09

    /// The sentence for a fall of acceptance that is large enough and no chance.
    ///
    /// Answers with and without a suggestion in sight are each compared with their like and added up (Cochran 1954, which
    /// with one kind alone is the pooled z-test of two proportions): people agree less with what they don't see, so another
    /// hold-back share must not look like another model.
    func acceptanceDrop(of least: Double, minimum: Int) -> String? {
        guard recent.all.judged >= minimum, before.all.judged >= minimum else { return nil }
        var (drop, variance, weights) = (0.0, 0.0, 0.0)
        for (new, old) in zip(recent.answers, before.answers) where new.judged > 0 && old.judged > 0 {
            let (n, m) = (Double(new.judged), Double(old.judged))
            let weight = n * m / (n + m)
            let pooled = Double(new.accepted + old.accepted) / (n + m)
            drop += weight * (old.share - new.share)
            variance += weight * weight * pooled * (1 - pooled) * (1 / n + 1 / m)
            weights += weight
        }
        guard weights > 0, variance > 0, drop / weights >= least, drop / variance.squareRoot() >= Self.surelyLess else {
            return nil
        }
        return "acceptance fell: \(NumberText.percent(recent.all.share)) of \(recent.all.judged) judged suggestions, "
            + "\(NumberText.percent(before.all.share)) of \(before.all.judged) before"
    }

    /// The sentence for the mix that has drifted most, beyond what chance explains.
    func drift(from least: Double) -> String? {
        var parts: [(name: String, index: StabilityIndex)] = [
            ("lengths of texts", StabilityIndex(before.lengths, recent.lengths))
        ]
        for field in TriageField.allCases {
            for (name, old, new) in [
                ("labels", before.labels[field], recent.labels[field]),
                ("suggestions", before.suggestions[field], recent.suggestions[field]),
            ] {
                guard let old, let new else { continue }
                parts.append(("\(name) of \(field.rawValue)", StabilityIndex(old, new)))
            }
        }
        let drifted = parts.filter { $0.index.value >= max(least, $0.index.noiseFloor) && $0.index.noiseFloor > 0 }
        guard let worst = drifted.max(by: { $0.index.value < $1.index.value }) else { return nil }
        return "drift: the \(worst.name) have a stability index of \(NumberText.short(worst.index.value)), "
            + "\(NumberText.short(least)) needed; chance alone gives up to \(NumberText.short(worst.index.noiseFloor))"
    }
}

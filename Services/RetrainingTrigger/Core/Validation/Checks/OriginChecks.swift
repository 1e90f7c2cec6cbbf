import Contracts

/// When labels were given, and where they come from.
enum OriginChecks {
    /// Clocks of two machines may be so far apart.
    static let clockTolerance = Duration.seconds(300)
    /// Fewer answers to suggestions say nothing of habits.
    static let minimumAnswers = 100

    static func timeOrder(_ input: ValidationInput) -> Finding {
        guard !input.feedback.isEmpty else { return .silent(.timeOrder, "there is no feedback") }
        let slack = clockTolerance.components.seconds * 1_000_000
        var (early, future, late) = (0, 0, 0)
        var first: FeedbackFact?
        for fact in input.feedback {
            let time = fact.time.microseconds
            let isEarly = fact.taskCreatedAt.map { time < $0.microseconds - slack } ?? false
            let isFuture = fact.writtenAt.map { time > $0.microseconds + slack } ?? false
            let isLate = (fact.writtenAt ?? fact.time).microseconds > input.bound.microseconds + slack
            early += isEarly ? 1 : 0
            future += isFuture ? 1 : 0
            late += isLate ? 1 : 0
            if isEarly || isFuture || isLate, first == nil { first = fact }
        }
        let wrong = early + future + late
        let where_ = first.map { ", the first of task \($0.taskID) by \($0.judgedBy.prefix(80))" } ?? ""
        return Finding(
            .timeOrder, Double(wrong) / Double(input.feedback.count),
            "\(early) of \(input.feedback.count) judgements before their task, \(future) in the future of when they were "
                + "written down, \(late) after the training began" + where_, atMost: wrong < 3 ? .warning : .failure)
    }

    static func provenance(_ input: ValidationInput) -> Finding {
        let counts = counts(input)
        let total = counts.values.reduce(0, +)
        guard total > 0 else { return .silent(.provenance, "there is no feedback") }
        let automatic = counts[.auto] ?? 0
        let others = [Provenance.human, .corrected, .accepted].map { "\(counts[$0] ?? 0) \($0.rawValue)" }
        return Finding(
            .provenance, Double(automatic) / Double(total),
            "\(automatic) of \(total) labels are automatic, \(others.joined(separator: ", "))")
    }

    static func anchoring(_ input: ValidationInput) -> Finding {
        let counts = counts(input)
        let (accepted, corrected) = (counts[.accepted] ?? 0, counts[.corrected] ?? 0)
        guard accepted + corrected >= minimumAnswers else {
            return .silent(.anchoring, "\(accepted + corrected) answers to suggestions, \(minimumAnswers) needed")
        }
        let share = Double(accepted) / Double(accepted + corrected)
        return Finding(
            .anchoring, share, "\(accepted) suggestions were accepted and \(corrected) corrected")
    }

    private static func counts(_ input: ValidationInput) -> [Provenance: Int] {
        Dictionary(input.feedback.flatMap(\.fields).map { ($0.provenance, 1) }, uniquingKeysWith: +)
    }
}

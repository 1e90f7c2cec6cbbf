package import Contracts

/// Compares those who saw suggestions with those who didn't.
package enum HoldBackComparing {
    /// Fewer on either side allow no interval that means something.
    package static let leastAnswers = 30
    package static let leastPeople = 5

    /// Equal input gives an equal answer.
    package static func compare(
        _ field: TriageField, modelVersion: String?, shown: AnswerTally, blind: AnswerTally
    ) -> HoldBackComparison {
        let missing = [("shown", shown), ("blind", blind)].compactMap { name, tally -> String? in
            tally.answers >= leastAnswers && tally.people >= leastPeople
                ? nil : "\(name): \(tally.answers) answers of \(tally.people) people"
        }
        guard missing.isEmpty else {
            return HoldBackComparison(
                field: field, modelVersion: modelVersion, shown: rate(shown), blind: rate(blind), difference: nil,
                verdict: .tooFew,
                explanation:
                    "too few to say anything (\(missing.joined(separator: "; "))): it takes \(leastAnswers) answers of "
                    + "\(leastPeople) people on each side")
        }
        let (one, other) = (interval(shown), interval(blind))
        let bounds = ScoreInterval.difference(one, other)
        let difference = ShareDifference(value: one.share - other.share, low: bounds.low, high: bounds.high)
        let verdict: HoldBackVerdict =
            difference.low > 0 ? .anchoring : (difference.high < 0 ? .contrary : .noneShown)
        return HoldBackComparison(
            field: field, modelVersion: modelVersion, shown: rate(shown), blind: rate(blind), difference: difference,
            verdict: verdict, explanation: explanation(verdict, difference))
    }

    private static func explanation(_ verdict: HoldBackVerdict, _ difference: ShareDifference) -> String {
        let range = "\(points(difference.low)) to \(points(difference.high)) points"
        switch verdict {
        case .anchoring:
            return "who sees the suggestion agrees more often, by \(points(difference.value)) points (\(range))"
        case .contrary:
            return "who sees the suggestion agrees less often, by \(points(-difference.value)) points "
                + "(\(points(-difference.high)) to \(points(-difference.low)) points)"
        case .noneShown: return "no difference beyond chance (\(range))"
        case .tooFew: return ""
        }
    }

    private static func points(_ share: Double) -> String { String((share * 1_000).rounded() / 10) }

    private static func interval(_ tally: AnswerTally) -> (share: Double, low: Double, high: Double) {
        let bounds = ScoreInterval.wilson(share: tally.share, answers: tally.effectiveAnswers)
        return (tally.share, bounds.low, bounds.high)
    }

    private static func rate(_ tally: AnswerTally) -> AgreementRate {
        let isEnough = tally.answers >= leastAnswers && tally.people >= leastPeople
        let bounds = isEnough ? interval(tally) : nil
        return AgreementRate(
            people: tally.people, answers: tally.answers, agreed: tally.agreed,
            share: tally.answers > 0 ? tally.share : nil, low: bounds?.low, high: bounds?.high)
    }
}

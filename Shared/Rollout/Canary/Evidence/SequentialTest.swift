/// Compares what people accept of champion and challenger, one answer at a time, and may be asked after each.
///
/// Three bets (``Wager``) go on at once over the same blocks (``ArmComparison``): against "it is no better", "it is worse
/// by the margin or more" and "it is no worse than tolerated". The first two are for promotion; the third has a higher
/// level, an earlier minimum and bets on larger effects, so that harm is found sooner than gain. The promises hold for any
/// number of looks, for shares that change on the way and for acceptance that drifts; exactly if a user's answers are as
/// correlated as the limits say, or less. ADR 22 says why this method.
package struct SequentialTest: Codable, Hashable, Sendable {
    package let limits: SequentialLimits
    private var comparison: ArmComparison
    /// Against: the challenger is no better.
    package private(set) var gain: Wager
    /// Against: the challenger is worse by the margin or more.
    package private(set) var notWorse: Wager
    /// Against: the challenger is no worse than tolerated.
    package private(set) var harm: Wager

    /// `limits` must be without ``SequentialLimits/faults()``.
    package init(_ limits: SequentialLimits) {
        let faults = limits.faults()
        precondition(faults.isEmpty, faults.joined(separator: "; "))
        self.limits = limits
        comparison = ArmComparison(blockAnswers: limits.blockAnswers, correlation: limits.userCorrelation)
        let effects = [0.01, 0.02, 0.04, 0.08, 0.16]
        gain = Wager(against: .init(sign: 1, bound: 0, effects: effects))
        notWorse = Wager(against: .init(sign: 1, bound: -limits.margin, effects: effects))
        harm = Wager(against: .init(sign: -1, bound: limits.tolerance, effects: effects.map { 2 * $0 }))
    }

    /// Takes in what a user said of one answer.
    ///
    /// - Parameters:
    ///   - score: 1 accepted, 0 corrected; of several fields judged at once the accepted share. Not a number counts as
    ///     nothing said.
    ///   - earlier: what the same user said before, in this rollout.
    package mutating func record(_ arm: CanaryArm, score: Double, earlier: UserTally) {
        guard !score.isNaN else { return }
        guard let block = comparison.record(arm, score: score, earlier: earlier) else { return }
        gain.settle(block)
        notWorse.settle(block)
        harm.settle(block)
    }

    /// Answers so far.
    package var answers: PerArm<Int> { comparison.answers }

    /// Challenger less champion, as it looks: all answers alike, whatever the share was; nil before both have some.
    package var difference: Double? { comparison.difference }

    /// Shown to be better at all.
    package var isBetter: Bool { has(limits.minimumToPromote) && gain.isRefuted(alpha: limits.promotionAlpha) }

    /// Shown to be not worse by the margin.
    package var isNotWorse: Bool { has(limits.minimumToPromote) && notWorse.isRefuted(alpha: limits.promotionAlpha) }

    /// Shown to be worse than tolerated.
    package var isHarmful: Bool { mayTellHarm && harm.isRefuted(alpha: limits.harmAlpha) }

    /// Whether there are enough answers to call the challenger worse, if it were.
    package var mayTellHarm: Bool { has(limits.minimumToRollBack) }

    private func has(_ minimum: Int) -> Bool { min(answers.champion, answers.challenger) >= minimum }

    /// `people accept 84.1 % of 412 answers of the challenger and 79.8 % of 1644 of the champion (+4.2 points)`.
    package var summary: String {
        func part(_ arm: CanaryArm) -> String {
            comparison.rate(arm).map { "\(CanaryText.percent($0)) of \(answers[arm])" } ?? "none of 0"
        }
        let points = difference.map { " (\(CanaryText.points($0)))" } ?? ""
        return
            "people accept \(part(.challenger)) answers of the challenger and \(part(.champion)) of the champion\(points)"
    }
}

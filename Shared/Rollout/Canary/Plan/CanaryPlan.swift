/// How a challenger comes to serve, step by step: the settings of one rollout, fixed for its length.
///
/// Blue-green is the plan with the one share 100 %: nothing is compared, the challenger takes over at once (after its
/// shadow, if it has one).
package struct CanaryPlan: Codable, Hashable, Sendable {
    /// What a challenger must show to serve everybody. Whoever hasn't shown it when the time is up is rolled back.
    package enum Goal: String, Codable, Hashable, Sendable, CaseIterable {
        /// That it is better. No proof of a gain keeps the champion.
        case better
        /// That it is better, or, when the time is up, that it is not worse by the margin: it has learned from more.
        case notWorseAtHorizon = "not_worse_at_horizon"
        /// That it is better, or not worse by the margin, whichever is shown first.
        case notWorse = "not_worse"
        /// That it is better, or, when the time is up, that nothing speaks of harm, however little was seen: for teams too
        /// small to prove anything, who trust the gate before. No level bounds what is promoted so.
        case noHarm = "no_harm"
    }

    /// Shares of the users, in hundredths of a percent, rising to the whole.
    package var shares: [Int]
    /// Analyses that the challenger makes unseen before the first share; 0 for no shadow.
    package var shadowAnalyses: Int
    /// Judged answers of the challenger that each share must bring before the next…
    package var stepAnswers: Int
    /// …and how long it must last.
    package var stepSeconds: Int64
    /// No next share while the capital of the bet on harm is this much or more.
    package var caution: Double
    /// The time is up after so many judged answers of the challenger…
    package var horizonAnswers: Int
    /// …or after so long, pauses left out. It is also the longest shadow.
    package var horizonSeconds: Int64
    package var goal: Goal
    package var test: SequentialLimits
    package var guardrails: GuardrailLimits

    package init(
        shares: [Int] = [500, 2_500, 5_000, 10_000], shadowAnalyses: Int = 200, stepAnswers: Int = 20,
        stepSeconds: Int64 = 3_600, caution: Double = 3, horizonAnswers: Int = 2_000,
        horizonSeconds: Int64 = 14 * 86_400, goal: Goal = .notWorseAtHorizon,
        test: SequentialLimits = SequentialLimits(), guardrails: GuardrailLimits = GuardrailLimits()
    ) {
        self.shares = shares
        self.shadowAnalyses = shadowAnalyses
        self.stepAnswers = stepAnswers
        self.stepSeconds = stepSeconds
        self.caution = caution
        self.horizonAnswers = horizonAnswers
        self.horizonSeconds = horizonSeconds
        self.goal = goal
        self.test = test
        self.guardrails = guardrails
    }

    /// All that is wrong with it; empty when a rollout can start.
    package func faults() -> [String] {
        var faults: [String] = []
        func check(_ holds: Bool, _ fault: String) {
            if !holds { faults.append(fault) }
        }
        check((1...20).contains(shares.count), "1 to 20 shares")
        check(shares.last == Split.whole, "the last share must be 100 %")
        check(shares.allSatisfy { (1...Split.whole).contains($0) }, "a share must be 0.01 to 100 %")
        check(zip(shares, shares.dropFirst()).allSatisfy { $0 < $1 }, "shares must rise")
        check((0...1_000_000).contains(shadowAnalyses), "the shadow must last 0 to 1000000 analyses")
        check((1...1_000_000).contains(stepAnswers), "a step must bring 1 to 1000000 answers")
        check((0...31_536_000).contains(stepSeconds), "a step must last 0 to 31536000 seconds")
        check((1...1_000).contains(caution), "the caution must be 1 to 1000")
        check((1...10_000_000).contains(horizonAnswers), "the horizon must be 1 to 10000000 answers")
        check((60...31_536_000).contains(horizonSeconds), "the horizon must be 60 to 31536000 seconds")
        check(
            shares.count == 1 || horizonAnswers >= max(stepAnswers, test.minimumToPromote),
            "the horizon must not come before a step's answers and the minimum to promote")
        return faults + test.faults() + guardrails.faults()
    }
}

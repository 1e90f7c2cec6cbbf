import Rollout
import Testing

/// The bets are fair: checked by adding up all possible histories, so that chance has no part in it.
@Suite struct BettingTests {
    /// Who answers, in turn: arm and user.
    private typealias Turn = (arm: CanaryArm, user: Int)

    /// Every user of each arm says as much as the others.
    private let strangers: [Turn] = [
        (.champion, 0), (.challenger, 1), (.champion, 2), (.champion, 3), (.challenger, 4), (.challenger, 5),
        (.champion, 6), (.challenger, 7), (.champion, 8), (.challenger, 9),
    ]
    /// Two users who answer again and again, and one who changes sides.
    private let regulars: [Turn] = [
        (.champion, 0), (.challenger, 1), (.champion, 0), (.challenger, 1), (.champion, 2), (.champion, 0),
        (.challenger, 1), (.challenger, 2), (.champion, 0), (.challenger, 1), (.challenger, 2), (.champion, 0),
    ]

    /// The capitals' means over all histories of these turns, each weighed by its probability: users' rates follow a beta
    /// distribution, so a next answer depends on the user's earlier ones as in Pólya's urn.
    private func means(
        _ turns: [Turn], rate: Double, correlation: Double, assumed: Double, tolerance: Double = 0
    ) -> (gain: Double, harm: Double, notWorse: Double) {
        let limits = SequentialLimits(
            margin: 0.1, tolerance: tolerance, minimumToPromote: 1, minimumToRollBack: 1, userCorrelation: assumed,
            blockAnswers: 1)
        var (gain, harm, notWorse) = (0.0, 0.0, 0.0)
        for history in 0..<(1 << turns.count) {
            var test = SequentialTest(limits)
            var tallies: [Int: UserTally] = [:]
            var probability = 1.0
            for (place, turn) in turns.enumerated() {
                let earlier = tallies[turn.user] ?? UserTally()
                let urn = correlation == 0 ? 0 : correlation / (1 - correlation)
                let yes = (rate + urn * earlier.score) / (1 + urn * Double(earlier.answers))
                let score = Double(history >> place & 1)
                probability *= score == 1 ? yes : 1 - yes
                test.record(turn.arm, score: score, earlier: earlier)
                tallies[turn.user] = earlier.adding(score: score)
            }
            gain += probability * test.gain.capital
            harm += probability * test.harm.capital
            notWorse += probability * test.notWorse.capital
        }
        return (gain, harm, notWorse)
    }

    @Test(arguments: [0.2, 0.5, 0.8, 0.97])
    func `against arms that are equal, no stake gains or loses on average`(rate: Double) {
        let means = means(strangers, rate: rate, correlation: 0, assumed: 0)
        #expect(abs(means.gain - 1) < 1e-12 && abs(means.harm - 1) < 1e-12)
        // Equal is better than ten points worse, and within a tolerance.
        #expect(means.notWorse > 1)
        #expect(self.means(strangers, rate: rate, correlation: 0, assumed: 0, tolerance: 0.02).harm < 1)
    }

    @Test(arguments: [0.05, 0.3])
    func `users who answer again and again, and change sides, make the bets no less fair`(correlation: Double) {
        let means = means(regulars, rate: 0.8, correlation: correlation, assumed: correlation)
        #expect(abs(means.gain - 1) < 1e-12 && abs(means.harm - 1) < 1e-12)
    }

    @Test func `counting every answer of a user in full would make them unfair`() {
        let means = means(regulars, rate: 0.8, correlation: 0.3, assumed: 0)
        #expect(means.gain > 1.01 && means.harm > 1.01)
    }

    @Test func `capital once there is evidence for good, and the last block counts only when it is full`() {
        var test = SequentialTest(SequentialLimits(minimumToPromote: 1, userCorrelation: 0, blockAnswers: 5))
        func block(_ champion: Double, _ challenger: Double) {
            for _ in 0..<5 { test.record(.champion, score: champion, earlier: UserTally()) }
            for _ in 0..<5 { test.record(.challenger, score: challenger, earlier: UserTally()) }
        }
        for _ in 0..<4 { test.record(.challenger, score: 1, earlier: UserTally()) }
        #expect(test.gain.capital == 1 && test.answers.challenger == 4)
        for _ in 0..<20 { block(0, 1) }
        #expect(test.isBetter && test.isNotWorse && !test.isHarmful)
        let peak = test.gain.peak
        for _ in 0..<20 { block(1, 0) }
        #expect(test.gain.peak == peak && test.isBetter && test.gain.capital < 1)
    }

    @Test func `scores that are no numbers say nothing, and those out of range count as the nearest`() {
        var test = SequentialTest(SequentialLimits(blockAnswers: 1))
        test.record(.champion, score: .nan, earlier: UserTally())
        #expect(test.answers == PerArm(0))
        test.record(.champion, score: -7, earlier: UserTally(answers: -3, score: .infinity))
        test.record(.challenger, score: 9, earlier: UserTally(answers: 1, score: 50))
        #expect(test.difference == 1)
        #expect(test.gain.capital.isFinite && test.gain.capital > 1)
    }

    @Test func `evidence beyond all measure stays a number that JSON can say`() {
        var test = SequentialTest(SequentialLimits(userCorrelation: 0, blockAnswers: 1))
        for _ in 0..<20_000 {
            test.record(.champion, score: 0, earlier: UserTally())
            test.record(.challenger, score: 1, earlier: UserTally())
        }
        #expect(test.gain.peak.isFinite && test.gain.peak > 1e50)
        #expect(test.harm.capital >= 0)
    }
}

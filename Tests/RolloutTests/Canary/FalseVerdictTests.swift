import Rollout
import Testing

/// How often the test is wrong, and how often it sees what is there, beside a test that isn't made for being looked at.
@Suite struct FalseVerdictTests {
    private func saidBetter<Test: PeekedTest>(_ test: Test.Type, gain: Double = 0, correlation: Double = 0) -> Double {
        let world = CanaryScenario(gain: gain, userCorrelation: correlation, users: 100)
        return PeekSimulation(test, world, share: 2_500, answers: 3_000, streams: 400, seed: 7).saidBetter
    }

    @Test func `looked at after each answer, a z-test calls every fourth equal challenger better, ours few enough`() {
        #expect(saidBetter(NaivePeeked.self) > 0.2)
        #expect(saidBetter(BettingPeeked.self) <= 0.05)
        #expect(saidBetter(IndependentBettingPeeked.self) <= 0.05)
    }

    @Test func `where users differ, only what reckons with it keeps its level`() {
        #expect(saidBetter(NaivePeeked.self, correlation: 0.05) > 0.3)
        #expect(saidBetter(MixturePeeked.self, correlation: 0.05) > 0.08)
        #expect(saidBetter(IndependentBettingPeeked.self, correlation: 0.05) > 0.08)
        #expect(saidBetter(BettingPeeked.self, correlation: 0.05) <= 0.05)
    }

    private func simulation(_ gain: Double, _ correlation: Double, _ plan: CanaryPlan = CanaryPlan())
        -> CanarySimulation
    {
        CanarySimulation(
            plan, CanaryScenario(gain: gain, userCorrelation: correlation), rollouts: 300, seed: 11)
    }

    @Test(arguments: [0, 0.05])
    func `of whole rollouts of equal challengers at most the levels end falsely`(correlation: Double) {
        let equal = simulation(0, correlation)
        #expect(equal.rollouts == 300)
        #expect(equal.share(.better) <= 0.05)
        #expect(equal.share(.harmful) <= 0.1)
        #expect(equal.share(.failing) + equal.share(.slow) <= 0.01)
        // It is a test, not a refusal: something is said of some.
        #expect(equal.share(.harmful) > 0 && equal.share(.notWorse) > 0.2)
    }

    @Test(arguments: [0, 0.05])
    func `five points more are promoted, mostly as better; five points less are rolled back, mostly as worse`(
        correlation: Double
    ) throws {
        let better = simulation(0.05, correlation)
        #expect(better.share(.better) > 0.7)
        #expect(Double(better.promoted) / 300 > 0.97)
        let worse = simulation(-0.05, correlation)
        #expect(worse.share(.harmful) > 0.75)
        #expect(Double(worse.promoted) / 300 <= 0.05)
        // Harm is found on fewer answers than gain.
        let harmAt = try #require(worse.median(.rolledBack)).challengerAnswers
        #expect(harmAt < (try #require(better.median(.promoted)).challengerAnswers))
    }

    @Test func `without a proof of gain the champion stays, if that is the goal`() {
        let equal = simulation(0, 0, CanaryPlan(horizonAnswers: 500, goal: .better))
        #expect(equal.share(.notWorse) == 0)
        #expect(equal.share(.unproven) > 0.8)
    }

    @Test func `the same seed gives the same rollouts, another one others`() {
        let world = CanaryScenario(gain: 0.05, userCorrelation: 0.05)
        let plan = CanaryPlan()
        let one = CanarySimulation.run(plan, world, seed: 5)
        #expect(CanarySimulation.run(plan, world, seed: 5).rollout == one.rollout)
        #expect(CanarySimulation.run(plan, world, seed: 6).rollout != one.rollout)
    }
}

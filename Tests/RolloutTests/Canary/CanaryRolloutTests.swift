import FoundationEssentials
import Rollout
import Testing

/// A rollout with a clock of its own.
struct Played {
    var rollout: CanaryRollout
    var seconds: Int64 = 0
    var effects: [CanaryEffect] = []

    init(_ plan: CanaryPlan) {
        rollout = CanaryRollout(plan, at: 0)
        effects = [rollout.last]
    }

    /// One event, so many seconds after the one before.
    @discardableResult
    mutating func take(_ event: CanaryEvent, after wait: Int64 = 0) -> CanaryEffect? {
        seconds += wait
        let effect = rollout.take(event, at: seconds * 1_000_000)
        if let effect { effects.append(effect) }
        return effect
    }

    /// Answers of both arms in turn, each of a user of its own, until something happens or all are given.
    mutating func judge(_ answers: Int, champion: Double, challenger: Double, every wait: Int64 = 60) {
        let before = effects.count
        for index in 0..<answers where effects.count == before {
            take(.judged(.champion, score: Self.score(index, champion), earlier: UserTally()), after: wait)
            guard effects.count == before else { return }
            take(.judged(.challenger, score: Self.score(index, challenger), earlier: UserTally()))
        }
    }

    /// 1 or 0, evenly spread with this share of ones.
    private static func score(_ index: Int, _ share: Double) -> Double {
        Double(Int(Double(index + 1) * share + 1e-9) - Int(Double(index) * share + 1e-9))
    }

    mutating func command(_ action: CanaryCommand.Action, after wait: Int64 = 0) -> CanaryEffect? {
        take(.command(CanaryCommand(action, by: "ada", reason: "because")), after: wait)
    }
}

@Suite struct CanaryRolloutTests {
    private let plan = CanaryPlan(shadowAnalyses: 0, test: SequentialLimits(userCorrelation: 0))

    @Test func `a better challenger goes from the shadow through every share to all, and each change says why`() {
        var played = Played(CanaryPlan(shadowAnalyses: 30, test: SequentialLimits(userCorrelation: 0)))
        #expect(played.rollout.phase == .shadow && played.rollout.share == 0)
        for _ in 0..<30 {
            played.take(.served(.champion, failed: false, latencyMilliseconds: 50), after: 1)
            played.take(.served(.challenger, failed: false, latencyMilliseconds: 50))
        }
        #expect(played.rollout.share == 500)
        while !played.rollout.phase.isFinal && played.seconds < 1_000_000 {
            played.judge(1_000, champion: 0.7, challenger: 0.9, every: 200)
        }
        #expect(played.effects.map(\.kind) == [.shadow, .share, .share, .share, .promote])
        #expect(played.effects.map(\.share) == [0, 500, 2_500, 5_000, 10_000])
        #expect(played.effects.map(\.cause) == [.started, .stepPassed, .stepPassed, .stepPassed, .better])
        #expect(
            played.effects[1].reason == "5 % of the users get the challenger: 30 analyses in shadow broke no guardrail")
        #expect(
            played.effects[2].reason.hasPrefix("25 % of the users get the challenger: 20 answers of the challenger"))
        #expect(
            played.effects[2].reason.contains("people accept 90 % of 20 answers of the challenger and 70 % of 20"))
        #expect(played.effects[4].reason.hasPrefix("promoted: better: people accept 89.9 % of 138 answers"))
        #expect(played.effects[4].reason.contains("; for a gain evidence 2") && played.rollout.share == 10_000)
    }

    @Test func `a worse one is rolled back on few answers, with the numbers`() {
        var played = Played(plan)
        while !played.rollout.phase.isFinal && played.seconds < 100_000 {
            played.judge(1_000, champion: 0.8, challenger: 0.4)
        }
        #expect(played.rollout.phase == .rolledBack && played.rollout.share == 0)
        #expect(played.rollout.last.cause == .harmful)
        #expect(played.rollout.test.answers.challenger < 80)
        #expect(played.rollout.last.reason.contains("; for harm evidence 1"))
    }

    @Test func `no share begins before the last one brought its answers and lasted its time`() {
        var played = Played(plan)
        played.judge(19, champion: 0.8, challenger: 0.8, every: 1)
        #expect(played.take(.tick, after: 3_600) == nil)
        played.judge(1, champion: 1, challenger: 1, every: 1)
        #expect(played.rollout.share == 2_500)
        played.judge(20, champion: 0.8, challenger: 0.8, every: 1)
        #expect(played.rollout.share == 2_500)
        #expect(played.take(.tick, after: 3_000) == nil)
        #expect(played.take(.tick, after: 600)?.share == 5_000)
    }

    @Test func `while the evidence leans to harm the share stays`() {
        var played = Played(CanaryPlan(shadowAnalyses: 0, caution: 1, test: SequentialLimits(userCorrelation: 0)))
        played.judge(40, champion: 0.8, challenger: 0.7)
        #expect(played.take(.tick, after: 3_600) == nil)
        #expect(played.rollout.share == 500 && !played.rollout.test.isHarmful)
    }

    @Test func `blue-green is a plan with one share`() {
        let plan = CanaryPlan(shares: [10_000], shadowAnalyses: 0)
        #expect(CanaryRollout(plan, at: 0).phase == .promoted)
        var played = Played(CanaryPlan(shares: [10_000], shadowAnalyses: 2))
        played.take(.served(.challenger, failed: false, latencyMilliseconds: 50))
        #expect(played.take(.served(.challenger, failed: false, latencyMilliseconds: 50))?.kind == .promote)
    }

    @Test func `at the horizon the goal decides`() {
        func end(_ goal: CanaryPlan.Goal, champion: Double = 0.8) -> CanaryEffect {
            var plan = plan
            plan.goal = goal
            plan.test.margin = 0.1
            plan.horizonAnswers = 1_200
            var played = Played(plan)
            while !played.rollout.phase.isFinal && played.seconds < 2_000_000 {
                played.judge(5_000, champion: champion, challenger: 0.8)
            }
            return played.rollout.last
        }
        #expect(end(.notWorseAtHorizon).cause == .notWorse)
        #expect(end(.notWorseAtHorizon).reason.contains("not worse by 10 points, at the horizon: "))
        #expect(end(.notWorse).cause == .notWorse)
        #expect(!end(.notWorse).reason.contains("at the horizon"))
        #expect(end(.better).cause == .unproven && end(.better).kind == .rollBack)
        #expect(end(.noHarm).cause == .noHarm && end(.noHarm).kind == .promote)
        #expect(
            end(.noHarm).reason.contains("no sign of harm, at the horizon: ")
                && end(.noHarm, champion: 0.85).cause != .noHarm)
    }

    @Test func `a shadow or a canary that nobody uses ends by time`() {
        var shadow = Played(CanaryPlan())
        #expect(shadow.take(.tick, after: 14 * 86_400 - 1) == nil)
        #expect(shadow.take(.tick, after: 1)?.cause == .unproven)
        #expect(shadow.rollout.last.reason.contains("0 analyses in shadow in 14 days, 200 needed"))
        var canary = Played(plan)
        #expect(canary.take(.tick, after: 14 * 86_400)?.reason.contains("nothing shown after 14 days") == true)
    }

    @Test func `paused, nothing happens by itself but the rollback for harm, and the time stands still`() {
        var played = Played(plan)
        #expect(played.command(.pause)?.kind == .pause)
        #expect(played.rollout.refusal(of: .pause) == "the rollout is paused already")
        played.judge(200, champion: 0.8, challenger: 0.8)
        #expect(played.take(.tick, after: 30 * 86_400) == nil)
        #expect(played.rollout.share == 500)
        var resumed = played
        #expect(resumed.command(.resume)?.kind == .resume)
        // The pause didn't count: neither the horizon nor the step's hour has passed.
        #expect(resumed.take(.tick, after: 3_599) == nil)
        #expect(resumed.take(.tick, after: 1)?.share == 2_500)
        played.judge(500, champion: 0.9, challenger: 0.3)
        #expect(played.rollout.last.cause == .harmful && played.rollout.phase == .rolledBack)
    }

    @Test func `a person may promote or roll back at any time, with a reason, and that is final`() {
        for (action, kind) in [(CanaryCommand.Action.promote, CanaryEffect.Kind.promote), (.rollBack, .rollBack)] {
            var played = Played(CanaryPlan())
            #expect(played.command(action)?.kind == kind)
            #expect(played.rollout.last.cause == .person)
            #expect(played.rollout.last.reason.contains("by ada: because; people accept none of 0"))
            let ended = played.rollout
            #expect(played.command(.rollBack) == nil)
            played.judge(50, champion: 1, challenger: 0)
            played.take(.served(.challenger, failed: true, latencyMilliseconds: 0), after: 86_400)
            #expect(played.rollout == ended)
            #expect(played.rollout.refusal(of: .promote) == "the rollout has ended: \(ended.last.reason)")
        }
    }

    @Test func `guardrails roll back in shadow too`() {
        var played = Played(CanaryPlan())
        for _ in 0..<150 {
            played.take(.served(.champion, failed: false, latencyMilliseconds: 50))
            played.take(.served(.challenger, failed: true, latencyMilliseconds: 50))
        }
        #expect(played.rollout.last.cause == .failing && played.rollout.phase == .rolledBack)
    }

    @Test func `a clock that goes back stands still`() {
        var played = Played(plan)
        played.judge(30, champion: 0.8, challenger: 0.8, every: 100)
        #expect(played.rollout.take(.tick, at: -1_000_000_000_000) == nil)
        #expect(played.take(.tick, after: 700)?.share == 2_500)
    }

    @Test func `plans with faults tell all of them`() {
        #expect(CanaryPlan().faults().isEmpty)
        #expect(CanaryPlan(shares: [10_000], test: SequentialLimits(minimumToPromote: 5_000)).faults().isEmpty)
        let bad = CanaryPlan(
            shares: [500, 400, 9_000], stepAnswers: 0, caution: .nan, horizonAnswers: 50,
            test: SequentialLimits(margin: 0), guardrails: GuardrailLimits(latencyRatio: 1))
        #expect(
            bad.faults() == [
                "the last share must be 100 %", "shares must rise", "a step must bring 1 to 1000000 answers",
                "the caution must be 1 to 1000",
                "the horizon must not come before a step's answers and the minimum to promote",
                "the margin must be 0.001 to 0.5", "the latency ratio must be 1.1 to 1000",
            ])
    }
}

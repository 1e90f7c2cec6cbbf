/// Many rollouts of one plan in one made-up world, and how they ended.
///
/// Each analysis is served by the arm that the user's sticky bucket gives, may fail, and is judged if it doesn't; the real
/// ``CanaryRollout`` decides after each. The same seed gives the same figures.
package struct CanarySimulation: Sendable {
    package let scenario: CanaryScenario
    /// Rollouts by how they ended.
    package private(set) var ends: [CanaryEffect.Cause: Int] = [:]
    package private(set) var promoted = 0
    package private(set) var rolledBack = 0
    /// Of each rollout that was promoted, or rolled back: judged answers of both arms, and its days.
    private var promotedAt: [End] = []
    private var rolledBackAt: [End] = []

    /// When a rollout ended.
    package struct End: Sendable, Hashable {
        package var challengerAnswers: Int
        package var championAnswers: Int
        package var days: Double
    }

    /// The plan must be without faults.
    package init(_ plan: CanaryPlan, _ scenario: CanaryScenario, rollouts: Int, seed: UInt32 = 1) {
        self.scenario = scenario
        for rollout in 0..<rollouts {
            let state = Self.run(plan, scenario, seed: UInt64(seed) << 32 | UInt64(rollout))
            ends[state.rollout.last.cause, default: 0] += 1
            if state.rollout.phase == .promoted {
                promoted += 1
                promotedAt.append(state.end)
            } else {
                rolledBack += 1
                rolledBackAt.append(state.end)
            }
        }
    }

    package var rollouts: Int { promoted + rolledBack }

    /// The share of rollouts that ended so.
    package func share(_ cause: CanaryEffect.Cause) -> Double {
        Double(ends[cause, default: 0]) / Double(max(1, rollouts))
    }

    /// Medians over the rollouts that ended in this phase; nil when none did.
    package func median(_ phase: CanaryRollout.Phase) -> End? {
        let ends = phase == .promoted ? promotedAt : rolledBackAt
        guard !ends.isEmpty else { return nil }
        func middle<Value: Comparable>(_ value: (End) -> Value) -> Value { ends.map(value).sorted()[ends.count / 2] }
        return End(
            challengerAnswers: middle(\.challengerAnswers), championAnswers: middle(\.championAnswers),
            days: middle(\.days))
    }

    /// One rollout to its end.
    package static func run(
        _ plan: CanaryPlan, _ scenario: CanaryScenario, seed: UInt64
    ) -> (rollout: CanaryRollout, end: End) {
        var random = SimulationRandom(seed: seed &* 0x2545_F491_4F6C_DD1D)
        let users = SimulatedUsers(scenario, experiment: "rollout-\(seed)", &random)
        var tallies = Array(repeating: UserTally(), count: users.buckets.count)
        let interval = max(1, Int64(86_400_000_000 / scenario.answersPerDay))
        var rollout = CanaryRollout(plan, at: 0)
        var now: Int64 = 0
        // Ends by the horizon at the latest: time passes with each analysis.
        while !rollout.phase.isFinal {
            now += interval
            let user = users.author(&random)
            let arms: [CanaryArm] =
                rollout.phase == .shadow
                ? CanaryArm.allCases
                : Self.side(users.buckets[user], rollout.share)
            for arm in arms {
                let rate = arm == .champion ? scenario.championFailures : scenario.challengerFailures
                let failed = random.uniform() < rate
                // From about 60 to 250 ms, whichever arm; its distribution is no matter here.
                let latency = 60 * Double(1 + random.next() % 4)
                _ = rollout.take(.served(arm, failed: failed, latencyMilliseconds: latency), at: now)
                guard !failed, rollout.phase == .canary else { continue }
                let score = users.score(user, arm, after: Int(now / interval), &random)
                _ = rollout.take(.judged(arm, score: score, earlier: tallies[user]), at: now)
                tallies[user] = tallies[user].adding(score: score)
            }
        }
        return (
            rollout,
            End(
                challengerAnswers: rollout.test.answers.challenger, championAnswers: rollout.test.answers.champion,
                days: Double(now) / 86_400_000_000)
        )
    }

    private static let champion: [CanaryArm] = [.champion]
    private static let challenger: [CanaryArm] = [.challenger]

    private static func side(_ bucket: Int, _ share: Int) -> [CanaryArm] { bucket < share ? challenger : champion }
}

/// A made-up world for rollouts: who answers, how often, and what the challenger is worth.
package struct CanaryScenario: Sendable {
    /// Challenger less champion in what people accept: 0.05 is five points more, 0 an A/A.
    package var gain: Double
    /// Correlation of two answers of one user, as it really is; the plan's test has its own idea of it.
    package var userCorrelation: Double
    /// Share of the challenger's analyses that fail; the champion's is `championFailures`.
    package var challengerFailures: Double
    package var championFailures: Double
    /// What people accept of the champion, drawn anew for each rollout.
    package var acceptance: ClosedRange<Double>
    /// By how much everybody's acceptance changes in the course of 1,000 analyses, but by no more than 30 points down or 10 up.
    package var drift: Double
    package var users: Int
    package var answersPerDay: Double

    package init(
        gain: Double, userCorrelation: Double = 0, challengerFailures: Double = 0.01,
        championFailures: Double = 0.01, acceptance: ClosedRange<Double> = 0.75...0.85, drift: Double = 0,
        users: Int = 400,
        answersPerDay: Double = 400
    ) {
        self.gain = gain
        self.userCorrelation = userCorrelation
        self.challengerFailures = challengerFailures
        self.championFailures = championFailures
        self.acceptance = acceptance
        self.drift = drift
        self.users = users
        self.answersPerDay = answersPerDay
    }
}

/// The users of one made-up rollout.
struct SimulatedUsers {
    /// The probability that a user accepts an answer, by user.
    private var rates: [Double]
    private let mean: Double
    private let gain: Double
    private let drift: Double
    /// Sticky, by the same hash as real users.
    let buckets: [Int]

    init(_ scenario: CanaryScenario, experiment: String, _ random: inout SimulationRandom) {
        let mean = Double.random(in: scenario.acceptance, using: &random)
        self.mean = mean
        gain = scenario.gain
        drift = scenario.drift
        rates = (0..<max(1, scenario.users)).map { _ in
            random.rate(mean: mean, correlation: scenario.userCorrelation)
        }
        buckets = rates.indices.map {
            StickyBucket.byHash(experiment: experiment, tenant: "default", user: "user-\($0)")
        }
    }

    /// Who says something next: the busiest tenth of the users gives about a third of the answers.
    func author(_ random: inout SimulationRandom) -> Int {
        let draw = random.uniform()
        return min(rates.count - 1, Int(draw * draw * Double(rates.count)))
    }

    /// 1 or 0, after so many analyses. A gain or a drift moves every user's rate, those least who have least room, and
    /// everybody's mean by just that.
    func score(_ user: Int, _ arm: CanaryArm, after analyses: Int, _ random: inout SimulationRandom) -> Double {
        let shift = min(max(drift * Double(analyses) / 1_000, -0.3), 0.1)
        var rate = Self.moved(rates[user], mean, by: shift)
        if arm == .challenger { rate = Self.moved(rate, mean + shift, by: gain) }
        return random.uniform() < rate ? 1 : 0
    }

    private static func moved(_ rate: Double, _ mean: Double, by change: Double) -> Double {
        change > 0 ? rate + change * (1 - rate) / (1 - mean) : rate + change * rate / mean
    }
}

import Rollout

/// What `triagectl canary simulate` prints.
struct CanaryReport: Encodable {
    /// How the rollouts of one world ended; shares from 0 to 1.
    struct World: Encodable {
        /// Challenger less champion, in percentage points.
        var gainPoints: Double
        /// Correlation of two answers of one user, in this world.
        var userCorrelation: Double
        var challengerFailures: Double
        /// Of everybody's acceptance, in points in the course of 1,000 analyses.
        var driftPoints: Double
        var promotedBetter: Double
        var promotedNotWorse: Double
        var promotedNoHarm: Double
        var rolledBackWorse: Double
        var rolledBackFailing: Double
        var rolledBackUnproven: Double
        var promotedAt: End?
        var rolledBackAt: End?
    }

    /// Medians.
    struct End: Encodable {
        var challengerAnswers: Int
        var championAnswers: Int
        var days: Double
    }

    /// One test that was looked at after each answer.
    struct Comparison: Encodable {
        var test: String
        var gainPoints: Double
        var userCorrelation: Double
        var saidBetter: Double
        /// The challenger's, the median.
        var answers: Int?
    }

    var worlds: [World]
    var comparisons: [Comparison]

    init(
        _ simulations: [CanarySimulation], _ comparisons: [(world: CanaryScenario, tests: [PeekSimulation])],
        _ plan: CanaryPlan
    ) {
        worlds = simulations.map { simulation in
            let world = simulation.scenario
            return World(
                gainPoints: world.gain * 100, userCorrelation: world.userCorrelation,
                challengerFailures: world.challengerFailures, driftPoints: world.drift * 100,
                promotedBetter: simulation.share(.better), promotedNotWorse: simulation.share(.notWorse),
                promotedNoHarm: simulation.share(.noHarm),
                rolledBackWorse: simulation.share(.harmful),
                rolledBackFailing: simulation.share(.failing) + simulation.share(.slow),
                rolledBackUnproven: simulation.share(.unproven),
                promotedAt: simulation.median(.promoted).map(End.init),
                rolledBackAt: simulation.median(.rolledBack).map(End.init))
        }
        self.comparisons = comparisons.flatMap { world, tests in
            tests.map {
                Comparison(
                    test: $0.name, gainPoints: world.gain * 100, userCorrelation: world.userCorrelation,
                    saidBetter: $0.saidBetter, answers: $0.medianAnswers)
            }
        }
    }

    /// False shares above their level, in worlds whose users are no more alike than the plan assumes.
    func faults(_ plan: CanaryPlan) -> [String] {
        let (promotion, harm) = (plan.test.promotionAlpha, plan.test.harmAlpha)
        var faults: [String] = []
        func check(_ share: Double, _ level: Double, _ what: String) {
            if share > level { faults.append("\(what): \(Self.percent(share)) %, at most \(Self.percent(level)) %") }
        }
        for world in worlds where world.userCorrelation <= plan.test.userCorrelation {
            let users = "correlation \(world.userCorrelation)"
            if world.gainPoints == 0 && world.challengerFailures <= 0.01 {
                check(world.promotedBetter, promotion, "equal ones promoted as better, \(users)")
                check(world.rolledBackWorse, harm, "equal ones rolled back as worse, \(users)")
                check(
                    world.rolledBackFailing, plan.guardrails.failureAlpha, "equal ones rolled back as failing, \(users)"
                )
            } else if world.gainPoints <= -100 * plan.test.margin {
                check(world.promotedBetter + world.promotedNotWorse, promotion, "worse ones promoted, \(users)")
            }
        }
        return faults
    }
}

extension CanaryReport.End {
    fileprivate init(_ end: CanarySimulation.End) {
        self.init(
            challengerAnswers: end.challengerAnswers, championAnswers: end.championAnswers,
            days: (end.days * 10).rounded() / 10)
    }
}

extension CanaryReport {
    func print(_ plan: CanaryPlan, rollouts: Int) {
        let shares = plan.shares.map(Percent.text).joined(separator: " → ")
        Console.line("\(rollouts) rollouts in each world, shares \(shares) %, goal \(plan.goal.rawValue)")
        Console.line(
            "levels: better \(Self.percent(plan.test.promotionAlpha)) %, worse \(Self.percent(plan.test.harmAlpha)) %, "
                + "failing \(Self.percent(plan.guardrails.failureAlpha)) %; margin \(Percent.text(Int((plan.test.margin * 10_000).rounded()))) "
                + "points; a user's answers correlate by \(plan.test.userCorrelation)")
        Console.line()
        var table = TextTable(
            "CHALLENGER", "USERS", "BETTER %", plan.goal == .noHarm ? "NO HARM %" : "NOT WORSE %", "WORSE %",
            "FAILING %", "UNPROVEN %",
            "ANSWERS TO PROMOTE", "TO ROLL BACK", "DAYS")
        for world in worlds {
            let challenger =
                world.challengerFailures > 0.01
                ? "fails 10 %" : world.driftPoints != 0 ? "equal, drift" : Self.points(world.gainPoints)
            let days = [world.promotedAt, world.rolledBackAt].map { $0.map { "\($0.days)" } ?? "-" }
            table.add(
                challenger, Self.users(world.userCorrelation), Self.percent(world.promotedBetter),
                Self.percent(world.promotedNotWorse + world.promotedNoHarm), Self.percent(world.rolledBackWorse),
                Self.percent(world.rolledBackFailing), Self.percent(world.rolledBackUnproven),
                Self.text(world.promotedAt), Self.text(world.rolledBackAt), days.joined(separator: " / "))
        }
        table.print()
        Console.line(
            "the first two were promoted, the others rolled back; answers: medians, challenger + champion")
        guard !comparisons.isEmpty else { return }
        Console.line()
        Console.line(
            "at 25 % of the users, looked at after each of 4000 answers: how often it ever says \"better\" (level 5 %)")
        var tests = TextTable("TEST", "CHALLENGER", "USERS", "SAYS BETTER %", "ANSWERS OF THE CHALLENGER")
        for comparison in comparisons {
            tests.add(
                comparison.test, Self.points(comparison.gainPoints), Self.users(comparison.userCorrelation),
                Self.percent(comparison.saidBetter), comparison.answers.map(String.init) ?? "-")
        }
        tests.print()
    }

    private static func text(_ end: End?) -> String {
        end.map { "\($0.challengerAnswers) + \($0.championAnswers)" } ?? "-"
    }

    private static func users(_ correlation: Double) -> String {
        correlation == 0 ? "alike" : "differ (\(correlation))"
    }

    private static func points(_ gain: Double) -> String {
        gain == 0 ? "equal (A/A)" : "\(gain > 0 ? "+" : "")\(Percent.text(Int((gain * 100).rounded()))) points"
    }

    /// A share in percent with one digit behind the point.
    private static func percent(_ share: Double) -> String { Percent.text(Int((share * 1_000).rounded()) * 10) }
}

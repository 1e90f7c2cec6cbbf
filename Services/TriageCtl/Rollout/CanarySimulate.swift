import ArgumentParser
import FoundationEssentials
import Rollout

/// `triagectl canary`: what has to do with rollouts in steps.
struct CanaryGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "canary", abstract: "Try out what a plan for rollouts would do.",
        subcommands: [CanarySimulate.self])
}

/// Thousands of made-up rollouts with the plan that the options give.
struct CanarySimulate: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Simulate rollouts of equal, better and worse challengers.",
        discussion: """
            Each row is a made-up world in which so many rollouts run from the shadow to their end; the shares say how they \
            ended. In an A/A the challenger is as good as the champion: \"better\" is false there, and \"worse\" too. The \
            second table gives the same answers to several tests that are looked at after every one.

            With --check the exit code is 1 when a false share is above its level in a world that keeps the plan's \
            assumption about users. The same seed prints the same figures.
            """)

    @Option(help: "Rollouts in each world.")
    var rollouts = 1_000
    @Option(help: "Where the random numbers start.")
    var seed: UInt32 = 1
    @Option(help: "How many users there are.")
    var users = 400
    @Option(help: "How many answers people judge in a day.")
    var answersPerDay = 400.0
    @Flag(help: "Only the rollouts, without the comparison of tests.")
    var noComparison = false
    @Flag(help: "Fail when a false share is above its level.")
    var check = false
    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Plan") var plan: CanaryPlanOptions

    func validate() throws {
        guard (1...100_000).contains(rollouts) else { throw ValidationError("--rollouts takes 1 to 100000") }
        // With fewer, chance alone may put a share above its level.
        guard !check || rollouts >= 500 else { throw ValidationError("--check needs --rollouts of 500 or more") }
        guard (1...100_000).contains(users) else { throw ValidationError("--users takes 1 to 100000") }
        guard (1...1e7).contains(answersPerDay) else { throw ValidationError("--answers-per-day takes 1 to 10000000") }
        guard try plan.plan().shares.count > 1 else {
            throw ValidationError("--shares 100 compares nothing: there is nothing to simulate")
        }
    }

    func perform() async throws {
        let plan = try plan.plan()
        let worlds = worlds(assumed: plan.test.userCorrelation)
        let simulations = await Self.concurrently(worlds) {
            CanarySimulation(plan, $0, rollouts: rollouts, seed: seed)
        }
        let comparisons = noComparison ? [] : await comparisons(worlds.filter { $0.gain == 0 || $0.gain == 0.05 })
        let report = CanaryReport(simulations, comparisons, plan)
        if json { Console.line(try RouteReport.text(of: report)) } else { report.print(plan, rollouts: rollouts) }
        guard check else { return }
        let faults = report.faults(plan)
        guard faults.isEmpty else { throw CommandFailure(.failed, faults.joined(separator: "\n")) }
    }

    private func worlds(assumed: Double) -> [CanaryScenario] {
        func world(_ gain: Double, _ correlation: Double, failures: Double = 0.01, drift: Double = 0) -> CanaryScenario
        {
            CanaryScenario(
                gain: gain, userCorrelation: correlation, challengerFailures: failures, drift: drift, users: users,
                answersPerDay: answersPerDay)
        }
        let alike = [world(0, 0), world(0.05, 0), world(-0.05, 0)]
        let different = [world(0, assumed), world(0.02, assumed), world(0.05, assumed), world(-0.05, assumed)]
        let others = [
            world(0, assumed, failures: 0.1), world(0, assumed, drift: -0.05), world(0, min(0.9, 2 * assumed)),
        ]
        return assumed == 0 ? alike + [world(0, 0, failures: 0.1)] : alike + different + others
    }

    private func comparisons(_ worlds: [CanaryScenario]) async -> [(world: CanaryScenario, tests: [PeekSimulation])] {
        let worlds = worlds.filter { $0.challengerFailures == $0.championFailures && $0.drift == 0 }
        let tests = await Self.concurrently(worlds) { world in
            func peek<Test: PeekedTest>(_ test: Test.Type) -> PeekSimulation {
                PeekSimulation(test, world, share: 2_500, answers: 4_000, streams: rollouts, seed: seed)
            }
            return [
                peek(NaivePeeked.self), peek(MixturePeeked.self), peek(IndependentBettingPeeked.self),
                peek(BettingPeeked.self),
            ]
        }
        return zip(worlds, tests).map { ($0, $1) }
    }

    /// The work on each, on all cores, in the order of what was given.
    private static func concurrently<Item: Sendable, Result: Sendable>(
        _ items: [Item], _ work: @escaping @Sendable (Item) -> Result
    ) async -> [Result] {
        await withTaskGroup(of: (Int, Result).self) { group in
            for (index, item) in items.enumerated() { group.addTask { (index, work(item)) } }
            var results: [(Int, Result)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

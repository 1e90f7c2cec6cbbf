import ArgumentParser
import Rollout

/// `triagectl route --simulate`: made-up users and tasks, and what landed where.
struct RouteSimulationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many tasks.", valueName: "tasks"))
    var simulate: Int?
    @Option(help: "How many users write them.")
    var users = 1_000
    @Option(help: ArgumentHelp("Percentage of the users with a tier; repeatable.", valueName: "tier=percent"))
    var tierShare: [String] = []
    @Flag(help: "Some users write more than others; else all the same.")
    var uneven = false
    @Option(help: "Chooses tiers and authors.")
    var seed: UInt32 = 1
    @Option(help: ArgumentHelp("Fail when a share is further off.", valueName: "points"))
    var within: Double?

    func validate() throws {
        if let simulate, !(1...10_000_000).contains(simulate) {
            throw ValidationError("--simulate takes 1 to 10000000 tasks")
        }
        guard (1...1_000_000).contains(users) else { throw ValidationError("--users takes 1 to 1000000") }
        _ = try tiers()
    }

    /// Shares, 0 to 1, by tier.
    private func tiers() throws -> [(tier: String, share: Double)] {
        let shares = try tierShare.map { text in
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let percent = Double(parts[1]), (0...100).contains(percent) else {
                throw ValidationError("--tier-share \(text) is not like gold=20")
            }
            return (tier: String(parts[0]), share: percent / 100)
        }
        guard shares.reduce(0, { $0 + $1.share }) <= 1 + 1e-9 else {
            throw ValidationError("the tier shares are more than 100 %")
        }
        return shares
    }

    func perform(_ table: RoutingTable, tenant: String, json: Bool) throws {
        let simulation = RouteSimulation(
            table,
            .init(
                tasks: simulate ?? 0, users: users, tierShares: try tiers(), tenant: tenant, isUneven: uneven,
                seed: seed))
        if json { Console.line(try RouteReport.text(of: Report(simulation))) } else { print(simulation) }
        guard let within else { return }
        let worst = simulation.landings.filter { $0.ruleTasks > 0 }.map(\.deviation).max() ?? 0
        guard worst <= within && simulation.usersOnTwoSides == 0 else {
            throw CommandFailure(
                .failed,
                "\(Self.number(worst)) points off at most, \(simulation.usersOnTwoSides) users on two sides; "
                    + "\(Self.number(within)) points and none are allowed")
        }
    }

    private func print(_ simulation: RouteSimulation) {
        var output = TextTable(
            "RULE", "VARIANT", "WEIGHT %", "USERS", "% OF USERS", "TASKS", "% OF TASKS", "POINTS OFF")
        for landing in simulation.landings where landing.ruleTasks > 0 {
            output.add(
                landing.rule?.clipped(to: 40) ?? "(no rule)", landing.variant, Percent.text(landing.weight),
                String(landing.users), Self.number(landing.userShare * 100), String(landing.tasks),
                Self.number(landing.taskShare * 100), Self.number(landing.deviation))
        }
        output.print()
        Console.line("users served by more than one variant: \(simulation.usersOnTwoSides)")
    }

    /// Two digits behind the point.
    private static func number(_ value: Double) -> String { Percent.text(Int((value * 100).rounded())) }

    private struct Report: Encodable {
        struct Landing: Encodable {
            var rule: String?
            var variant: String
            var weight: Double
            var users: Int
            var userShare: Double
            var tasks: Int
            var taskShare: Double
            var pointsOff: Double
        }

        var landings: [Landing]
        var usersOnTwoSides: Int

        init(_ simulation: RouteSimulation) {
            usersOnTwoSides = simulation.usersOnTwoSides
            landings = simulation.landings.filter { $0.ruleTasks > 0 }.map {
                Landing(
                    rule: $0.rule, variant: $0.variant, weight: Double($0.weight) / 100, users: $0.users,
                    userShare: $0.userShare, tasks: $0.tasks, taskShare: $0.taskShare, pointsOff: $0.deviation)
            }
        }
    }
}

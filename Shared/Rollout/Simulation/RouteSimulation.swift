/// Routes made-up tasks of made-up users through a table and counts where they land.
package struct RouteSimulation: Sendable {
    /// Who asks, and how often.
    package struct Population: Sendable {
        package var tasks: Int
        package var users: Int
        /// Shares of the users, 0 to 1, for each tier; the rest has none.
        package var tierShares: [(tier: String, share: Double)]
        package var tenant: String
        /// False gives every user the same number of tasks, true draws an author for each, busy ones more often.
        package var isUneven: Bool
        /// Chooses tiers and authors.
        package var seed: UInt32

        package init(
            tasks: Int, users: Int, tierShares: [(tier: String, share: Double)] = [], tenant: String = "default",
            isUneven: Bool = false, seed: UInt32 = 1
        ) {
            self.tasks = tasks
            self.users = max(1, users)
            self.tierShares = tierShares
            self.tenant = tenant
            self.isUneven = isUneven
            self.seed = seed
        }
    }

    /// What landed on one variant by one rule.
    package struct Landing: Sendable, Hashable {
        /// nil for those whom no rule matches.
        package var rule: String?
        package var variant: String
        /// Hundredths of a percent that should land here; 10,000 where the variant is fixed.
        package var weight: Int
        package var users: Int
        package var tasks: Int
        /// All that the rule routed.
        package var ruleUsers: Int
        package var ruleTasks: Int

        package var userShare: Double { Double(users) / Double(max(1, ruleUsers)) }
        package var taskShare: Double { Double(tasks) / Double(max(1, ruleTasks)) }
        /// Percentage points between what landed and what should, for users and for tasks, whichever is more.
        package var deviation: Double {
            let should = Double(weight) / Double(Split.whole)
            return 100 * max(abs(userShare - should), abs(taskShare - should))
        }
    }

    /// In the order of the rules, then by name.
    package private(set) var landings: [Landing] = []
    /// Users who were served by more than one variant.
    package private(set) var usersOnTwoSides = 0

    private struct Side: Hashable {
        var rule: Int
        var variant: String
    }

    package init(_ table: RoutingTable, _ population: Population) {
        var ledger = OrdinalLedger()
        var usersBySide: [Side: Set<Int>] = [:]
        var tasksBySide: [Side: Int] = [:]
        var sidesByUser: [Int: Set<String>] = [:]
        let subjects = population.subjects()
        for task in 0..<population.tasks {
            let user = population.author(of: task)
            let subject = subjects[user]
            let ordinal = table.ordinalNeeded(for: subject).map {
                ledger.ordinal(experiment: $0, tenant: subject.tenant, user: subject.user)
            }
            let decision = table.decide(for: subject, ordinal: ordinal)
            let rule = table.rules.firstIndex { $0.name == decision.rule } ?? table.rules.count
            let side = Side(rule: rule, variant: decision.variant)
            usersBySide[side, default: []].insert(user)
            tasksBySide[side, default: 0] += 1
            sidesByUser[user, default: []].insert(decision.variant)
        }
        usersOnTwoSides = sidesByUser.values.count { $0.count > 1 }
        for (index, route) in (table.rules.map(\.route) + [table.otherwise]).enumerated() {
            landings += Self.landings(
                of: route, rule: index, name: index < table.rules.count ? table.rules[index].name : nil, usersBySide,
                tasksBySide)
        }
    }

    private static func landings(
        of route: Route, rule: Int, name: String?, _ users: [Side: Set<Int>], _ tasks: [Side: Int]
    ) -> [Landing] {
        let weights: [String: Int] =
            switch route.choice {
            case .fixed(let variant): [variant: Split.whole]
            case .split(let split): split.weights
            }
        let ruleUsers = users.filter { $0.key.rule == rule }.reduce(0) { $0 + $1.value.count }
        let ruleTasks = tasks.filter { $0.key.rule == rule }.reduce(0) { $0 + $1.value }
        return weights.sorted { $0.key < $1.key }.map { variant, weight in
            let side = Side(rule: rule, variant: variant)
            return Landing(
                rule: name, variant: variant, weight: weight, users: users[side]?.count ?? 0, tasks: tasks[side] ?? 0,
                ruleUsers: ruleUsers, ruleTasks: ruleTasks)
        }
    }
}

extension RouteSimulation.Population {
    /// The users, each with a tier or none: exactly as many as the shares say, chosen by the seed.
    fileprivate func subjects() -> [RouteSubject] {
        let order = (0..<users).sorted { (number(1, $0), $0) < (number(1, $1), $1) }
        var tiers: [String?] = Array(repeating: nil, count: users)
        var next = 0
        for (tier, share) in tierShares {
            let count = Int((share * Double(users)).rounded())
            for user in order[min(next, users)..<min(next + count, users)] { tiers[user] = tier }
            next += count
        }
        return (0..<users).map { RouteSubject(user: "user-\($0 + 1)", tenant: tenant, tier: tiers[$0]) }
    }

    fileprivate func author(of task: Int) -> Int {
        guard isUneven else { return task % users }
        // The square of an even draw: the busiest tenth of the users writes about a third of the tasks.
        let draw = Double(number(2, task)) / 4_294_967_296
        return min(users - 1, Int(draw * draw * Double(users)))
    }

    private func number(_ stream: UInt8, _ index: Int) -> UInt32 {
        var bytes: [UInt8] = [stream]
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: index >> (shift * 8))) }
        return Murmur3.hash(bytes, seed: seed)
    }
}

import AIAnalyzer
import Postgres
import Rollout
import TestSupport
import Testing

@Suite struct RouteNumbersTests {
    private let role = "triageloop_analysis"

    private func keys(_ users: some Sequence<Int>, experiment: String = "e") -> [RouteNumbers.Key] {
        users.map { RouteNumbers.Key(experiment: experiment, tenant: "default", user: "user-\($0)") }
    }

    private func table() throws -> RoutingTable {
        try RoutingTable(
            name: "triage-model",
            variants: ["stable": RouteVariant(provider: "gateway"), "next": RouteVariant(provider: "gateway")],
            rules: [
                RoutingRule(name: "gold", when: RouteCondition(tiers: ["gold"]), route: Route(.fixed("stable")))
            ],
            otherwise: Route(
                .split(
                    Split(experiment: "e", weights: ["stable": 9_000, "next": 1_000], assignment: .balanced))))
    }

    @Test func `users are numbered as they come, once, in each experiment`() async throws {
        try await withMigratedDatabase { database in
            try await database.withPool(role: role) { pool in
                let numbers = RouteNumbers(pool: pool)
                let first = try await numbers.ordinals(of: keys([7, 3, 7, 9]))
                #expect(keys([7, 3, 9]).map { first[$0] } == [0, 1, 2])
                // Another replica, which remembers nothing.
                let other = try await RouteNumbers(pool: pool).ordinals(of: keys([4, 9]) + keys([9], experiment: "f"))
                #expect(other == [keys([4])[0]: 3, keys([9])[0]: 2, keys([9], experiment: "f")[0]: 0])
                #expect(try await numbers.ordinals(of: []).isEmpty)
            }
        }
    }

    @Test func `replicas that meet the same users at once agree, without gaps`() async throws {
        try await withMigratedDatabase { database in
            try await database.withPool(role: role, poolSize: 8) { pool in
                let answers = try await withThrowingTaskGroup(of: [RouteNumbers.Key: Int].self) { group in
                    for replica in 0..<8 {
                        group.addTask {
                            let numbers = RouteNumbers(pool: pool)
                            var found: [RouteNumbers.Key: Int] = [:]
                            for start in stride(from: 0, to: 200, by: 10) {
                                // Each in an order of its own.
                                let users = (start..<start + 10).map { ($0 * 7 + replica * 31) % 200 }
                                let both = keys(users, experiment: "e") + keys(users.reversed(), experiment: "f")
                                found.merge(try await numbers.ordinals(of: both)) { $1 }
                            }
                            return found
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let first = try #require(answers.first)
                #expect(answers.allSatisfy { $0 == first })
                for experiment in ["e", "f"] {
                    let given = first.filter { $0.key.experiment == experiment }.map(\.value).sorted()
                    #expect(given == Array(0..<200))
                }
            }
        }
    }

    @Test func `10000 tasks of 1000 users land exactly, through the database, each user on one side`() async throws {
        try await withMigratedDatabase { database in
            try await database.withPool(role: role) { pool in
                let table = try table()
                let subjects = (0..<1_000).map {
                    RouteSubject(user: "user-\($0)", tier: $0 % 5 == 0 ? "gold" : nil)
                }
                var sides: [String: Set<String>] = [:]
                for round in 0..<10 {
                    // A new process each time: what counts is what is stored.
                    let numbers = RouteNumbers(pool: pool)
                    for start in stride(from: 0, to: 1_000, by: 100) {
                        let batch = (start..<start + 100).map { subjects[($0 * 37 + round) % 1_000] }
                        for decision in try await numbers.decide(table, for: batch) {
                            sides[decision.subject.user, default: []].insert(decision.variant)
                        }
                    }
                }
                #expect(sides.count == 1_000 && sides.values.allSatisfy { $0.count == 1 })
                #expect(sides.values.count { $0 == ["next"] } == 80)
            }
        }
    }
}

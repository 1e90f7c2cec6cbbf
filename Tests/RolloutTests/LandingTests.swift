import Rollout
import Testing

/// What shares of the users land where, and how sure that is.
@Suite struct LandingTests {
    @Test func `10000 tasks by 1000 users land within one point of 90 to 10 beside a tier rule, each user on one side`()
        throws
    {
        let table = try exampleTable()
        for seed in UInt32(1)...5 {
            let simulation = RouteSimulation(
                table, .init(tasks: 10_000, users: 1_000, tierShares: [("gold", 0.2)], seed: seed))
            #expect(simulation.usersOnTwoSides == 0)
            #expect(simulation.landings.reduce(0) { $0 + $1.tasks } == 10_000)
            for landing in simulation.landings where landing.rule != "beta group" { #expect(landing.deviation < 1) }
            let gold = simulation.landings.filter { $0.rule == "gold customers get what is proven" }
            #expect(gold.map(\.variant) == ["stable"] && gold.map(\.users) == [200])
        }
    }

    /// Shares of 1,000 users on `next` at 10 %, for so many salts.
    private func shares(_ salts: Int, _ bucket: (String, Int) -> Int) -> [Double] {
        (0..<salts).map { salt in
            let count = (0..<1_000).count { bucket("experiment-\(salt)", $0) < 1_000 }
            return Double(count) / 1_000
        }
    }

    @Test func `balanced, every salt lands exactly`() {
        let shares = shares(100) { experiment, user in
            StickyBucket.balanced(experiment: experiment, tenant: "default", user: "user-\(user)", ordinal: user)
        }
        #expect(shares.allSatisfy { $0 == 0.1 })
    }

    @Test func `by hash alone, about seven salts of ten land within a point: chance and no more`() {
        let shares = shares(500) { StickyBucket.byHash(experiment: $0, tenant: "default", user: "user-\($1)") }
        let within = Double(shares.count { abs($0 - 0.1) <= 0.01 + 1e-9 }) / 500
        // Binomial: 90 to 110 of 1,000 has the probability .732, here give or take .02.
        #expect(within > 0.66 && within < 0.80)
        let variance = shares.reduce(0) { $0 + ($1 - 0.1) * ($1 - 0.1) } / 500
        #expect(abs(variance.squareRoot() - 0.0095) < 0.001)
    }

    @Test func `a person keeps the side though thousands come after`() throws {
        let table = try splitTable(assignment: .balanced)
        var ledger = OrdinalLedger()
        var first: [String: String] = [:]
        var generator = Seeded(9)
        for round in 0..<10_000 {
            let subject = RouteSubject(user: "user-\(Int.random(in: 0...round, using: &generator))")
            let experiment = try #require(table.ordinalNeeded(for: subject))
            let ordinal = ledger.ordinal(experiment: experiment, tenant: subject.tenant, user: subject.user)
            let variant = table.decide(for: subject, ordinal: ordinal).variant
            if first[subject.user, default: variant] != variant { return fail("\(subject.user) moved") }
            first[subject.user] = variant
        }
        let share = Double(first.values.count { $0 == "next" }) / Double(first.count)
        #expect(abs(share - 0.1) < 0.002)
    }

    @Test func `busy and quiet writers are dealt fairly too, as far as whole users can be`() throws {
        let simulation = RouteSimulation(
            try splitTable(assignment: .balanced), .init(tasks: 10_000, users: 1_000, isUneven: true, seed: 3))
        #expect(simulation.usersOnTwoSides == 0)
        #expect(simulation.landings.allSatisfy { $0.deviation < 3 })
        let busiest = simulation.landings.reduce(0) { $0 + $1.tasks }
        #expect(busiest == 10_000)
    }
}

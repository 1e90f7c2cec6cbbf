import Rollout
import Testing

@Suite struct WeightChangeTests {
    /// Who serves each of so many users.
    private func variants(of table: RoutingTable, users: Int = 3_000) -> [String] {
        (0..<users).map { table.decide(for: RouteSubject(user: "user-\($0)")).variant }
    }

    @Test func `raising a share of two moves users only to it`() throws {
        let before = variants(of: try splitTable())
        let after = variants(of: try splitTable(["stable": 7_500, "next": 2_500]))
        let moves = Set(zip(before, after).filter { $0 != $1 }.map { "\($0)>\($1)" })
        #expect(moves == ["stable>next"])
        #expect(before.count { $0 == "next" } > 200 && after.count { $0 == "next" } > 600)
    }

    @Test func `with the earlier weights written down, a change of many moves as few as any could`() throws {
        for seed in UInt64(1)...1_000 {
            var generator = Seeded(seed)
            let names = (0..<Int.random(in: 2...6, using: &generator)).map { "variant-\($0)" }
            var history: [[String: Int]] = []
            var owners: [String] = []
            for _ in 0..<Int.random(in: 2...5, using: &generator) {
                let weights = randomWeights(names, using: &generator)
                // The variants of the earlier weights may be gone from the table.
                let table = try splitTable(weights, earlier: history)
                let now = Self.owners(of: table)
                for name in names where now.count(where: { $0 == name }) != weights[name] ?? 0 {
                    return fail("seed \(seed): \(name) has other than \(weights)")
                }
                if let before = history.last, let fault = Self.fault(from: before, owners, to: weights, now) {
                    return fail("seed \(seed): \(fault)")
                }
                history.append(weights)
                owners = now
            }
        }
    }

    @Test func `the order of names in the file does not matter, nor a variant without users`() throws {
        let plain = Self.owners(of: try splitTable(["a": 3_000, "b": 7_000]))
        #expect(plain == Self.owners(of: try splitTable(["b": 7_000, "a": 3_000, "aa": 0])))
    }

    private func randomWeights(_ names: [String], using generator: inout Seeded) -> [String: Int] {
        var cuts = (1..<names.count).map { _ in Int.random(in: 0...Split.whole, using: &generator) }.sorted()
        cuts = [0] + cuts + [Split.whole]
        return Dictionary(uniqueKeysWithValues: zip(names, zip(cuts, cuts.dropFirst()).map { $1 - $0 }))
    }

    private static func fault(
        from before: [String: Int], _ old: [String], to after: [String: Int], _ new: [String]
    ) -> String? {
        let gain = { (name: String) in (after[name] ?? 0) - (before[name] ?? 0) }
        let mustMove = after.keys.reduce(0) { $0 + max(0, gain($1)) }
        let moved = zip(old, new).filter { $0 != $1 }
        if moved.count != mustMove { return "\(moved.count) buckets moved, \(mustMove) must" }
        return moved.contains { gain($0) >= 0 || gain($1) <= 0 } ? "a bucket moved from a winner or to a loser" : nil
    }

    /// The owner of every bucket, read off the explanations of as many users as it takes.
    private static func owners(of table: RoutingTable) -> [String] {
        var owners = [String](repeating: "", count: Split.whole)
        var unknown = Split.whole
        var user = 0
        while unknown > 0 {
            let decision = table.decide(for: RouteSubject(user: "\(user)"))
            user += 1
            guard let bucket = decision.bucket, owners[bucket.number].isEmpty else { continue }
            for range in bucket.ranges {
                for number in range {
                    owners[number] = decision.variant
                    unknown -= 1
                }
            }
        }
        return owners
    }
}

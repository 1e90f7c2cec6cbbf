import Rollout
import Testing

struct GoldenBucket: Sendable {
    var experiment = "next-2026-11"
    var tenant = "default"
    var user: String
    var byHash: Int
    /// As the experiment's first user, and as number 123,456 counted from 0.
    var balanced: (first: Int, later: Int)
}

@Suite struct StickyBucketTests {
    @Test(arguments: [
        ("", UInt32(0), UInt32(0)), ("", 1, 0x514E_28B7), ("test", 0, 0xBA6B_D213), ("aaa", 0x9747_B28C, 0x283E_0130),
        ("Hello, world!", 0, 0xC036_3E43),
        ("The quick brown fox jumps over the lazy dog", 0x9747_B28C, 0x2FA8_26CD),
    ])
    func `the hash is MurmurHash3, as published`(text: String, seed: UInt32, hash: UInt32) {
        #expect(Murmur3.hash(Array(text.utf8), seed: seed) == hash)
    }

    /// Made by an implementation in Python; if one fails, users would change sides at the next update.
    @Test(arguments: [
        GoldenBucket(user: "user-1", byHash: 634, balanced: (6_235, 7_435)),
        GoldenBucket(user: "user-2", byHash: 688, balanced: (6_222, 7_422)),
        GoldenBucket(tenant: "acme", user: "user-1", byHash: 4_158, balanced: (6_259, 7_459)),
        GoldenBucket(experiment: "other", user: "user-1", byHash: 551, balanced: (6_677, 9_977)),
        GoldenBucket(user: "Zoë 🦊", byHash: 6_056, balanced: (6_238, 7_438)),
        GoldenBucket(user: "0190f3a4-7b1c-7c3e-9f00-3d2b1a4c5e6f", byHash: 4_139, balanced: (6_280, 7_480)),
    ])
    func `a bucket is the same for ever`(golden: GoldenBucket) {
        let (experiment, tenant, user) = (golden.experiment, golden.tenant, golden.user)
        #expect(StickyBucket.byHash(experiment: experiment, tenant: tenant, user: user) == golden.byHash)
        let balanced = { StickyBucket.balanced(experiment: experiment, tenant: tenant, user: user, ordinal: $0) }
        #expect(balanced(0) == golden.balanced.first)
        #expect(balanced(123_456) == golden.balanced.later)
    }

    @Test func `the balanced order is the same for ever`() {
        let order = BalancedOrder(experiment: "next-2026-11")
        let first = [62, 15, 41, 7, 97, 89, 36, 76, 25, 56, 26, 87, 14, 73, 31, 43, 55, 92, 67, 2]
        #expect((0..<20).map(order.percent) == first)
        #expect([99, 100, 12_345, 1_000_000_000_000].map(order.percent) == [52, 19, 8, 82])
    }

    @Test func `parts of the key do not run into each other`() {
        let bucket = { StickyBucket.byHash(experiment: $0, tenant: $1, user: $2) }
        #expect(bucket("a", "bc", "d") != bucket("ab", "c", "d"))
        #expect(bucket("a", "b", "cd") != bucket("a", "bc", "d"))
    }

    @Test(arguments: ["next-2026-11", "a", "b", "experiment with a longer name, 2"])
    func `users with numbers for names spread evenly over the buckets`(experiment: String) {
        var cells = [Int](repeating: 0, count: 100)
        for user in 0..<50_000 {
            cells[StickyBucket.byHash(experiment: experiment, tenant: "default", user: "user-\(user)") / 100] += 1
        }
        let chiSquare = cells.reduce(0.0) { $0 + Double(($1 - 500) * ($1 - 500)) / 500 }
        // 99 degrees of freedom: 1 in 100,000 is above 169 or below 50.
        #expect(chiSquare > 50 && chiSquare < 169)
    }

    @Test(arguments: [Split.Assignment.hash, .balanced])
    func `two experiments have nothing to do with each other`(assignment: Split.Assignment) {
        var both = 0
        let users = 50_000
        for user in 0..<users {
            let inBoth = ["left", "right"].allSatisfy { experiment in
                let bucket =
                    assignment == .hash
                    ? StickyBucket.byHash(experiment: experiment, tenant: "default", user: "user-\(user)")
                    : StickyBucket.balanced(
                        experiment: experiment, tenant: "default", user: "user-\(user)", ordinal: user)
                return bucket < 2_000
            }
            both += inBoth ? 1 : 0
        }
        // A fifth of a fifth, within five standard errors.
        #expect(abs(Double(both) / Double(users) - 0.04) < 5 * (0.04 * 0.96 / Double(users)).squareRoot())
    }
}

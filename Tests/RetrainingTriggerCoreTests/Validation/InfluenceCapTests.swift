import RetrainingTriggerCore
import Testing

@Suite struct InfluenceCapTests {
    /// Each person's share after the cap.
    private func shares(_ weights: [String: Double], share: Double) -> [String: Double] {
        let factors = InfluenceCap(share: share).factors(weights)
        let capped = weights.merging(factors) { $0 * $1 }
        let total = capped.values.reduce(0, +)
        return capped.mapValues { $0 / total }
    }

    @Test func `one heavy person comes down to the share`() {
        #expect(InfluenceCap(share: 0.5).factors(["a": 80, "b": 10, "c": 10]) == ["a": 0.25])
        let shares = shares(["a": 80, "b": 10, "c": 10], share: 0.5)
        #expect(abs((shares["a"] ?? 0) - 0.5) < 0.001)
    }

    @Test func `two heavy ones come down together`() {
        let shares = shares(["a": 60, "b": 50, "c": 10, "d": 10], share: 0.3)
        #expect(abs((shares["a"] ?? 0) - 0.3) < 0.001)
        #expect(abs((shares["b"] ?? 0) - 0.3) < 0.001)
    }

    @Test func `with too few people for the share all come to equal parts`() {
        let shares = shares(["a": 60, "b": 30, "c": 10], share: 0.1)
        for share in shares.values { #expect(abs(share - 1.0 / 3) < 0.002) }
    }

    @Test func `nobody is capped in a small team, below the share, or without a cap`() {
        #expect(InfluenceCap().factors(["a": 99, "b": 1]).isEmpty)
        #expect(InfluenceCap().factors(["a": 40, "b": 30, "c": 30]).isEmpty)
        #expect(InfluenceCap(share: 1).factors(["a": 98, "b": 1, "c": 1]).isEmpty)
        #expect(InfluenceCap().factors([:]).isEmpty)
    }

    @Test(arguments: 1...50)
    func `whatever the weights, nobody is above the share afterwards`(seed: Int) {
        var weights: [String: Double] = [:]
        for person in 0..<(3 + seed % 7) {
            weights["p\(person)"] = Double((seed * 37 + person * person * 101) % 97 + 1)
        }
        let limit = max(0.25, 1 / Double(weights.count))
        for share in shares(weights, share: 0.25).values { #expect(share <= limit + 0.01) }
    }
}

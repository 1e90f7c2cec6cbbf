/// Evidence against a hypothesis as the capital of one who bets against it, from 1 on, in fair or unfavourable bets.
///
/// Testing by betting (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86,
/// 2024; Shafer, JRSS A 184, 2021). If the hypothesis holds, no stake makes the capital grow on average, so by Ville's
/// inequality the probability that it *ever* reaches 1/α is at most α: at any number of looks, stopped for any reason,
/// with any sample, by no approximation. So the evidence may be watched after each answer.
///
/// Each of several bettors has an equal part of the capital and a size of the effect in mind (Kelly's stake for it:
/// effect / variance); the best of them soon owns most of it. What they stake is known before the block's answers are.
package struct Wager: Codable, Hashable, Sendable {
    /// What is doubted: that `sign` times (challenger less champion) is at most `bound`.
    struct Hypothesis: Codable, Hashable, Sendable {
        var sign: Double
        var bound: Double
        /// Effects beyond the bound that are bet on.
        var effects: [Double]
    }

    let hypothesis: Hypothesis
    private var capitals: [Double]
    /// The most that the capital ever was: evidence once there doesn't vanish.
    package private(set) var peak = 1.0

    init(against hypothesis: Hypothesis) {
        self.hypothesis = hypothesis
        capitals = Array(repeating: 1 / Double(hypothesis.effects.count), count: hypothesis.effects.count)
    }

    /// The capital now: an e-value.
    package var capital: Double { capitals.reduce(0, +) }

    /// Whether the hypothesis is refuted at this level.
    package func isRefuted(alpha: Double) -> Bool { peak >= 1 / alpha }

    mutating func settle(_ block: BlockDifference) {
        let (sign, bound) = (hypothesis.sign, hypothesis.bound)
        let gain = sign * block.value - bound
        // Nobody stakes more than nine tenths of what the worst outcome leaves them.
        let worst = (sign > 0 ? block.least : -block.most) - bound
        let most = worst < 0 ? 0.9 / -worst : 0
        for (index, effect) in zip(capitals.indices, hypothesis.effects) {
            let stake = min(effect / block.variance, most)
            // No more than any threshold needs: capital given away leaves the guarantee alone.
            capitals[index] = min(capitals[index] * (1 + stake * gain), 1e100)
        }
        peak = max(peak, capital)
    }
}

extension Wager {
    /// - Throws: `DecodingError` for capitals that no bets can have left.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        hypothesis = try container.decode(Hypothesis.self, forKey: .hypothesis)
        capitals = try container.decode([Double].self, forKey: .capitals)
        peak = try container.decode(Double.self, forKey: .peak)
        try container.check(
            !capitals.isEmpty && capitals.count == hypothesis.effects.count
                && capitals.allSatisfy { (0...1e100).contains($0) } && peak >= 1, .capitals, "no capitals of a bet")
    }
}

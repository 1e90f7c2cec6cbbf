/// What the comparison of two versions by people's answers promises, and from when on it speaks.
package struct SequentialLimits: Codable, Hashable, Sendable {
    /// At most this share of challengers that are no better is called better, and of those that are worse by the margin
    /// or more called not worse.
    package var promotionAlpha: Double
    /// At most this share of challengers that are no worse than tolerated is called worse.
    package var harmAlpha: Double
    /// A challenger may be worse by less than this share (0.05: five points) and still count as not worse.
    package var margin: Double
    /// A loss up to this share is no harm. 0: any loss that can be shown is.
    package var tolerance: Double
    /// Answers of each arm before it may be called better or not worse.
    package var minimumToPromote: Int
    /// Answers of each arm before it may be called worse: fewer, because to stop costs little.
    package var minimumToRollBack: Int
    /// Correlation of two answers of the same user. 0.05: users' own rates lie about 9 points around 80 %; 0.1: 13.
    package var userCorrelation: Double
    /// Answers of each arm that make a block.
    package var blockAnswers: Int

    package init(
        promotionAlpha: Double = 0.05, harmAlpha: Double = 0.1, margin: Double = 0.04, tolerance: Double = 0,
        minimumToPromote: Int = 100, minimumToRollBack: Int = 20, userCorrelation: Double = 0.05, blockAnswers: Int = 6
    ) {
        self.promotionAlpha = promotionAlpha
        self.harmAlpha = harmAlpha
        self.margin = margin
        self.tolerance = tolerance
        self.minimumToPromote = minimumToPromote
        self.minimumToRollBack = minimumToRollBack
        self.userCorrelation = userCorrelation
        self.blockAnswers = blockAnswers
    }

    /// All that is wrong with them; empty when a test can be made.
    package func faults() -> [String] {
        var faults: [String] = []
        func check(_ holds: Bool, _ fault: String) {
            if !holds { faults.append(fault) }
        }
        check((0.0001...0.5).contains(promotionAlpha), "the promotion alpha must be 0.0001 to 0.5")
        check((0.0001...0.5).contains(harmAlpha), "the harm alpha must be 0.0001 to 0.5")
        check((0.001...0.5).contains(margin), "the margin must be 0.001 to 0.5")
        check((0...0.5).contains(tolerance), "the tolerance must be 0 to 0.5")
        check((1...1_000_000).contains(minimumToPromote), "the minimum to promote must be 1 to 1000000 answers")
        check((1...1_000_000).contains(minimumToRollBack), "the minimum to roll back must be 1 to 1000000 answers")
        check((0...0.9).contains(userCorrelation), "the correlation of a user's answers must be 0 to 0.9")
        check((1...1_000).contains(blockAnswers), "a block must have 1 to 1000 answers of each arm")
        return faults
    }
}

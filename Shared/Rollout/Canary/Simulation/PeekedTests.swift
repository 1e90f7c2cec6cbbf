import Glibc

/// A test of "which arm is better" that somebody looks at after each answer.
package protocol PeekedTest {
    /// Its name in tables.
    static var name: String { get }
    init()
    mutating func record(_ arm: CanaryArm, score: Double, earlier: UserTally)
    /// Whether it has ever said, at the level 5 %, that the challenger is better.
    var saysBetter: Bool { get }
}

/// Ours, with the defaults.
package struct BettingPeeked: PeekedTest {
    package static let name = "betting on blocks (ours)"
    private var test = SequentialTest(SequentialLimits(minimumToPromote: 20))

    package init() {}
    package mutating func record(_ arm: CanaryArm, score: Double, earlier: UserTally) {
        test.record(arm, score: score, earlier: earlier)
    }
    package var saysBetter: Bool { test.isBetter }
}

/// Ours, but for users who are all alike: every answer counts in full.
package struct IndependentBettingPeeked: PeekedTest {
    package static let name = "the same, every answer in full"
    private var test = SequentialTest(SequentialLimits(minimumToPromote: 20, userCorrelation: 0))

    package init() {}
    package mutating func record(_ arm: CanaryArm, score: Double, earlier: UserTally) {
        test.record(arm, score: score, earlier: earlier)
    }
    package var saysBetter: Bool { test.isBetter }
}

/// The textbook's one-sided z-test of two proportions at 5 %, which is right once, at a sample fixed before, and wrong
/// when it is looked at again and again until it says yes. From 20 answers of each arm on.
package struct NaivePeeked: PeekedTest {
    package static let name = "z-test, peeked at"
    private var counts = PerArm(0.0)
    private var scores = PerArm(0.0)
    package private(set) var saysBetter = false

    package init() {}
    package mutating func record(_ arm: CanaryArm, score: Double, earlier: UserTally) {
        counts[arm] += 1
        scores[arm] += score
        if let z = Self.z(counts, scores), z >= 1.644_854 { saysBetter = true }
    }

    /// The difference in standard errors; nil with too few answers.
    static func z(_ counts: PerArm<Double>, _ scores: PerArm<Double>) -> Double? {
        guard min(counts.champion, counts.challenger) >= 20 else { return nil }
        let pooled = (scores.champion + scores.challenger) / (counts.champion + counts.challenger)
        let variance = max(0.01, pooled * (1 - pooled)) * (1 / counts.champion + 1 / counts.challenger)
        return (scores.challenger / counts.challenger - scores.champion / counts.champion) / variance.squareRoot()
    }
}

/// The mixture sequential probability ratio test of Johari, Koomen, Pekelis and Walsh ("Always valid inference", Operations
/// Research 70, 2022) with a one-sided normal mixture of standard deviation 5 points, every answer for itself.
package struct MixturePeeked: PeekedTest {
    package static let name = "mixture SPRT"
    private var counts = PerArm(0.0)
    private var scores = PerArm(0.0)
    package private(set) var saysBetter = false

    package init() {}
    package mutating func record(_ arm: CanaryArm, score: Double, earlier: UserTally) {
        counts[arm] += 1
        scores[arm] += score
        guard let z = NaivePeeked.z(counts, scores), z > 0 else { return }
        let pooled = (scores.champion + scores.challenger) / (counts.champion + counts.challenger)
        let information =
            1 / (max(0.01, pooled * (1 - pooled)) * (1 / counts.champion + 1 / counts.challenger))
        let prior = 0.05 * 0.05 * information
        let ratio = prior / (1 + prior)
        let evidence =
            exp(z * z * ratio / 2) / (1 + prior).squareRoot() * erfc(-z * ratio.squareRoot() / 2.0.squareRoot())
        if evidence >= 20 { saysBetter = true }
    }
}

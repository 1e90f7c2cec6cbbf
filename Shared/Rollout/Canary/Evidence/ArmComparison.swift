/// Cuts two streams of scores into blocks and gives the difference of each: what the bets of ``Wager`` are settled by.
///
/// A block ends as soon as both arms have `blockAnswers` of them, so its length depends on who came, never on what they
/// said. Within a block champion and challenger served at the same time and by the same share; so neither a change of the
/// share nor a drift of everybody's acceptance looks like a difference of the arms.
///
/// **Users.** Several answers of one user say less than as many of different users. From each score goes what its user's
/// earlier answers already told (``UserTally/known(correlation:)``); what is left counts with the weight that it deserves.
/// All answers of one user together weigh at most about 1 / correlation answers of as many users.
struct ArmComparison: Codable, Hashable, Sendable {
    /// One arm's part of the block that isn't full yet.
    private struct Side: Codable, Hashable, Sendable {
        var answers = 0
        var weight = 0.0
        /// Weighted, as are the bounds that it could have had.
        var sum = 0.0
        var least = 0.0
        var most = 0.0
    }

    /// Answers that a block needs of each arm.
    let blockAnswers: Int
    /// Correlation of two answers of one user.
    let correlation: Double
    private var sides = PerArm(Side())
    /// All that was recorded.
    private(set) var answers = PerArm(0)
    private(set) var score = PerArm(0.0)
    /// Of closed blocks only: what may be known before a block's bets.
    private var closedAnswers = 0
    private var closedScore = 0.0

    init(blockAnswers: Int, correlation: Double) {
        self.blockAnswers = blockAnswers
        self.correlation = correlation
    }

    /// The share of an arm's answers that were accepted; nil before the first.
    func rate(_ arm: CanaryArm) -> Double? { answers[arm] == 0 ? nil : score[arm] / Double(answers[arm]) }

    /// Challenger less champion, as it looks; nil before both have answers.
    var difference: Double? {
        guard let old = rate(.champion), let new = rate(.challenger) else { return nil }
        return new - old
    }

    /// Takes one score in, 0 to 1; gives the difference of the block that it fills, if it does.
    mutating func record(_ arm: CanaryArm, score given: Double, earlier: UserTally) -> BlockDifference? {
        let score = min(max(0, given), 1)
        let known = earlier.known(correlation: correlation)
        let expected = earlier.answers == 0 ? 0 : known * earlier.score / Double(earlier.answers)
        let new = 1 - known
        answers[arm] += 1
        self.score[arm] += score
        sides[arm].answers += 1
        sides[arm].weight += new * new
        sides[arm].sum += new * (score - expected)
        sides[arm].least += new * -expected
        sides[arm].most += new * (1 - expected)
        guard sides.champion.answers >= blockAnswers, sides.challenger.answers >= blockAnswers else { return nil }
        return close()
    }

    private mutating func close() -> BlockDifference {
        let (old, new) = (sides.champion, sides.challenger)
        let mean = (closedScore + 1) / Double(closedAnswers + 2)
        // One hundredth: so that a few answers alike don't look like certainty.
        let spread = max(0.01, mean * (1 - mean))
        let block = BlockDifference(
            value: new.sum / new.weight - old.sum / old.weight,
            least: new.least / new.weight - old.most / old.weight,
            most: new.most / new.weight - old.least / old.weight,
            variance: spread * (1 / new.weight + 1 / old.weight))
        closedAnswers = answers.champion + answers.challenger
        closedScore = score.champion + score.challenger
        sides = PerArm(Side())
        return block
    }
}

extension ArmComparison {
    /// - Throws: `DecodingError` for counts and weights that no answers can have left.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        blockAnswers = try container.decode(Int.self, forKey: .blockAnswers)
        correlation = try container.decode(Double.self, forKey: .correlation)
        sides = try container.decode(PerArm<Side>.self, forKey: .sides)
        answers = try container.decode(PerArm<Int>.self, forKey: .answers)
        score = try container.decode(PerArm<Double>.self, forKey: .score)
        closedAnswers = try container.decode(Int.self, forKey: .closedAnswers)
        closedScore = try container.decode(Double.self, forKey: .closedScore)
        try container.check(blockAnswers > 0 && (0...0.9).contains(correlation), .blockAnswers, "no settings of blocks")
        for arm in CanaryArm.allCases {
            let side = sides[arm]
            try container.check(
                StoredNumbers.counts.contains(answers[arm]) && (0...Double(answers[arm])).contains(score[arm]),
                .answers,
                "no counts of answers")
            try container.check(
                (0...answers[arm]).contains(side.answers) && (0...Double(side.answers)).contains(side.weight)
                    && (side.answers == 0 || side.weight > 0), .sides, "no block of answers")
        }
        try container.check(
            (0...(answers.champion + answers.challenger)).contains(closedAnswers)
                && (0...Double(closedAnswers)).contains(closedScore), .closedAnswers,
            "more answers in blocks than at all")
    }
}

/// Challenger less champion within one block.
struct BlockDifference: Hashable, Sendable {
    var value: Double
    /// What it could have been at least and at most, given who answered.
    var least: Double
    var most: Double
    /// Expected before the answers were known.
    var variance: Double
}

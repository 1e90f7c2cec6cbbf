/// What a user has said before: how many answers were judged and how well they did.
///
/// Counted over one rollout, whichever arm served: a user who moves from the champion to the challenger stays the person
/// that they were. The caller keeps it (a row for each rollout and user); ``UserTallies`` does in memory.
package struct UserTally: Codable, Hashable, Sendable {
    /// Judged answers.
    package private(set) var answers: Int
    /// The sum of their scores, 0 to `answers`.
    package private(set) var score: Double

    /// Numbers that make no sense become the nearest that do.
    package init(answers: Int = 0, score: Double = 0) {
        self.answers = max(0, answers)
        self.score = score.isFinite ? min(max(0, score), Double(self.answers)) : 0
    }

    /// The tally after one more answer.
    package func adding(score: Double) -> UserTally { UserTally(answers: answers + 1, score: self.score + score) }

    /// How much of what the next answer will be is known from the earlier ones, 0 to 1.
    ///
    /// With users whose own rates vary so that two answers of one user have the correlation `correlation` (a
    /// beta-binomial model), the next score is expected at `known` times the user's own mean so far plus the rest times
    /// everybody's mean. This is exact for that model, and the best linear prediction for any other.
    func known(correlation: Double) -> Double {
        Double(answers) * correlation / (1 + Double(answers - 1) * correlation)
    }
}

/// Tallies in memory, for simulations and tests.
///
/// A service keeps the same in a table with the key (rollout, tenant, user), and raises it in the transaction that
/// records the answer.
package struct UserTallies: Sendable {
    private var tallies: [String: UserTally] = [:]

    package init() {}

    /// The user's tally before this answer, which is then counted.
    package mutating func count(_ user: String, score: Double) -> UserTally {
        let earlier = tallies[user] ?? UserTally()
        tallies[user] = earlier.adding(score: score)
        return earlier
    }
}

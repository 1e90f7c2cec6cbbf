import Glibc

/// Answers of several people, as far as their share and its interval need: sums over the people of each one's counts.
package struct AnswerTally: Hashable, Sendable {
    package var people = 0
    package var answers = 0
    package var agreed = 0
    /// Sums of the squares and of the product of each person's answers and agreements.
    package var answersSquared = 0.0
    package var agreedSquared = 0.0
    package var answersTimesAgreed = 0.0

    package init() {}

    /// Counts one person.
    package mutating func add(answers: Int, agreed: Int) {
        people += 1
        self.answers += answers
        self.agreed += agreed
        answersSquared += Double(answers) * Double(answers)
        agreedSquared += Double(agreed) * Double(agreed)
        answersTimesAgreed += Double(answers) * Double(agreed)
    }

    package var share: Double { answers == 0 ? 0 : Double(agreed) / Double(answers) }

    /// So many independent answers would tell as much.
    ///
    /// Answers of one person are alike, so they say less than answers of as many people. The variance of the share comes
    /// from the people (ratio estimator, Cochran 1977, chapter 6), never below that of independent answers, and few
    /// people count less by Student's t (Korn and Graubard 1998). People who answer ten times as often as others make the
    /// rest count for little: so many equal people are taken as would have the same sum of squares (Kish 1965).
    package var effectiveAnswers: Double {
        guard people > 1, answers > 0 else { return 0 }
        let (p, n) = (share, Double(answers))
        let m = max(1.5, n * n / answersSquared)
        let residual = agreedSquared - 2 * p * answersTimesAgreed + p * p * answersSquared
        let ofPeople = m / (m - 1) * max(0, residual) / (n * n)
        let independent = p * (1 - p) / n
        let designEffect = independent > 0 ? max(1, ofPeople / independent) : 1
        let shrinking = ScoreInterval.normal / ScoreInterval.student(degreesOfFreedom: m - 1)
        return n / designEffect * shrinking * shrinking
    }
}

/// Intervals of 95 % for shares and their differences.
package enum ScoreInterval {
    /// The normal distribution's 97.5 % point.
    static let normal = 1.959_963_984_540_054

    /// Wilson's score interval (1927): keeps its level near 0 and 1 and for few answers, where the textbook's fails.
    package static func wilson(share: Double, answers: Double) -> (low: Double, high: Double) {
        guard answers > 0 else { return (0, 1) }
        let square = normal * normal
        let middle = (share + square / (2 * answers)) / (1 + square / answers)
        let half =
            normal / (1 + square / answers)
            * (share * (1 - share) / answers + square / (4 * answers * answers)).squareRoot()
        return (max(0, middle - half), min(1, middle + half))
    }

    /// Newcombe's hybrid score interval for a difference of two independent shares (1998, method 10).
    package static func difference(
        _ one: (share: Double, low: Double, high: Double), _ other: (share: Double, low: Double, high: Double)
    ) -> (low: Double, high: Double) {
        let value = one.share - other.share
        return (
            value - hypot(one.share - one.low, other.high - other.share),
            value + hypot(one.high - one.share, other.share - other.low)
        )
    }

    /// Student's 97.5 % point (Abramowitz and Stegun 26.7.5), within 0.2 % from 3 degrees on.
    package static func student(degreesOfFreedom: Double) -> Double {
        let (x, n) = (normal, max(1, degreesOfFreedom))
        let (x3, x5, x7, x9) = (pow(x, 3), pow(x, 5), pow(x, 7), pow(x, 9))
        return x + (x3 + x) / (4 * n) + (5 * x5 + 16 * x3 + 3 * x) / (96 * n * n)
            + (3 * x7 + 19 * x5 + 17 * x3 - 15 * x) / (384 * pow(n, 3))
            + (79 * x9 + 776 * x7 + 1_482 * x5 - 1_920 * x3 - 945 * x) / (92_160 * pow(n, 4))
    }
}

/// The time that one piece of work may take in all: every attempt, every wait between them and every rung of the ladder.
///
/// It holds no clock: who asks passes the time. Two parts of one budget never add up to more than the budget.
package struct DeadlineBudget: Sendable, Hashable {
    /// Nothing that draws on this budget goes on after it.
    package let deadline: ContinuousClock.Instant
    /// An attempt that would get less time than this isn't worth starting.
    package let minimumAttempt: Duration
    /// What an attempt that isn't the last may use of what remains, more than 0 and at most 1.
    package let attemptShare: Double

    /// A budget of `total` from `now` on; a negative total is none.
    package init(
        total: Duration, from now: ContinuousClock.Instant, minimumAttempt: Duration = .milliseconds(50),
        attemptShare: Double = 0.6
    ) {
        self.init(
            deadline: now.advanced(by: max(.zero, total)), minimumAttempt: minimumAttempt, attemptShare: attemptShare)
    }

    private init(deadline: ContinuousClock.Instant, minimumAttempt: Duration, attemptShare: Double) {
        precondition(attemptShare > 0 && attemptShare <= 1, "attemptShare is a share")
        precondition(minimumAttempt >= .zero, "minimumAttempt is a length of time")
        self.deadline = deadline
        self.minimumAttempt = minimumAttempt
        self.attemptShare = attemptShare
    }

    /// What is left; never negative.
    package func remaining(at now: ContinuousClock.Instant) -> Duration { max(.zero, now.duration(to: deadline)) }

    /// Whether there is no more time for an attempt.
    package func isSpent(at now: ContinuousClock.Instant) -> Bool {
        let left = remaining(at: now)
        return left == .zero || left < minimumAttempt
    }

    /// How long the attempt that starts now may take; nil when too little is left to start one.
    ///
    /// The last attempt gets all that is left. Another one gets `attemptShare` of it, so that a hanging call leaves time
    /// for the next, but not less than `minimumAttempt`.
    package func attemptTimeout(isLast: Bool, at now: ContinuousClock.Instant) -> Duration? {
        guard !isSpent(at: now) else { return nil }
        let left = remaining(at: now)
        return isLast ? left : min(left, max(minimumAttempt, left * attemptShare))
    }

    /// The budget without its last `reserve`, which stays for the rungs below.
    package func keeping(_ reserve: Duration) -> DeadlineBudget {
        until(deadline.advanced(by: .zero - max(.zero, reserve)))
    }

    /// The budget of the rung that starts now, when so many rungs that may wait on others are left, it included: an equal
    /// part of what remains. What a rung doesn't use goes to the next ones.
    package func rung(of rungsLeft: Int, at now: ContinuousClock.Instant) -> DeadlineBudget {
        until(now.advanced(by: remaining(at: now) / max(1, rungsLeft)))
    }

    /// This budget, ending at `other` if that is earlier.
    private func until(_ other: ContinuousClock.Instant) -> DeadlineBudget {
        DeadlineBudget(
            deadline: min(deadline, other), minimumAttempt: minimumAttempt, attemptShare: attemptShare)
    }
}

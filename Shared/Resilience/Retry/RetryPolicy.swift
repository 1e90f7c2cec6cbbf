/// Whether a failed attempt is repeated, and after which wait. Reads no clock and makes no random numbers.
package struct RetryPolicy: Sendable, Hashable {
    /// The most attempts of one call, the first included; at least 1.
    package var attempts: Int
    /// The waits between attempts.
    package var backoff: Backoff

    package init(attempts: Int = 3, backoff: Backoff = Backoff()) {
        self.attempts = max(1, attempts)
        self.backoff = backoff
    }

    /// What follows a failed attempt.
    ///
    /// The wait is full jitter: anything from nothing to the backoff's limit, so that clients of one server that came back
    /// don't all come at once. `retryAfter` is a lower bound and the jitter comes on top of it. The wait always ends early
    /// enough for `minimumAttempt` before the deadline; where the jitter alone would go past it, it is drawn from what
    /// there is room for, and where even `retryAfter` would, the call is given up at once instead of slept away.
    package func decision(
        after failure: AttemptFailure, within budget: DeadlineBudget, at now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> RetryDecision {
        guard failure.isRetriable else { return .giveUp(.notRetriable) }
        guard failure.attempt < attempts else { return .giveUp(.attemptsSpent) }
        let earliest = max(.zero, failure.retryAfter ?? .zero)
        let room = budget.remaining(at: now) - budget.minimumAttempt
        guard room > .zero, earliest <= room else { return .giveUp(.deadline) }
        let spread = min(backoff.limit(attempt: failure.attempt - 1), room - earliest)
        // `Duration * Double` rounds: never past the spread.
        let jitter = min(spread, spread * Double.random(in: 0...1, using: &generator))
        return .retry(after: earliest + jitter)
    }
}

/// What is known of an attempt that failed.
package struct AttemptFailure: Sendable, Hashable {
    /// Which attempt it was, counted from 1.
    package var attempt: Int
    /// Whether the same request may succeed later: a time-out, a lost connection, 429 or 5xx; not a refused request.
    package var isRetriable: Bool
    /// What the server asked to wait at least; see ``RetryAfter``.
    package var retryAfter: Duration?

    package init(attempt: Int, isRetriable: Bool, retryAfter: Duration? = nil) {
        self.attempt = attempt
        self.isRetriable = isRetriable
        self.retryAfter = retryAfter
    }
}

/// What follows a failed attempt.
package enum RetryDecision: Sendable, Hashable {
    /// Try again after this wait.
    case retry(after: Duration)
    /// No further attempt.
    case giveUp(Reason)

    /// Why there is no further attempt.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        case notRetriable = "not_retriable"
        case attemptsSpent = "attempts_spent"
        case deadline
    }
}

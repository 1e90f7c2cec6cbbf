package import Resilience

/// One analysis on its way down the ladder: what happened goes in, what to do next comes out.
///
/// Reads no clock, no provider and no database; equal input gives an equal answer. The rungs below the providers (the
/// embedded model; without it a vote of similar tasks, then keyword rules) need no provider and always answer, so that
/// the climb ends.
package struct LadderClimb: Sendable {
    /// A provider that may be asked.
    package struct Rung: Sendable, Hashable {
        /// Such as `gateway/2026-11`.
        package var provider: String
        /// Whether its calls cost nothing, so that one whose end isn't known may be repeated.
        package var isFree: Bool

        package init(provider: String, isFree: Bool) {
            self.provider = provider
            self.isFree = isFree
        }
    }

    /// What happened.
    package enum Event: Sendable, Hashable {
        /// The analysis starts.
        case begun
        /// The wait before another attempt is over.
        case waited
        /// The provider wasn't called.
        case notCalled(Degradation.Cause)
        /// The call failed.
        case failed(CallFailure)
    }

    /// What to do.
    package enum Step: Sendable, Hashable {
        /// Ask this provider, an index into `rungs`; no longer than this with everything that goes before the call.
        case ask(Int, within: Duration)
        /// Wait, then go on with `waited`.
        case wait(Duration)
        /// The rungs that need nobody else answer; nil where that was wanted from the beginning.
        case answerLocally(Degradation?)
    }

    /// A call that failed, as far as going on depends on it.
    package struct CallFailure: Sendable, Hashable {
        /// The stable name of the fault.
        package var code: String
        package var isRetriable: Bool
        /// Whether the call may have cost money.
        package var mayHaveSpent: Bool
        /// Whether this text was the fault, and not the provider.
        package var isOfRequest: Bool
        package var retryAfter: Duration?

        package init(
            code: String, isRetriable: Bool, mayHaveSpent: Bool, isOfRequest: Bool, retryAfter: Duration? = nil
        ) {
            self.code = code
            self.isRetriable = isRetriable
            self.mayHaveSpent = mayHaveSpent
            self.isOfRequest = isOfRequest
            self.retryAfter = retryAfter
        }
    }

    /// The route's provider first, then its fallbacks; none where the embedded model is wanted.
    package let rungs: [Rung]
    private let policy: RetryPolicy
    private let budget: DeadlineBudget
    private var index = 0
    private var attempt = 1
    /// The part of the budget of the rung it is on.
    private var rungBudget: DeadlineBudget?
    /// Why the rungs so far did not answer; nil while it is on the first.
    package private(set) var degradation: Degradation?

    /// - Parameter budget: for all providers together, every attempt and every wait; without the time that the rungs
    ///   below need.
    package init(rungs: [Rung], policy: RetryPolicy, budget: DeadlineBudget) {
        self.rungs = rungs
        self.policy = policy
        self.budget = budget
    }

    /// What follows.
    package mutating func next(
        after event: Event, at now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> Step {
        switch event {
        case .begun, .waited: return ask(at: now)
        case .notCalled(let cause): return descend(cause, at: now)
        case .failed(let failure):
            let outcome = policy.decision(
                after: AttemptFailure(
                    attempt: attempt, isRetriable: mayRepeat(failure), retryAfter: failure.retryAfter),
                within: rungBudget ?? budget, at: now, using: &generator)
            guard case .retry(let wait) = outcome else {
                return descend(.failed(failure.code, isOfRequest: failure.isOfRequest), at: now)
            }
            attempt += 1
            return .wait(wait)
        }
    }

    /// A call that may have been paid for is never made twice: only one that cost nothing for sure, or of a provider
    /// whose calls are free, is repeated.
    private func mayRepeat(_ failure: CallFailure) -> Bool {
        guard rungs.indices.contains(index) else { return false }
        return failure.isRetriable && (!failure.mayHaveSpent || rungs[index].isFree)
    }

    private mutating func ask(at now: ContinuousClock.Instant) -> Step {
        guard rungs.indices.contains(index) else { return .answerLocally(degradation) }
        let part = rungBudget ?? budget.rung(of: rungs.count - index, at: now)
        rungBudget = part
        // A time-out isn't repeated where calls cost money, so nothing has to be left for another attempt.
        let isLast = !rungs[index].isFree || attempt >= policy.attempts
        guard let limit = part.attemptTimeout(isLast: isLast, at: now) else { return descend(.deadline, at: now) }
        return .ask(index, within: limit)
    }

    private mutating func descend(_ cause: Degradation.Cause, at now: ContinuousClock.Instant) -> Step {
        guard rungs.indices.contains(index) else { return .answerLocally(degradation) }
        let miss = Degradation.Miss(provider: rungs[index].provider, cause: cause)
        if degradation == nil { degradation = Degradation(miss) } else { degradation?.add(miss) }
        index += 1
        attempt = 1
        rungBudget = nil
        return ask(at: now)
    }
}

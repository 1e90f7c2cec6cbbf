/// Stops calls to something that fails or has become slow, and finds out with single probes when it is well again.
///
/// A pure state machine: time comes in with each question, randomness with the seed; share one in a `Mutex`. Ask
/// ``request(at:)`` right before each call and ``report(_:_:at:notBefore:)`` its outcome once; a call that was cancelled
/// or never sent is reported as ``Outcome/ignored``. Promises:
/// - while it isn't closed, at most one probe is under way; a probe that never reports is lost after `probeTimeout` and
///   blocks nobody longer;
/// - probes begin at least `openFor` apart, except directly after one that succeeded;
/// - a result counts only in the period in which its call was permitted: late ones change nothing;
/// - it needs no sibling: the only deployment of a model is cut off like any other.
package struct CircuitBreaker: Sendable {
    /// What a call says of the one who was called.
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// It answered, if only to say that the request was wrong.
        case success
        /// It didn't answer in time, or not with what it owes.
        case failure
        /// Nothing is known: cancelled by the caller, or never sent.
        case ignored
    }

    /// Lets one call through. Keep it for the report.
    package struct Permit: Sendable, Hashable {
        fileprivate let period: UInt64
        package let startedAt: ContinuousClock.Instant
        /// Whether the call is the one that finds out whether the breaker may close.
        package let isProbe: Bool
    }

    package enum Answer: Sendable, Hashable {
        case permit(Permit)
        /// No call; asking again before `until` is of no use, unless a probe succeeds earlier.
        case reject(until: ContinuousClock.Instant)
    }

    private enum Phase: Sendable {
        case closed
        case open(until: ContinuousClock.Instant, failedProbes: Int)
        case halfOpen(probeStartedAt: ContinuousClock.Instant?, succeeded: Int, failedProbes: Int)
    }

    package let limits: CircuitBreakerLimits
    private var generator: SplitMix64
    private var phase = Phase.closed
    private var window: OutcomeWindow
    /// Raised with each change of state and each probe: what a permit is compared with.
    private var period: UInt64 = 0
    package private(set) var totals = Totals()

    /// A closed breaker; `limits` must be without ``CircuitBreakerLimits/faults()``.
    package init(_ limits: CircuitBreakerLimits, seed: UInt64) {
        let faults = limits.faults()
        precondition(faults.isEmpty, faults.joined(separator: "; "))
        self.limits = limits
        generator = SplitMix64(seed: seed)
        window = OutcomeWindow(calls: limits.windowCalls, age: limits.windowAge)
    }

    /// Whether a call may be made now.
    package mutating func request(at now: ContinuousClock.Instant) -> Answer {
        if let until = rejection(at: now) {
            totals.rejected += 1
            return .reject(until: until)
        }
        totals.permitted += 1
        switch phase {
        case .closed: return .permit(Permit(period: period, startedAt: now, isProbe: false))
        case .open(_, let failedProbes): return probe(succeeded: 0, failedProbes: failedProbes, at: now)
        case .halfOpen(let lost, let succeeded, let failedProbes):
            if lost != nil { totals.lostProbes += 1 }
            return probe(succeeded: succeeded, failedProbes: failedProbes, at: now)
        }
    }

    /// Until when a call would be rejected now; nil when it would be permitted. Changes nothing: ask it before you queue.
    package func rejection(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        switch phase {
        case .closed: return nil
        case .open(let until, _): return now < until ? until : nil
        case .halfOpen(let startedAt, _, _):
            guard let lostAt = startedAt?.advanced(by: limits.probeTimeout) else { return nil }
            return now < lostAt ? lostAt : nil
        }
    }

    /// Takes a call's outcome in; says what changed by it.
    ///
    /// - Parameter notBefore: from when the server wants to be asked again (`Retry-After`): an open breaker stays open
    ///   until then, but not longer than `openForMaximum`.
    @discardableResult
    package mutating func report(
        _ permit: Permit, _ outcome: Outcome, at now: ContinuousClock.Instant, notBefore: ContinuousClock.Instant? = nil
    ) -> Change? {
        guard permit.period == period else {
            totals.lateResults += 1
            return nil
        }
        let isSlow = permit.startedAt.duration(to: now) >= limits.slowCall
        switch phase {
        case .closed:
            guard outcome != .ignored else { return nil }
            window.record(failed: outcome == .failure, slow: isSlow, at: now)
            return reasonToOpen().map { open(.closed, $0, failedProbes: 0, at: now, notBefore: notBefore) }
        case .halfOpen(_, let succeeded, let failedProbes):
            switch outcome {
            case .success where !isSlow: return probeSucceeded(succeeded + 1, failedProbes)
            case .ignored:
                // Nothing is known, so nothing is doubled; the next probe keeps its distance to this one.
                move(to: .open(until: permit.startedAt.advanced(by: limits.openFor), failedProbes: failedProbes))
                return Change(from: .halfOpen, to: .open, reason: .probeIgnored)
            case .success, .failure:
                return open(
                    .halfOpen, outcome == .failure ? .failureRate : .slowCallRate, failedProbes: failedProbes + 1,
                    at: now, notBefore: notBefore)
            }
        // Every period of an open breaker is one without permits.
        case .open: return nil
        }
    }

    /// What metrics and health show.
    package func snapshot(at now: ContinuousClock.Instant) -> Snapshot {
        var window = window
        window.drop(at: now)
        let (state, until): (State, ContinuousClock.Instant?) =
            switch phase {
            case .closed: (.closed, nil)
            case .open(let until, _): (.open, until)
            case .halfOpen: (.halfOpen, rejection(at: now))
            }
        return Snapshot(
            state: state, rejectsUntil: until, calls: window.count, failures: window.failures,
            slowCalls: window.slowCalls, totals: totals)
    }
}

extension CircuitBreaker {
    private mutating func probe(succeeded: Int, failedProbes: Int, at now: ContinuousClock.Instant) -> Answer {
        totals.probes += 1
        move(to: .halfOpen(probeStartedAt: now, succeeded: succeeded, failedProbes: failedProbes))
        return .permit(Permit(period: period, startedAt: now, isProbe: true))
    }

    private mutating func probeSucceeded(_ succeeded: Int, _ failedProbes: Int) -> Change? {
        guard succeeded >= limits.probesToClose else {
            move(to: .halfOpen(probeStartedAt: nil, succeeded: succeeded, failedProbes: failedProbes))
            return nil
        }
        window = OutcomeWindow(calls: limits.windowCalls, age: limits.windowAge)
        move(to: .closed)
        return Change(from: .halfOpen, to: .closed, reason: .probeSucceeded)
    }

    private func reasonToOpen() -> Change.Reason? {
        guard window.count >= limits.minimumCalls else { return nil }
        let calls = Double(window.count)
        if Double(window.failures) >= limits.failureRate * calls { return .failureRate }
        return Double(window.slowCalls) >= limits.slowCallRate * calls ? .slowCallRate : nil
    }

    private mutating func open(
        _ from: State, _ reason: Change.Reason, failedProbes: Int, at now: ContinuousClock.Instant,
        notBefore: ContinuousClock.Instant?
    ) -> Change {
        totals.opened += 1
        let wait = Backoff(initial: limits.openFor, maximum: limits.openForMaximum).limit(attempt: failedProbes)
        let jitter = wait * (limits.openJitter * Double.random(in: 0...1, using: &generator))
        let latest = now.advanced(by: limits.openForMaximum)
        let until = max(now.advanced(by: wait + jitter), min(notBefore ?? now, latest))
        move(to: .open(until: until, failedProbes: failedProbes))
        return Change(from: from, to: .open, reason: reason)
    }

    private mutating func move(to phase: Phase) {
        period += 1
        self.phase = phase
    }
}

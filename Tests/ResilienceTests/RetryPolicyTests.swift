import Resilience
import Testing

@Suite struct RetryPolicyTests {
    private let start = ContinuousClock.now
    private let policy = RetryPolicy(
        attempts: 4, backoff: Backoff(initial: .milliseconds(200), maximum: .seconds(2)))

    private func decision(_ failure: AttemptFailure, total: Duration = .seconds(10)) -> RetryDecision {
        var generator = SplitMix64(seed: 5)
        return policy.decision(
            after: failure, within: DeadlineBudget(total: total, from: start), at: start, using: &generator)
    }

    @Test func `a failure that will repeat itself is not retried`() {
        #expect(decision(AttemptFailure(attempt: 1, isRetriable: false)) == .giveUp(.notRetriable))
    }

    @Test func `the last attempt's failure is final`() {
        #expect(decision(AttemptFailure(attempt: 4, isRetriable: true)) == .giveUp(.attemptsSpent))
    }

    @Test func `a Retry-After that does not fit is given up at once, not slept away`() {
        let failure = AttemptFailure(attempt: 1, isRetriable: true, retryAfter: .seconds(10))
        #expect(decision(failure) == .giveUp(.deadline))
    }

    @Test func `a spent budget ends the retries`() {
        #expect(decision(AttemptFailure(attempt: 1, isRetriable: true), total: .zero) == .giveUp(.deadline))
    }

    @Test func `a wait has Retry-After as its lower bound and the jitter on top`() {
        var generator = SplitMix64(seed: 11)
        let waits = (0..<500).map { _ in
            policy.decision(
                after: AttemptFailure(attempt: 2, isRetriable: true, retryAfter: .seconds(3)),
                within: DeadlineBudget(total: .seconds(10), from: start), at: start, using: &generator)
        }.map { if case .retry(let wait) = $0 { wait } else { Duration.zero } }
        #expect(waits.allSatisfy { $0 >= .seconds(3) && $0 <= .milliseconds(3_400) })
        #expect(Set(waits).count > 400)
    }

    @Test func `without Retry-After the jitter is full: anything from nothing to the limit`() {
        var generator = SplitMix64(seed: 12)
        let waits = (0..<2_000).map { _ in
            policy.decision(
                after: AttemptFailure(attempt: 3, isRetriable: true),
                within: DeadlineBudget(total: .seconds(10), from: start), at: start, using: &generator)
        }.map { if case .retry(let wait) = $0 { wait } else { Duration.seconds(99) } }
        let mean = waits.reduce(.zero, +) / waits.count
        #expect(waits.allSatisfy { $0 <= .milliseconds(800) })
        #expect(mean > .milliseconds(380) && mean < .milliseconds(420))
    }

    @Test func `attempts and waits of a call never add up to more than its budget`() {
        expectAll { generator in
            let policy = RetryPolicy(
                attempts: Int.random(in: 1...8, using: &generator),
                backoff: Backoff(
                    initial: generator.milliseconds(1...500), maximum: generator.milliseconds(500...5_000)))
            var now = start
            let budget = DeadlineBudget(
                total: generator.milliseconds(0...8_000), from: now, minimumAttempt: generator.milliseconds(0...200),
                attemptShare: Double.random(in: 0.1...1, using: &generator))
            for attempt in 1...100 {
                guard let timeout = budget.attemptTimeout(isLast: attempt == policy.attempts, at: now) else {
                    return attempt == 1 || now <= budget.deadline ? nil : "an attempt was promised and refused"
                }
                if attempt > policy.attempts { return "attempt \(attempt) of \(policy.attempts)" }
                if timeout < budget.minimumAttempt { return "a time-out of \(timeout)" }
                now += generator.chance(0.5) ? timeout : timeout * Double.random(in: 0...1, using: &generator)
                if now > budget.deadline { return "attempt \(attempt) ends after the deadline" }
                let retryAfter = generator.chance(0.3) ? generator.milliseconds(-5...3_000) : nil
                let failure = AttemptFailure(
                    attempt: attempt, isRetriable: generator.chance(0.9), retryAfter: retryAfter)
                switch policy.decision(after: failure, within: budget, at: now, using: &generator) {
                case .giveUp(.notRetriable): return failure.isRetriable ? "retriable, but given up" : nil
                case .giveUp(.attemptsSpent): return attempt < policy.attempts ? "gave up early" : nil
                case .giveUp(.deadline):
                    let room = budget.remaining(at: now) - budget.minimumAttempt
                    return room > max(.zero, retryAfter ?? .zero) ? "gave up with \(room) left" : nil
                case .retry(let wait):
                    if wait < retryAfter ?? .zero { return "waited \(wait), asked for \(retryAfter ?? .zero)" }
                    if !failure.isRetriable { return "retried what can't succeed" }
                    now += wait
                    if now + budget.minimumAttempt > budget.deadline { return "slept past the deadline" }
                }
            }
            return "no end"
        }
    }
}

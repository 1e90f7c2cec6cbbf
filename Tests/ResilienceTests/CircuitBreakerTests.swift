import Resilience
import Testing

@Suite struct CircuitBreakerTests {
    private let start = ContinuousClock.now
    private let limits = CircuitBreakerLimits(
        failureRate: 0.5, slowCallRate: 0.8, slowCall: .seconds(2), minimumCalls: 4, windowCalls: 10,
        windowAge: .seconds(30), openFor: .seconds(5), openForMaximum: .seconds(12), openJitter: 0,
        probeTimeout: .seconds(20))

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// A call that must be let through, with its outcome.
    @discardableResult
    private func call(
        _ breaker: inout CircuitBreaker, _ outcome: CircuitBreaker.Outcome, from: Double, to: Double? = nil
    ) throws -> CircuitBreaker.Change? {
        let permit = try #require(permit(&breaker, from))
        return breaker.report(permit, outcome, at: at(to ?? from))
    }

    private func permit(_ breaker: inout CircuitBreaker, _ seconds: Double) -> CircuitBreaker.Permit? {
        if case .permit(let permit) = breaker.request(at: at(seconds)) { permit } else { nil }
    }

    /// Opened at 4 seconds by four failures.
    private func opened(_ limits: CircuitBreakerLimits? = nil) throws -> CircuitBreaker {
        var breaker = CircuitBreaker(limits ?? self.limits, seed: 1)
        for second in 1...4 { try call(&breaker, .failure, from: Double(second)) }
        return breaker
    }

    @Test func `the only deployment is cut off too, once enough calls failed`() throws {
        var breaker = CircuitBreaker(limits, seed: 1)
        for second in 1...3 { #expect(try call(&breaker, .failure, from: Double(second)) == nil) }
        #expect(
            try call(&breaker, .failure, from: 4) == .init(from: .closed, to: .open, reason: .failureRate))
        #expect(breaker.request(at: at(4.1)) == .reject(until: at(9)))
    }

    @Test func `failures below the rate leave it closed`() throws {
        var breaker = CircuitBreaker(limits, seed: 1)
        for second in 1...20 { try call(&breaker, second % 3 == 0 ? .failure : .success, from: Double(second)) }
        #expect(breaker.snapshot(at: at(20)).state == .closed)
        #expect(breaker.snapshot(at: at(20)).failures == 3)
    }

    @Test func `slow answers open it though none failed`() throws {
        var breaker = CircuitBreaker(limits, seed: 1)
        for second in 1...3 { try call(&breaker, .success, from: Double(second), to: Double(second) + 2) }
        let change = try call(&breaker, .success, from: 4, to: 6)
        #expect(change == .init(from: .closed, to: .open, reason: .slowCallRate))
    }

    @Test func `failures of long ago do not count`() throws {
        var breaker = CircuitBreaker(limits, seed: 1)
        for second in 1...3 { try call(&breaker, .failure, from: Double(second)) }
        #expect(try call(&breaker, .failure, from: 60) == nil)
        #expect(breaker.snapshot(at: at(60)).calls == 1)
    }

    @Test func `a cancelled call says nothing`() throws {
        var breaker = CircuitBreaker(limits, seed: 1)
        for second in 1...10 { try call(&breaker, .ignored, from: Double(second)) }
        #expect(breaker.snapshot(at: at(10)).calls == 0)
    }

    @Test func `one probe at a time finds out, and its success closes it`() throws {
        var breaker = try opened()
        #expect(breaker.rejection(at: at(8.9)) == at(9))
        let probe = try #require(permit(&breaker, 9))
        #expect(probe.isProbe)
        #expect(permit(&breaker, 9.5) == nil)
        #expect(
            breaker.report(probe, .success, at: at(10)) == .init(from: .halfOpen, to: .closed, reason: .probeSucceeded))
        #expect(breaker.snapshot(at: at(10)).calls == 0)
        #expect(permit(&breaker, 10) != nil)
    }

    @Test func `failed probes wait twice as long each time, up to the maximum`() throws {
        var breaker = try opened()
        try call(&breaker, .failure, from: 9)
        #expect(breaker.request(at: at(9)) == .reject(until: at(19)))
        try call(&breaker, .failure, from: 19)
        #expect(breaker.request(at: at(19)) == .reject(until: at(31)))
        try call(&breaker, .failure, from: 31)
        #expect(breaker.request(at: at(31)) == .reject(until: at(43)))
    }

    @Test func `a probe that fails slowly is told as a failure, not as slow`() throws {
        var breaker = try opened()
        let change = try call(&breaker, .failure, from: 9, to: 15)
        #expect(change == .init(from: .halfOpen, to: .open, reason: .failureRate))
    }

    @Test func `a slow probe does not close it`() throws {
        var breaker = try opened()
        let change = try call(&breaker, .success, from: 9, to: 11)
        #expect(change == .init(from: .halfOpen, to: .open, reason: .slowCallRate))
    }

    @Test func `a cancelled probe doubles nothing, and the next keeps its distance`() throws {
        var breaker = try opened()
        try call(&breaker, .ignored, from: 9, to: 10)
        #expect(breaker.request(at: at(10)) == .reject(until: at(14)))
        #expect(permit(&breaker, 14)?.isProbe == true)
    }

    @Test func `a probe that never reports blocks nobody for ever, and its late result changes nothing`() throws {
        var breaker = try opened()
        let lost = try #require(permit(&breaker, 9))
        #expect(breaker.request(at: at(28.9)) == .reject(until: at(29)))
        let next = try #require(permit(&breaker, 29))
        #expect(breaker.report(lost, .success, at: at(30)) == nil)
        #expect(breaker.snapshot(at: at(30)).state == .halfOpen)
        #expect(breaker.snapshot(at: at(30)).totals.lostProbes == 1)
        #expect(breaker.report(next, .success, at: at(30))?.to == .closed)
    }

    @Test func `calls that began before it opened change nothing when they end`() throws {
        var breaker = CircuitBreaker(limits, seed: 1)
        let early = try #require(permit(&breaker, 0))
        for second in 1...4 { try call(&breaker, .failure, from: Double(second)) }
        #expect(breaker.report(early, .success, at: at(5)) == nil)
        try call(&breaker, .success, from: 9)
        #expect(breaker.report(early, .failure, at: at(10)) == nil)
        #expect(breaker.snapshot(at: at(10)).calls == 0)
        #expect(breaker.totals.lateResults == 2)
    }

    @Test func `more than one probe may be asked for before it closes`() throws {
        var several = limits
        several.probesToClose = 2
        var breaker = try opened(several)
        #expect(try call(&breaker, .success, from: 9) == nil)
        #expect(breaker.snapshot(at: at(9)).state == .halfOpen)
        #expect(try call(&breaker, .success, from: 9.1)?.to == .closed)
    }

    @Test func `it stays open as long as the server asked, within its own maximum`() throws {
        var breaker = CircuitBreaker(limits, seed: 1)
        for second in 1...3 { try call(&breaker, .failure, from: Double(second)) }
        let last = try #require(permit(&breaker, 4))
        breaker.report(last, .failure, at: at(4), notBefore: at(12))
        #expect(breaker.rejection(at: at(4)) == at(12))
        let probe = try #require(permit(&breaker, 12))
        breaker.report(probe, .failure, at: at(12), notBefore: at(3_600))
        #expect(breaker.rejection(at: at(12)) == at(24))
    }

    @Test func `jitter only makes the wait longer, by up to its share`() throws {
        var jittered = limits
        jittered.openJitter = 0.5
        var waits: Set<Duration> = []
        for seed in UInt64(1)...200 {
            var breaker = CircuitBreaker(jittered, seed: seed)
            for _ in 1...4 { try call(&breaker, .failure, from: 0) }
            waits.insert(start.duration(to: try #require(breaker.rejection(at: start))))
        }
        #expect(waits.allSatisfy { $0 >= .seconds(5) && $0 <= .milliseconds(7_500) })
        #expect(waits.count > 150)
    }

    @Test func `all faults of its limits are told at once`() {
        let wrong = CircuitBreakerLimits(
            failureRate: 0, slowCallRate: 1.1, slowCall: .zero, minimumCalls: 51, windowCalls: 50, windowAge: .zero,
            openFor: .zero, openForMaximum: .seconds(-1), openJitter: 2, probeTimeout: .seconds(-1), probesToClose: 0)
        #expect(wrong.faults().count == 10)
        #expect(CircuitBreakerLimits().faults().isEmpty)
    }
}

import Resilience
import Testing

/// Random calls, outcomes, delays, cancellations and lost results against a plain model of what is promised.
@Suite struct CircuitBreakerHistoryTests {
    @Test func `a breaker keeps its promises in every history`() {
        expectAll(count: 4_000) { generator in
            var history = History(using: &generator)
            for _ in 0..<250 {
                if let fault = history.step(using: &generator) { return fault }
            }
            return nil
        }
    }

    @Test func `the histories reach all of it`() {
        var (rejected, lost, late, mostOpened) = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        var closed = 0
        expectAll(count: 200) { generator in
            var history = History(using: &generator)
            for _ in 0..<250 { _ = history.step(using: &generator) }
            let totals = history.breaker.totals
            rejected += totals.rejected
            lost += totals.lostProbes
            late += totals.lateResults
            mostOpened = max(mostOpened, totals.opened)
            closed += history.timesClosed
            return nil
        }
        #expect(rejected > 1_000 && lost > 100 && late > 1_000 && mostOpened > 5 && closed > 50)
    }
}

/// One history: the breaker, its calls under way, and what a plain reading of the promises says of it.
private struct History {
    private struct Call {
        var permit: CircuitBreaker.Permit
        var era: Int
    }

    private let limits: CircuitBreakerLimits
    private(set) var breaker: CircuitBreaker
    private(set) var timesClosed = 0
    private var now = ContinuousClock.now
    private var calls: [Call] = []
    /// Raised with each change of state and each probe.
    private var era = 0
    private var isClosed = true
    private var openedAt: ContinuousClock.Instant?
    private var probe: (startedAt: ContinuousClock.Instant, isUnderWay: Bool, succeeded: Bool)?
    private var successfulProbes = 0
    /// Everything that ended in this closed period.
    private var ended: [(at: ContinuousClock.Instant, failed: Bool, slow: Bool)] = []

    init(using generator: inout SplitMix64) {
        let windowCalls = Int.random(in: 1...12, using: &generator)
        let openFor = generator.milliseconds(100...2_000)
        limits = CircuitBreakerLimits(
            failureRate: Double.random(in: 0.1...1, using: &generator),
            slowCallRate: Double.random(in: 0.1...1, using: &generator), slowCall: generator.milliseconds(200...900),
            minimumCalls: Int.random(in: 1...windowCalls, using: &generator), windowCalls: windowCalls,
            windowAge: generator.milliseconds(500...5_000), openFor: openFor,
            openForMaximum: openFor + generator.milliseconds(0...4_000),
            openJitter: Double.random(in: 0...1, using: &generator),
            probeTimeout: openFor + generator.milliseconds(0...3_000),
            probesToClose: Int.random(in: 1...3, using: &generator))
        breaker = CircuitBreaker(limits, seed: generator.next())
    }

    mutating func step(using generator: inout SplitMix64) -> String? {
        now += generator.chance(0.8) ? generator.milliseconds(0...80) : generator.milliseconds(0...1_500)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5: return request()
        case 5..<9:
            guard !calls.isEmpty else { return nil }
            let call = calls.remove(at: Int.random(in: 0..<calls.count, using: &generator))
            let outcome: CircuitBreaker.Outcome =
                generator.chance(0.1) ? .ignored : generator.chance(0.6) ? .success : .failure
            let notBefore = generator.chance(0.1) ? now + generator.milliseconds(0...9_000) : nil
            return report(call, outcome, notBefore)
        default:
            // Its result never comes.
            if !calls.isEmpty { calls.removeFirst() }
            return nil
        }
    }

    private mutating func request() -> String? {
        let expected = breaker.rejection(at: now)
        switch breaker.request(at: now) {
        case .reject(let until):
            if isClosed { return "rejected while closed" }
            return until == expected && until > now
                ? nil : "rejected until \(until), said \(String(describing: expected))"
        case .permit(let permit):
            if expected != nil { return "permitted what it said it would reject" }
            if permit.isProbe == isClosed { return "a probe: \(permit.isProbe), closed: \(isClosed)" }
            if !isClosed, let fault = probeStarts() { return fault }
            calls.append(Call(permit: permit, era: era))
            return nil
        }
    }

    private mutating func probeStarts() -> String? {
        if let openedAt, now < openedAt + limits.openFor { return "permitted while open" }
        if let probe {
            if probe.isUnderWay, now < probe.startedAt + limits.probeTimeout { return "two probes at once" }
            if !probe.succeeded, now < probe.startedAt + limits.openFor { return "probes too close to each other" }
        }
        probe = (now, true, false)
        openedAt = nil
        era += 1
        return nil
    }

    private mutating func report(
        _ call: Call, _ outcome: CircuitBreaker.Outcome, _ notBefore: ContinuousClock.Instant?
    ) -> String? {
        var before = breaker.snapshot(at: now)
        let change = breaker.report(call.permit, outcome, at: now, notBefore: notBefore)
        let after = breaker.snapshot(at: now)
        guard call.era == era else {
            before.totals = after.totals
            return change == nil && before == after ? nil : "a late result changed \(before) to \(after)"
        }
        let isSlow = call.permit.startedAt.duration(to: now) >= limits.slowCall
        return isClosed
            ? endedWhileClosed(outcome, isSlow, change, after) : probeEnded(outcome, isSlow, change, after)
    }

    private mutating func endedWhileClosed(
        _ outcome: CircuitBreaker.Outcome, _ isSlow: Bool, _ change: CircuitBreaker.Change?,
        _ after: CircuitBreaker.Snapshot
    ) -> String? {
        if outcome != .ignored { ended.append((now, outcome == .failure, isSlow)) }
        let window = ended.suffix(limits.windowCalls).filter { $0.at.duration(to: now) <= limits.windowAge }
        let failures = window.count { $0.failed }
        let slowCalls = window.count { $0.slow }
        if (after.calls, after.failures, after.slowCalls) != (window.count, failures, slowCalls) {
            return "counted \(after), not \(window)"
        }
        let opens =
            outcome != .ignored && window.count >= limits.minimumCalls
            && (Double(failures) >= limits.failureRate * Double(window.count)
                || Double(slowCalls) >= limits.slowCallRate * Double(window.count))
        if (change?.to == .open) != opens { return "\(window) gave \(String(describing: change))" }
        if opens { opened() }
        return nil
    }

    private mutating func probeEnded(
        _ outcome: CircuitBreaker.Outcome, _ isSlow: Bool, _ change: CircuitBreaker.Change?,
        _ after: CircuitBreaker.Snapshot
    ) -> String? {
        probe?.isUnderWay = false
        guard outcome == .success, !isSlow else {
            if outcome != .ignored { opened() } else { era += 1 }
            successfulProbes = 0
            return change?.to == .open && after.state == .open ? nil : "a bad probe gave \(String(describing: change))"
        }
        probe?.succeeded = true
        successfulProbes += 1
        era += 1
        guard successfulProbes == limits.probesToClose else {
            return change == nil && after.state == .halfOpen ? nil : "closed after \(successfulProbes) probes"
        }
        isClosed = true
        timesClosed += 1
        ended = []
        (probe, successfulProbes) = (nil, 0)
        return change?.to == .closed && after.calls == 0 ? nil : "did not close"
    }

    private mutating func opened() {
        isClosed = false
        openedAt = now
        era += 1
    }
}

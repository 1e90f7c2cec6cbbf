/// When a circuit breaker opens, how long it stays open and what closes it.
package struct CircuitBreakerLimits: Sendable, Hashable {
    /// It opens when at least this share of the window's calls failed, more than 0 and at most 1.
    package var failureRate: Double
    /// It opens when at least this share of the window's calls was slow, failed ones included; over 0, at most 1.
    package var slowCallRate: Double
    /// A call that took at least this long is slow.
    package var slowCall: Duration
    /// Fewer calls in the window decide nothing.
    package var minimumCalls: Int
    /// The window is the last so many calls…
    package var windowCalls: Int
    /// …of those the ones that ended no longer ago than this: neither stale results nor memory without a bound.
    package var windowAge: Duration
    /// How long it stays open before the first probe.
    package var openFor: Duration
    /// Each failed probe doubles the wait for the next, up to this.
    package var openForMaximum: Duration
    /// Up to this share is added to each wait at random, so that replicas don't all probe at once; 0 to 1.
    package var openJitter: Double
    /// A probe that hasn't reported for so long counts as lost and another may start; at least `openFor`.
    package var probeTimeout: Duration
    /// So many probes, one after the other, must succeed to close it.
    package var probesToClose: Int

    package init(
        failureRate: Double = 0.5, slowCallRate: Double = 0.8, slowCall: Duration = .seconds(10),
        minimumCalls: Int = 10,
        windowCalls: Int = 50, windowAge: Duration = .seconds(60), openFor: Duration = .seconds(5),
        openForMaximum: Duration = .seconds(60), openJitter: Double = 0.2, probeTimeout: Duration = .seconds(60),
        probesToClose: Int = 1
    ) {
        self.failureRate = failureRate
        self.slowCallRate = slowCallRate
        self.slowCall = slowCall
        self.minimumCalls = minimumCalls
        self.windowCalls = windowCalls
        self.windowAge = windowAge
        self.openFor = openFor
        self.openForMaximum = openForMaximum
        self.openJitter = openJitter
        self.probeTimeout = probeTimeout
        self.probesToClose = probesToClose
    }

    /// All that is wrong with them; empty when a breaker can be made.
    package func faults() -> [String] {
        var faults: [String] = []
        func check(_ holds: Bool, _ fault: String) {
            if !holds { faults.append(fault) }
        }
        check(failureRate > 0 && failureRate <= 1, "the failure rate must be over 0 and at most 1")
        check(slowCallRate > 0 && slowCallRate <= 1, "the slow-call rate must be over 0 and at most 1")
        check(slowCall > .zero, "a slow call must take longer than nothing")
        check((1...10_000).contains(windowCalls), "the window must hold 1 to 10000 calls")
        check((1...max(1, windowCalls)).contains(minimumCalls), "the minimum of calls must be 1 to the window's size")
        check(windowAge > .zero, "the window must reach back some time")
        check(openFor > .zero, "the breaker must stay open for some time")
        check(openForMaximum >= openFor, "the longest time open must not be less than the first")
        check(openJitter >= 0 && openJitter <= 1, "the jitter must be 0 to 1")
        check(probeTimeout >= openFor, "the probe's time-out must not be less than the time open")
        check((1...100).contains(probesToClose), "1 to 100 probes may be needed to close it")
        return faults
    }
}

/// From when on a challenger fails too often or answers too slowly, whatever people say to its answers.
package struct GuardrailLimits: Codable, Hashable, Sendable {
    /// At most this share of challengers that fail no more than tolerated is rolled back as failing.
    package var failureAlpha: Double
    /// So much more may the challenger's share of failures be (0.01: one point).
    package var failureTolerance: Double
    /// Analyses of each arm before its failures count.
    package var failureMinimum: Int
    /// The challenger's median latency may be so many times the champion's…
    package var latencyRatio: Double
    /// …and as much as this above it in any case.
    package var latencySlackMilliseconds: Double
    /// Analyses of each arm before its latency counts.
    package var latencyMinimum: Int

    package init(
        failureAlpha: Double = 0.01, failureTolerance: Double = 0.01, failureMinimum: Int = 50,
        latencyRatio: Double = 2, latencySlackMilliseconds: Double = 50, latencyMinimum: Int = 100
    ) {
        self.failureAlpha = failureAlpha
        self.failureTolerance = failureTolerance
        self.failureMinimum = failureMinimum
        self.latencyRatio = latencyRatio
        self.latencySlackMilliseconds = latencySlackMilliseconds
        self.latencyMinimum = latencyMinimum
    }

    /// All that is wrong with them.
    package func faults() -> [String] {
        var faults: [String] = []
        func check(_ holds: Bool, _ fault: String) {
            if !holds { faults.append(fault) }
        }
        check((0.0001...0.5).contains(failureAlpha), "the failure alpha must be 0.0001 to 0.5")
        check((0...0.5).contains(failureTolerance), "the tolerated failures must be 0 to 0.5")
        check((1...1_000_000).contains(failureMinimum), "the minimum for failures must be 1 to 1000000 analyses")
        check((1.1...1_000).contains(latencyRatio), "the latency ratio must be 1.1 to 1000")
        check((0...1e6).contains(latencySlackMilliseconds), "the latency slack must be 0 to 1000000 milliseconds")
        check((1...1_000_000).contains(latencyMinimum), "the minimum for latency must be 1 to 1000000 analyses")
        return faults
    }
}

/// Watches failures and latency of both arms over all analyses, shadow included.
///
/// Failures are compared as answers are: a bet against "it fails no more often than tolerated", to be looked at any time.
/// Latency is the plain ratio of two medians after a minimum; a ratio as large as the default is far outside of chance.
package struct Guardrails: Codable, Hashable, Sendable {
    /// What is broken.
    package enum Breach: Hashable, Sendable {
        case failing(String)
        case slow(String)
    }

    package let limits: GuardrailLimits
    private var successes = ArmComparison(blockAnswers: 4, correlation: 0)
    private var failing: Wager
    private var latencies = PerArm(LatencySketch())

    /// `limits` must be without ``GuardrailLimits/faults()``.
    package init(_ limits: GuardrailLimits) {
        let faults = limits.faults()
        precondition(faults.isEmpty, faults.joined(separator: "; "))
        self.limits = limits
        failing = Wager(
            against: .init(sign: -1, bound: limits.failureTolerance, effects: [0.01, 0.03, 0.1, 0.3, 0.6]))
    }

    /// Analyses so far.
    package var served: PerArm<Int> { successes.answers }

    /// Takes one analysis in. A failed one has no latency worth counting.
    package mutating func record(_ arm: CanaryArm, failed: Bool, latencyMilliseconds: Double) {
        if !failed { latencies[arm].record(milliseconds: latencyMilliseconds) }
        let block = successes.record(arm, score: failed ? 0 : 1, earlier: UserTally())
        if let block { failing.settle(block) }
    }

    /// The first that is broken, with its numbers; nil when all hold.
    package var breach: Breach? {
        if min(served.champion, served.challenger) >= limits.failureMinimum,
            failing.isRefuted(alpha: limits.failureAlpha)
        {
            return .failing(
                "\(failures(.challenger)) of the challenger failed, \(failures(.champion)) of the champion; "
                    + "\(CanaryText.margin(limits.failureTolerance)) more are tolerated "
                    + "(\(CanaryText.evidence(failing, alpha: limits.failureAlpha)))")
        }
        guard min(latencies.champion.count, latencies.challenger.count) >= limits.latencyMinimum,
            let old = latencies.champion.median, let new = latencies.challenger.median,
            new > max(old * limits.latencyRatio, old + limits.latencySlackMilliseconds)
        else { return nil }
        return .slow(
            "the challenger's median latency is \(CanaryText.tenths(new)) ms of \(latencies.challenger.count) analyses, "
                + "the champion's \(CanaryText.tenths(old)) ms of \(latencies.champion.count); "
                + "\(CanaryText.tenths(limits.latencyRatio)) times as much is allowed")
    }

    private func failures(_ arm: CanaryArm) -> String {
        "\(CanaryText.percent(1 - (successes.rate(arm) ?? 1))) of \(served[arm]) analyses"
    }
}

/// Lets things through at a bounded rate: at most `burst` at once and one per `interval` in the long run.
///
/// The generic cell rate algorithm (ITU-T I.371): one instant instead of a count that is filled up, so there is no
/// rounding that adds up. In any stretch of time of length `d`, at most `burst + d / interval` pass, exactly.
package struct TokenBucket: Sendable, Hashable {
    package enum Answer: Sendable, Hashable {
        case granted
        /// Not now, and nothing was taken; there are enough from `until` on if nobody else takes them.
        case wait(until: ContinuousClock.Instant)
        /// More than the bucket ever holds.
        case never
    }

    /// The time after which there is one more.
    package let interval: Duration
    /// The most it holds.
    package let burst: Int
    /// When the bucket would be full again; nil before the first.
    private var fullAt: ContinuousClock.Instant?

    /// A full bucket.
    package init(every interval: Duration, burst: Int) {
        precondition(interval > .zero && burst > 0, "a rate and a burst are positive")
        self.interval = interval
        self.burst = burst
    }

    /// A full bucket that gets `rate` a second, at least one in a hundred days and at most one a nanosecond.
    package init(perSecond rate: Double, burst: Int) {
        precondition(rate > 0, "a rate is positive")
        self.init(every: .nanoseconds(Int64((1e9 / rate).clamped(to: 1...8.64e15))), burst: burst)
    }

    /// Takes `count` if there are so many.
    package mutating func take(_ count: Int = 1, at now: ContinuousClock.Instant) -> Answer {
        precondition(count > 0, "a count is positive")
        guard count <= burst else { return .never }
        let next = max(fullAt ?? now, now).advanced(by: interval * count)
        let earliest = next.advanced(by: .zero - interval * burst)
        guard earliest <= now else { return .wait(until: earliest) }
        fullAt = next
        return .granted
    }

    /// How many it holds.
    package func available(at now: ContinuousClock.Instant) -> Int {
        guard let fullAt, fullAt > now else { return burst }
        // Whole ones that are missing, rounded up: what is on its way isn't there yet.
        let missing = Int((now.duration(to: fullAt) / interval).rounded(.up))
        return max(0, burst - missing)
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        min(max(self, range.lowerBound), range.upperBound)
    }
}

/// What a provider's latest answers took, and how much time a call should have by that.
///
/// A time-out after a queue says little of a provider: with eight calls at once of three seconds each, who waited behind them
/// has three of six seconds left and takes four. Counted as failures, such calls open the breaker of a provider that is well.
package struct RecentAnswers: Sendable {
    private static let kept = 16
    private var durations: [Duration] = []
    /// When the last one came.
    package private(set) var last: ContinuousClock.Instant?

    package init() {}

    package mutating func add(_ duration: Duration, at now: ContinuousClock.Instant) {
        durations.append(duration)
        if durations.count > Self.kept { durations.removeFirst() }
        last = now
    }

    /// What three of four took at most; nil before the first answer.
    private var usual: Duration? { durations.isEmpty ? nil : durations.sorted()[durations.count * 3 / 4] }

    /// The least time that a call should get: less than what one usually takes would be a call thrown away.
    /// - Parameter limit: what it would get if it waited for nobody; most of that is enough however slow the provider is.
    package func needed(atLeast minimum: Duration, of limit: Duration) -> Duration {
        max(minimum, min(usual ?? .zero, limit * 0.8))
    }

    /// Whether a call that came to nothing had less time than calls lately needed, with a quarter for chance: then it says
    /// nothing of the provider. One that had more does, and so does the first of all.
    package func isShort(_ time: Duration, of limit: Duration) -> Bool {
        guard let usual else { return false }
        return time < min(usual * 1.25, limit * 0.8)
    }
}

/// How long to wait before the next attempt to connect: exponential with full jitter.
package struct ReconnectBackoff: Sendable, Equatable {
    /// The upper limit of the first wait.
    package var initial: Duration
    /// The upper limit of every wait.
    package var maximum: Duration

    package init(initial: Duration = .milliseconds(100), maximum: Duration = .seconds(10)) {
        self.initial = initial
        self.maximum = maximum
    }

    /// The longest wait before an attempt, counted from 0.
    package func limit(attempt: Int) -> Duration {
        var limit = initial
        for _ in 0..<min(attempt, 32) where limit < maximum { limit *= 2 }
        return min(limit, maximum)
    }

    /// Anything up to the limit, so that clients of a restarted broker don't all come at once.
    package func delay(attempt: Int) -> Duration { limit(attempt: attempt) * Double.random(in: 0...1) }
}

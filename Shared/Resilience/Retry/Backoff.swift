/// How long to wait before a repeated attempt: exponential, with full jitter, so that many clients of one thing that
/// came back don't all come at once.
package struct Backoff: Sendable, Hashable {
    /// The longest first wait.
    package var initial: Duration
    /// The longest of all waits.
    package var maximum: Duration

    package init(initial: Duration = .milliseconds(100), maximum: Duration = .seconds(10)) {
        self.initial = initial
        self.maximum = max(initial, maximum)
    }

    /// The longest wait before a repetition, counted from 0.
    package func limit(attempt: Int) -> Duration {
        var limit = initial
        // Doubled more often it would be over any maximum that makes sense, and in the end over `Duration`.
        for _ in 0..<max(0, min(attempt, 40)) where limit < maximum { limit *= 2 }
        return min(limit, maximum)
    }

    /// Anything from nothing to the limit.
    package func delay(attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        limit(attempt: attempt) * Double.random(in: 0...1, using: &generator)
    }

    /// The same with the system's random numbers.
    package func delay(attempt: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return delay(attempt: attempt, using: &generator)
    }
}

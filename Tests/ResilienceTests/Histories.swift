import Resilience
import Testing

/// Runs a random history for each of so many seeds; the first broken promise fails the test with its seed.
///
/// `history` returns what went wrong. A seed from a failure is replayed with `first: seed, count: 1`.
func expectAll(
    first: UInt64 = 1, count: Int = 2_000, sourceLocation: SourceLocation = #_sourceLocation,
    _ history: (inout SplitMix64) -> String?
) {
    for seed in first..<first + UInt64(count) {
        var generator = SplitMix64(seed: seed)
        if let fault = history(&generator) {
            Issue.record("seed \(seed): \(fault)", sourceLocation: sourceLocation)
            return
        }
    }
}

extension RandomNumberGenerator {
    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(Int.random(in: range, using: &self))
    }
}

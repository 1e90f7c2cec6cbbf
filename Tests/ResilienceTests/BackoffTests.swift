import Resilience
import Testing

@Suite struct BackoffTests {
    private let backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(5))

    @Test(arguments: [(-1, 100), (0, 100), (1, 200), (2, 400), (5, 3_200), (6, 5_000), (1_000_000, 5_000)])
    func `the limit doubles from the initial wait and stops at the maximum`(attempt: Int, milliseconds: Int) {
        #expect(backoff.limit(attempt: attempt) == .milliseconds(milliseconds))
    }

    @Test func `delays spread over the whole range up to the limit`() {
        var generator = Seeded(state: 7)
        let delays = (0..<1_000).map { _ in backoff.delay(attempt: 3, using: &generator) }
        let limit = backoff.limit(attempt: 3)
        #expect(delays.allSatisfy { $0 >= .zero && $0 <= limit })
        #expect(delays.contains { $0 < limit * 0.1 })
        #expect(delays.contains { $0 > limit * 0.9 })
    }

    @Test func `equal random numbers give equal delays`() {
        var left = Seeded(state: 42)
        var right = Seeded(state: 42)
        #expect(backoff.delay(attempt: 2, using: &left) == backoff.delay(attempt: 2, using: &right))
    }
}

/// SplitMix64.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

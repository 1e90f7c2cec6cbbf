import Resilience
import Testing

@Suite struct BackoffTests {
    private let backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(5))

    @Test(arguments: [(-1, 100), (0, 100), (1, 200), (2, 400), (5, 3_200), (6, 5_000), (1_000_000, 5_000)])
    func `the limit doubles from the initial wait and stops at the maximum`(attempt: Int, milliseconds: Int) {
        #expect(backoff.limit(attempt: attempt) == .milliseconds(milliseconds))
    }

    @Test func `delays spread over the whole range up to the limit`() {
        var generator = SplitMix64(seed: 7)
        let delays = (0..<1_000).map { _ in backoff.delay(attempt: 3, using: &generator) }
        let limit = backoff.limit(attempt: 3)
        #expect(delays.allSatisfy { $0 >= .zero && $0 <= limit })
        #expect(delays.contains { $0 < limit * 0.1 })
        #expect(delays.contains { $0 > limit * 0.9 })
    }

    @Test func `equal random numbers give equal delays`() {
        var left = SplitMix64(seed: 42)
        var right = SplitMix64(seed: 42)
        #expect(backoff.delay(attempt: 2, using: &left) == backoff.delay(attempt: 2, using: &right))
    }
}

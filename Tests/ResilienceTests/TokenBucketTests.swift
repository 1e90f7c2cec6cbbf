import Resilience
import Testing

@Suite struct TokenBucketTests {
    private let start = ContinuousClock.now

    @Test func `a full bucket gives its burst at once and then one an interval`() {
        var bucket = TokenBucket(every: .milliseconds(500), burst: 3)
        for _ in 0..<3 { #expect(bucket.take(at: start) == .granted) }
        #expect(bucket.take(at: start) == .wait(until: start + .milliseconds(500)))
        #expect(bucket.available(at: start + .milliseconds(1_400)) == 2)
        #expect(bucket.take(at: start + .milliseconds(500)) == .granted)
        #expect(bucket.take(2, at: start + .milliseconds(1_000)) == .wait(until: start + .milliseconds(1_500)))
    }

    @Test func `more than the bucket holds is never granted and takes nothing`() {
        var bucket = TokenBucket(perSecond: 10, burst: 2)
        #expect(bucket.take(3, at: start) == .never)
        #expect(bucket.available(at: start) == 2)
    }

    @Test(arguments: [(10.0, 100_000_000), (0.5, 2_000_000_000), (1e12, 1), (1e-12, 8_640_000_000_000_000)])
    func `a rate is an interval within bounds`(rate: Double, nanoseconds: Int64) {
        #expect(TokenBucket(perSecond: rate, burst: 1).interval == .nanoseconds(nanoseconds))
    }

    @Test func `in no stretch of time more pass than the burst and the rate allow`() {
        expectAll { generator in
            let interval = generator.milliseconds(1...200)
            let burst = Int.random(in: 1...6, using: &generator)
            var bucket = TokenBucket(every: interval, burst: burst)
            var now = start
            var granted: [ContinuousClock.Instant] = []
            for _ in 0..<80 {
                now += generator.chance(0.5) ? generator.milliseconds(0...40) : generator.milliseconds(0...1_000)
                let count = Int.random(in: 1...burst, using: &generator)
                let available = bucket.available(at: now)
                switch bucket.take(count, at: now) {
                case .granted:
                    if available < count { return "granted \(count) of \(available)" }
                    granted += Array(repeating: now, count: count)
                case .wait(let until):
                    if available >= count { return "refused \(count) of \(available)" }
                    if until <= now { return "the wait is over already" }
                    // Whoever waits as long as it was told gets it.
                    if generator.chance(0.3) {
                        now = until
                        guard bucket.take(count, at: now) == .granted else { return "told to wait in vain" }
                        granted += Array(repeating: now, count: count)
                    }
                case .never: return "never, though \(count) is not over \(burst)"
                }
            }
            for first in granted.indices {
                for last in granted.indices[first...] {
                    let over = last - first + 1 - burst
                    if over > 0, granted[first].duration(to: granted[last]) < interval * over {
                        return "\(over + burst) in \(granted[first].duration(to: granted[last]))"
                    }
                }
            }
            return nil
        }
    }
}

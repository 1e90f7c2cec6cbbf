import TaskAPICore
import Testing

/// Buckets, leases of them and what the headers say.
struct RateLeaseTests {
    private static let quota = RateQuota(name: "caller", requests: 100, window: .seconds(50))
    private let start = ContinuousClock.now

    @Test func `a lease lets as many pass as were granted, and then asks`() {
        var lease = RateLease(RateGrant(granted: 3, left: 40, fullIn: .seconds(30)), of: Self.quota, at: start)
        for number in 0..<3 {
            #expect(lease.verdict(at: start) == .pass)
            lease.take()
            #expect(lease.standing(at: start).remaining == 42 - number)
        }
        #expect(lease.verdict(at: start) == .ask)
    }

    @Test func `what was not used in time is asked for again`() {
        let lease = RateLease(RateGrant(granted: 3, left: 40, fullIn: .seconds(30)), of: Self.quota, at: start)
        #expect(lease.verdict(at: start + .seconds(9)) == .pass && !lease.isOver(at: start + .seconds(9)))
        #expect(lease.verdict(at: start + .seconds(10)) == .ask && lease.isOver(at: start + .seconds(10)))
        let daily = RateQuota(name: "caller", requests: 100, window: .seconds(3_600))
        #expect(RateLease.lifetime(of: daily) == .seconds(600))
    }

    @Test func `an empty bucket refuses until it has one request again, without another question`() {
        // Empty: it is full in the whole window, and has one request after one interval.
        let lease = RateLease(RateGrant(granted: 0, left: 0, fullIn: .seconds(50)), of: Self.quota, at: start)
        #expect(lease.verdict(at: start) == .refuse(retryIn: .milliseconds(500)))
        #expect(lease.verdict(at: start + .milliseconds(200)) == .refuse(retryIn: .milliseconds(300)))
        #expect(lease.verdict(at: start + .milliseconds(500)) == .ask)
    }

    @Test(arguments: [(100, 0, 10), (95, 0, 9), (9, 0, 1), (0, 0, 1), (50, 40, 40), (50, 4_000, 100)])
    func `the next lease is a tenth of what is left, more for those who wait, and never more than the quota`(
        left: Int, waiting: Int, asked: Int
    ) {
        let lease = RateLease(RateGrant(granted: 1, left: left, fullIn: .zero), of: Self.quota, at: start)
        #expect(RateLease.ask(after: lease, of: Self.quota, waiting: waiting) == asked)
    }

    @Test func `the first lease is a twentieth, of at most a thousand`() {
        #expect(RateLease.ask(after: nil, of: Self.quota, waiting: 1) == 5)
        let wide = RateQuota(name: "tenant", requests: 1_000_000, window: .seconds(60))
        #expect(RateLease.ask(after: nil, of: wide, waiting: 1) == RateLease.most)
        #expect(RateLease.ask(after: nil, of: RateQuota(name: "x", requests: 1, window: .seconds(1)), waiting: 9) == 1)
    }

    @Test func `a bucket that is behind by so many intervals has so many fewer left`() {
        #expect(RateGrant(granted: 5, behind: .milliseconds(2_500), of: Self.quota).left == 95)
        #expect(RateGrant(granted: 5, behind: .milliseconds(2_501), of: Self.quota).left == 94)
        #expect(RateGrant(granted: 0, behind: .seconds(50), of: Self.quota).left == 0)
        #expect(RateGrant(granted: 0, behind: .seconds(-3), of: Self.quota).left == 100)
    }

    @Test func `the headers' items are those of the draft`() {
        #expect(Self.quota.policy == #""caller";q=100;w=50"#)
        let lease = RateLease(RateGrant(granted: 3, left: 40, fullIn: .milliseconds(30_001)), of: Self.quota, at: start)
        #expect(lease.standing(at: start).item == #""caller";r=43;t=31"#)
    }

    @Test func `a request may take a while, and longer for each byte`() {
        let pace = RequestPace(allowance: .seconds(20), bytesPerSecond: 8_192)
        #expect(pace.limit(bytes: 0) == .seconds(20))
        #expect(pace.limit(bytes: 4_096) == .milliseconds(20_500))
        #expect(pace.limit(bytes: 16 << 20) == .seconds(2_068))
    }
}

/// What one replica may still let pass of a shared bucket without asking again.
///
/// Asking for every request would cost a trip to the database each; a replica leases some requests ahead instead, a tenth
/// of what is left, so that the leases become single requests before the bucket is empty. No more than the quota ever
/// pass; what one replica has leased and not used when another one finds the bucket empty is at most a tenth of what was
/// left when it leased, and lost when the lease ends.
package struct RateLease: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// The most requests of one lease.
    package static let most = 1_000
    /// How long a lease may be used: a sixth of the window, 10 s at least.
    package static func lifetime(of quota: RateQuota) -> Duration { max(quota.window / 6, .seconds(10)) }

    private let quota: RateQuota
    private var tokens: Int
    private var left: Int
    private let fullAt: Instant
    private let endsAt: Instant
    /// When the bucket has one request again, where it granted none.
    private let nextAt: Instant?

    package init(_ grant: RateGrant, of quota: RateQuota, at now: Instant) {
        self.quota = quota
        tokens = grant.granted
        left = grant.left
        fullAt = now + grant.fullIn
        endsAt = now + Self.lifetime(of: quota)
        nextAt = grant.granted > 0 ? nil : now + max(grant.fullIn - quota.interval * (quota.requests - 1), .zero)
    }

    /// What becomes of a request.
    package enum Verdict: Hashable, Sendable {
        case pass
        /// The lease is used up: ask for another one.
        case ask
        /// The bucket is empty for that long.
        case refuse(retryIn: Duration)
    }

    /// Whether a request may pass; takes nothing.
    package func verdict(at now: Instant) -> Verdict {
        if let nextAt { return now < nextAt ? .refuse(retryIn: nextAt - now) : .ask }
        return tokens > 0 && now < endsAt ? .pass : .ask
    }

    /// Lets one request pass; only after `verdict` said so.
    package mutating func take() { tokens -= 1 }

    /// Whether nothing would be lost without it.
    package func isOver(at now: Instant) -> Bool { now >= endsAt }

    package func standing(at now: Instant) -> RateStanding {
        RateStanding(quota: quota, remaining: max(tokens + left, 0), fullIn: max(fullAt - now, .zero))
    }

    /// How many requests to ask for.
    /// - Parameters:
    ///   - last: the lease before; nil the first time.
    ///   - waiting: requests that wait for the answer.
    package static func ask(after last: RateLease?, of quota: RateQuota, waiting: Int) -> Int {
        let ahead = last.map { $0.left / 10 } ?? quota.requests / 20
        return min(max(ahead, waiting, 1), most, quota.requests)
    }
}

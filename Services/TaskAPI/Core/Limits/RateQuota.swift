/// How many requests somebody may make: as many at once, refilled evenly over the window (a token bucket).
package struct RateQuota: Hashable, Sendable {
    /// As in the `RateLimit` headers and in the table of buckets.
    package let name: String
    package let requests: Int
    package let window: Duration

    /// - Parameters:
    ///   - requests: at least 1.
    ///   - window: how long an empty bucket takes to be full; whole seconds.
    package init(name: String, requests: Int, window: Duration) {
        self.name = name
        self.requests = max(requests, 1)
        self.window = window
    }

    /// How long one request takes to be refilled.
    package var interval: Duration { window / requests }

    /// An item of the header `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10, 3).
    package var policy: String { "\"\(name)\";q=\(requests);w=\(window.components.seconds)" }
}

/// What a bucket that all replicas share has granted to one of them.
package struct RateGrant: Hashable, Sendable {
    /// Requests that the replica may let pass.
    package var granted: Int
    /// Requests that are left in the bucket beyond those.
    package var left: Int
    /// How long the bucket takes to be full again if nobody asks.
    package var fullIn: Duration

    package init(granted: Int, left: Int, fullIn: Duration) {
        self.granted = granted
        self.left = left
        self.fullIn = fullIn
    }

    /// Makes of the time that a bucket is behind being full what it has left.
    /// - Parameter behind: how long the bucket takes to be full, the granted requests included.
    package init(granted: Int, behind: Duration, of quota: RateQuota) {
        let used = (max(behind, .zero) / quota.interval).rounded(.up)
        self.init(granted: granted, left: max(quota.requests - Int(used), 0), fullIn: max(behind, .zero))
    }
}

/// Where somebody stands with one quota.
package struct RateStanding: Hashable, Sendable {
    package let quota: RateQuota
    package let remaining: Int
    package let fullIn: Duration

    /// An item of the header `RateLimit`: what is left, and the seconds until all of it is there again.
    package var item: String { "\"\(quota.name)\";r=\(remaining);t=\(fullIn.wholeSeconds)" }
}

extension Duration {
    /// Rounded up.
    package var wholeSeconds: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}

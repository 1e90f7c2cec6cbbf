/// What one attempt to deliver an event came to.
package enum WebhookAttempt: Hashable, Sendable {
    /// The endpoint's answer.
    /// - Parameter retryAfter: how long it asks to be left alone.
    case answered(status: Int, retryAfter: Duration?)
    /// There was none.
    case failed
}

/// What follows from an attempt, for the delivery and for the endpoint.
package struct WebhookVerdict: Hashable, Sendable {
    package enum Delivery: Hashable, Sendable {
        case delivered
        case retry(after: Duration)
        /// No further attempt by itself.
        case givenUp
    }

    /// Why nothing more is sent to an endpoint.
    package enum Disabling: String, Hashable, Sendable {
        case gone = "the endpoint says that it is gone (410)"
        case failing = "nothing has arrived for too long"
    }

    package var delivery: Delivery
    package var disabling: Disabling?

    package init(delivery: Delivery, disabling: Disabling? = nil) {
        self.delivery = delivery
        self.disabling = disabling
    }

    /// Reads no clock and no random numbers.
    /// - Parameters:
    ///   - attempts: with this one.
    ///   - failing: how long nothing has arrived at the endpoint before this attempt; zero if the last one did.
    ///   - patience: after which an endpoint that fails is disabled.
    package static func decide(
        _ attempt: WebhookAttempt, attempts: Int, schedule: WebhookSchedule, failing: Duration, patience: Duration,
        random: Double
    ) -> WebhookVerdict {
        var asked: Duration?
        switch attempt {
        case .answered(let status, _) where (200..<300).contains(status):
            return WebhookVerdict(delivery: .delivered)
        case .answered(410, _): return WebhookVerdict(delivery: .givenUp, disabling: .gone)
        case .answered(let status, let retryAfter) where status == 429 || status == 503: asked = retryAfter
        case .answered, .failed: break
        }
        let disabling: Disabling? = failing >= patience ? .failing : nil
        guard let wait = schedule.wait(afterAttempt: attempts, random: random) else {
            return WebhookVerdict(delivery: .givenUp, disabling: disabling)
        }
        return WebhookVerdict(
            delivery: .retry(after: max(wait, min(asked ?? .zero, .seconds(86_400)))), disabling: disabling)
    }
}

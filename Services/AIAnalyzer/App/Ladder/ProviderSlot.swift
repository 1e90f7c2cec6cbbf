import AIAnalyzerCore
import AIAnalyzerProviders
import Resilience
import Synchronization

/// One version of one provider with what guards it: breaker, bulkhead, cache. It lives as long as its settings stay.
final class ProviderSlot: Sendable {
    let provider: any ModelProvider
    let price: TokenPrice?
    let gate: BulkheadGate
    let cache: ResponseCache
    /// Told of each change of the breaker, after it.
    private let onChange: @Sendable (String, CircuitBreaker.Change) -> Void
    private let breaker: Mutex<CircuitBreaker>
    private let answers = Mutex(RecentAnswers())

    /// Such as `gateway/2026-11`.
    var name: String { provider.identity.description }

    init(
        _ provider: any ModelProvider, price: TokenPrice?, settings: LadderSettings,
        onChange: @escaping @Sendable (String, CircuitBreaker.Change) -> Void
    ) {
        self.provider = provider
        self.price = price
        self.onChange = onChange
        gate = BulkheadGate(Bulkhead(limit: settings.concurrency, queueLimit: settings.queue))
        cache = ResponseCache(capacity: settings.cacheEntries)
        breaker = Mutex(CircuitBreaker(settings.breaker, seed: UInt64.random(in: 0 ... .max)))
    }

    /// Whether calls cost nothing, so that one whose end isn't known may be repeated.
    var isFree: Bool {
        if let price { return price.inputPerMillion == 0 && price.outputPerMillion == 0 }
        return provider.identity.kind == .kserve
    }

    /// See `RecentAnswers`.
    func needed(atLeast minimum: Duration, of limit: Duration) -> Duration {
        answers.withLock { $0.needed(atLeast: minimum, of: limit) }
    }

    /// See `RecentAnswers`.
    func isShort(_ time: Duration, of limit: Duration) -> Bool { answers.withLock { $0.isShort(time, of: limit) } }

    /// Whether the provider answered anything in this last time.
    func answered(within time: Duration) -> Bool {
        answers.withLock { $0.last }.map { $0.duration(to: .now) <= time } ?? false
    }

    func note(answerAfter duration: Duration) { answers.withLock { $0.add(duration, at: .now) } }

    /// Whether a call would be turned away now.
    var isRejecting: Bool { breaker.withLock { $0.rejection(at: .now) } != nil }

    /// Asks the breaker for one call; nil when it says no.
    func permit() -> CircuitBreaker.Permit? {
        guard case .permit(let permit) = breaker.withLock({ $0.request(at: .now) }) else { return nil }
        return permit
    }

    /// Tells the breaker how the call went.
    func report(_ permit: CircuitBreaker.Permit, _ outcome: CircuitBreaker.Outcome, retryAfter: Duration? = nil) {
        let now = ContinuousClock.now
        let change = breaker.withLock {
            $0.report(permit, outcome, at: now, notBefore: retryAfter.map { now.advanced(by: $0) })
        }
        if let change { onChange(name, change) }
    }

    var snapshot: CircuitBreaker.Snapshot { breaker.withLock { $0.snapshot(at: .now) } }
}

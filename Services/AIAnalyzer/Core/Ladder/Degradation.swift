/// Why a rung above the one that answered did not; what an analysis, its log line and its metrics say of it.
package struct Degradation: Sendable, Hashable {
    /// What became of one provider that was to answer.
    package struct Miss: Sendable, Hashable {
        /// Such as `gateway/2026-11`.
        package var provider: String
        package var cause: Cause

        package init(provider: String, cause: Cause) {
            self.provider = provider
            self.cause = cause
        }
    }

    /// Why a provider did not answer.
    package enum Cause: Sendable, Hashable {
        /// A call failed with this code of a provider's fault.
        case failed(String, isOfRequest: Bool)
        /// The circuit breaker lets no call through.
        case circuitOpen
        /// As many calls are under way and waiting as may be.
        case busy
        /// Too little was left of the analysis's time.
        case deadline
        /// The day's budget isn't spent, but what the calls under way have reserved leaves no room.
        case reserved
        /// The day's budget of the tenant or the user is spent.
        case budget
        /// The providers file no longer names it.
        case unknown

        /// Whether the provider did answer, if only with what can't be used: asked again it mostly does the same.
        package var isUnusableAnswer: Bool {
            guard case .failed(let code, _) = self else { return false }
            return ["bad_answer", "too_large", "truncated"].contains(code)
        }

        /// The stable name.
        package var code: String {
            switch self {
            case .failed(let code, _): code
            case .circuitOpen: "circuit_open"
            case .busy: "busy"
            case .deadline: "deadline"
            case .reserved: "budget_reserved"
            case .budget: "budget_exhausted"
            case .unknown: "not_configured"
            }
        }
    }

    /// In the order of the ladder; never empty.
    package private(set) var misses: [Miss]

    package init(_ first: Miss) { misses = [first] }

    package mutating func add(_ miss: Miss) { misses.append(miss) }

    /// One line for people and machines: each provider with its code.
    package var reason: String {
        misses.map { "\($0.provider): \($0.cause.code)" }.joined(separator: "; ")
    }

    /// The code of the provider that was wanted; the label of a metric.
    package var code: String { misses.first?.cause.code ?? "unknown" }

    /// Whether the same analysis may do better when the wanted provider is well again.
    ///
    /// Not where the text was refused, for it will be again, nor where money ran out: a repair would spend tomorrow's.
    package var isRepairable: Bool {
        switch misses.first?.cause {
        case .failed(_, let isOfRequest): !isOfRequest
        case .circuitOpen, .busy, .deadline, .reserved: true
        case .budget, .unknown, nil: false
        }
    }
}

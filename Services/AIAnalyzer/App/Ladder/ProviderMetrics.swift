import AIAnalyzerProviders
import Metrics
import Observability
import Resilience

/// What metrics say of remote models. Calls and tokens by OpenTelemetry's GenAI conventions, v1.41.0 (status:
/// development); what they have no word for is ours.
enum ProviderMetrics {
    /// A call ended.
    /// - Parameter error: the stable code of the fault; nil for an answer.
    static func called(_ identity: ProviderIdentity, took duration: Duration, error: String?) {
        MetricCatalogue.providerCalls.counter([
            ("provider", identity.description), ("outcome", error ?? "answered"),
        ]).increment()
        MetricCatalogue.genAIDuration.timer([
            ("gen_ai_operation_name", "chat"), ("gen_ai_provider_name", identity.kind.telemetryName),
            ("gen_ai_request_model", identity.model), ("error_type", error ?? ""),
        ]).recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }

    static func spent(_ usage: TokenUsage, by identity: ProviderIdentity) {
        for (type, tokens) in [("input", usage.input), ("output", usage.output)] {
            MetricCatalogue.genAITokens.recorder([
                ("gen_ai_operation_name", "chat"), ("gen_ai_provider_name", identity.kind.telemetryName),
                ("gen_ai_request_model", identity.model), ("gen_ai_token_type", type),
            ]).record(tokens)
        }
    }

    /// An answer came from the cache.
    static func cached(_ name: String) {
        MetricCatalogue.providerCalls.counter([("provider", name), ("outcome", "cached")]).increment()
    }

    /// A provider was to be asked and wasn't.
    static func notCalled(_ name: String, because code: String) {
        MetricCatalogue.providerCalls.counter([("provider", name), ("outcome", code)]).increment()
    }

    static func breaker(_ name: String, _ state: CircuitBreaker.State) {
        for one in CircuitBreaker.State.allCases {
            MetricCatalogue.breakerState.gauge([("provider", name), ("state", one.rawValue)])
                .set(one == state ? 1.0 : 0.0)
        }
    }

    /// The settings no longer name it.
    static func gone(_ name: String) {
        for one in CircuitBreaker.State.allCases {
            MetricCatalogue.breakerState.gauge([("provider", name), ("state", one.rawValue)]).set(0.0)
        }
    }

    static func degraded(_ code: String) {
        MetricCatalogue.degraded.counter([("reason", code)]).increment()
    }

    /// - Parameter outcome: `repaired`, `failed`, `given_up` or `overtaken`.
    static func repair(_ outcome: String, count: Int = 1) {
        if count > 0 { MetricCatalogue.repairs.counter([("outcome", outcome)]).increment(by: count) }
    }
}

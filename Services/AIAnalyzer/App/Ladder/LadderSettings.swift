package import AIAnalyzerCore
package import Resilience
package import Settings

/// How remote models are asked; only where there is a providers file.
package struct LadderSettings: Sendable {
    package var providersFile: String
    /// Nil: everybody is served by the first version of the first provider.
    package var routesFile: String?
    /// For one analysis: every attempt, every wait, every rung.
    package var deadline: Duration
    /// An attempt that would get less isn't started.
    package var minimumAttempt: Duration
    package var retry: RetryPolicy
    package var breaker: CircuitBreakerLimits
    /// Calls of one provider version at once, and how many wait for that.
    package var concurrency: Int
    package var queue: Int
    /// Batches of tasks that are worked on at once, so that those who wait for a provider hold up nobody.
    package var lanes: Int
    /// Answers remembered for each provider version.
    package var cacheEntries: Int
    package var reloadInterval: Duration
    package var healing: HealingSettings
    package var budget: BudgetLimits

    /// Lanes more than may wait for remote models, so that one is always soon free.
    static let spareLanes = 2

    /// Of the deadline, what the rungs below the providers and the store are left.
    package static let localReserve = Duration.milliseconds(200)

    /// Nil without a providers file: the embedded model serves everybody.
    package static func read(_ reader: inout SettingsReader) -> LadderSettings? {
        let providers = reader.optionalString(
            "PROVIDERS_FILE", summary: "JSON file of the remote models (docs/providers.md); none: the embedded model")
        let routes = reader.optionalString(
            "ROUTES_FILE", summary: "JSON file of the routing table (docs/routing.md); none: the first provider for all"
        )
        let settings = LadderSettings(providers ?? "", routes, &reader)
        guard let providers else {
            if routes != nil { reader.fault("ROUTES_FILE", "needs a PROVIDERS_FILE") }
            return nil
        }
        do throws(ProviderFilesError) {
            _ = try ProviderFiles(providers: providers, routes: routes).load()
        } catch {
            for fault in error.faults { reader.fault(fault.isOfRoutes ? "ROUTES_FILE" : "PROVIDERS_FILE", fault.text) }
        }
        return settings
    }

    private init(_ providers: String, _ routes: String?, _ reader: inout SettingsReader) {
        providersFile = providers
        routesFile = routes
        deadline = reader.duration(
            "ANALYSIS_DEADLINE", default: .seconds(20), in: .seconds(1)...(.seconds(300)),
            summary: "longest time for one analysis, all attempts at remote models included")
        minimumAttempt = reader.duration(
            "PROVIDER_MINIMUM_ATTEMPT", default: .milliseconds(500), in: .milliseconds(50)...(.seconds(60)),
            summary: "a call that would get less time isn't made")
        let attempts = reader.integer(
            "PROVIDER_ATTEMPTS", default: 3, in: 1...10, unit: "calls",
            summary: "most calls of one provider for one analysis; what may have been paid is never repeated")
        retry = RetryPolicy(attempts: attempts, backoff: Backoff(initial: .milliseconds(200), maximum: .seconds(5)))
        breaker = Self.breaker(&reader)
        concurrency = reader.integer(
            "PROVIDER_CONCURRENCY", default: 8, in: 1...256, unit: "calls",
            summary: "most calls of one provider version at once")
        queue = reader.integer(
            "PROVIDER_QUEUE", default: 1_000, in: 0...10_000, unit: "tasks",
            summary: "most tasks that wait for a call of one provider version")
        lanes = reader.integer(
            "ANALYSIS_LANES", default: 64, in: 1...256, unit: "batches",
            summary:
                "batches of tasks that wait for remote models at once; who comes then is answered without them, and "
                + "again later")
        cacheEntries = reader.integer(
            "RESPONSE_CACHE", default: 10_000, in: 0...1_000_000, unit: "answers",
            summary: "answers of each provider version that are remembered by content; 0: none")
        reloadInterval = reader.duration(
            "PROVIDERS_RELOAD_INTERVAL", default: .seconds(2), in: .milliseconds(100)...(.seconds(3_600)),
            summary: "how often the two files are looked at for changes, besides on SIGHUP")
        healing = HealingSettings(reader: &reader)
        budget = Self.budget(&reader)
        if minimumAttempt + Self.localReserve > deadline {
            reader.fault("PROVIDER_MINIMUM_ATTEMPT", "leaves no room for a call in ANALYSIS_DEADLINE")
        }
    }

    private static func breaker(_ reader: inout SettingsReader) -> CircuitBreakerLimits {
        let failures = reader.number(
            "BREAKER_FAILURE_RATE", default: 0.5, in: 0.01...1, unit: "share",
            summary: "share of failed calls that opens a provider's circuit breaker")
        let slow = reader.number(
            "BREAKER_SLOW_RATE", default: 0.8, in: 0.01...1, unit: "share",
            summary: "share of slow calls that opens it")
        let slowCall = reader.duration(
            "BREAKER_SLOW_CALL", default: .seconds(10), in: .milliseconds(50)...(.seconds(300)),
            summary: "a call that takes so long is slow")
        let minimum = reader.integer(
            "BREAKER_MINIMUM_CALLS", default: 5, in: 1...1_000, unit: "calls",
            summary: "fewer calls in the window decide nothing")
        let window = reader.integer(
            "BREAKER_WINDOW", default: 20, in: 1...10_000, unit: "calls",
            summary: "the last so many calls decide, of those the ones within a minute")
        let openFor = reader.duration(
            "BREAKER_OPEN", default: .seconds(5), in: .milliseconds(50)...(.seconds(600)),
            summary: "how long it stays open before the first probe; doubled after each that failed, up to a minute")
        let limits = CircuitBreakerLimits(
            failureRate: failures, slowCallRate: slow, slowCall: slowCall, minimumCalls: min(minimum, window),
            windowCalls: window, openFor: openFor, openForMaximum: max(openFor, .seconds(60)),
            probeTimeout: max(openFor, .seconds(60)))
        if minimum > window { reader.fault("BREAKER_MINIMUM_CALLS", "must not be more than BREAKER_WINDOW") }
        return limits
    }

    private static func budget(_ reader: inout SettingsReader) -> BudgetLimits {
        var limits = BudgetLimits()
        limits.tenantTokens = tokens(&reader, "BUDGET_TENANT_TOKENS", "a tenant")
        limits.tenantMicros = money(&reader, "BUDGET_TENANT_MONEY", "a tenant")
        limits.userTokens = tokens(&reader, "BUDGET_USER_TOKENS", "one user")
        limits.userMicros = money(&reader, "BUDGET_USER_MONEY", "one user")
        return limits
    }

    private static func tokens(_ reader: inout SettingsReader, _ name: String, _ whose: String) -> Int? {
        let value = reader.integer(
            name, default: 0, in: 0...1_000_000_000_000, unit: "tokens",
            summary: "most tokens of remote models that \(whose) may spend in a day of UTC; 0: no limit")
        return value == 0 ? nil : value
    }

    private static func money(_ reader: inout SettingsReader, _ name: String, _ whose: String) -> Int? {
        let value = reader.number(
            name, default: 0, in: 0...1_000_000_000, unit: "of the prices' currency",
            summary: "most money that \(whose) may spend on remote models in a day of UTC; 0: no limit")
        return value == 0 ? nil : Int((value * 1_000_000).rounded())
    }
}

/// How degraded analyses are made again.
package struct HealingSettings: Sendable {
    /// Repairs a second of this replica in the long run.
    package var perSecond: Double
    /// How often it is looked whether there is something to repair.
    package var interval: Duration
    /// Tries before a degraded analysis stays as it is.
    package var attempts: Int

    init(reader: inout SettingsReader) {
        perSecond = reader.number(
            "HEALING_RATE", default: 2, in: 0.01...1_000, unit: "a second",
            summary: "degraded analyses that each replica makes again at most, once the provider is well")
        interval = reader.duration(
            "HEALING_INTERVAL", default: .seconds(2), in: .milliseconds(50)...(.seconds(3_600)),
            summary: "how often degraded analyses are looked for")
        attempts = reader.integer(
            "HEALING_ATTEMPTS", default: 20, in: 1...1_000, unit: "tries",
            summary: "after so many a degraded analysis stays as it is")
    }
}

import Contracts
import HTTPTypes
import Hummingbird
import TaskAPIContract

/// What answers tell of suggestions.
struct InsightRoutes: Sendable {
    /// How far back a report looks if it isn't told, in seconds.
    static let usualSeconds: Int64 = 90 * 86_400
    /// How long a range may be, in seconds.
    static let longestSeconds: Int64 = 366 * 86_400

    let holdBack: HoldBackStore
    let store: InsightStore

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.holdBack, to: report)
        routes.bind(API.acceptance) { call in
            try Reply(.ok, try await store.acceptance(tenant: call.caller.tenant, try Self.range(call)))
        }
        routes.bind(API.drift) { call in
            try Reply(.ok, try await store.drift(tenant: call.caller.tenant, try Self.range(call)))
        }
        routes.bind(API.cost) { call in
            try Reply(.ok, try await store.cost(tenant: call.caller.tenant, try Self.range(call)))
        }
    }

    @Sendable func report(_ call: Call<NoBody, HoldBackReport>) async throws -> Reply<HoldBackReport> {
        let now = EventTime.now
        let since = try call(QueryParameters.since) ?? Self.usual(before: now)
        guard since <= now else { throw QueryParameters.since.description.problem("must be in the past") }
        return try Reply(.ok, try await holdBack.report(tenant: call.caller.tenant, since: since, until: now))
    }

    private static func usual(before until: EventTime) -> EventTime {
        EventTime(microseconds: until.microseconds - usualSeconds * 1_000_000)
    }

    private static func range<Value>(_ call: Call<NoBody, Value>) throws(Problem) -> InsightStore.Range {
        let now = EventTime.now
        let until = min(try call(QueryParameters.until) ?? now, now)
        let since = try call(QueryParameters.since) ?? usual(before: until)
        guard since < until else {
            throw QueryParameters.since.description.problem("must be before until, and in the past")
        }
        guard until.microseconds - since.microseconds <= longestSeconds * 1_000_000 else {
            throw QueryParameters.since.description.problem("must be at most 366 days before until")
        }
        return InsightStore.Range(since: since, until: until)
    }
}

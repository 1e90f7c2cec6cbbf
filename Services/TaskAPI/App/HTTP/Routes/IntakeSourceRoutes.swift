import Contracts
import HTTPTypes
import Hummingbird
import TaskAPIContract

/// Where issues come from: operators make sources and look at what they sent.
struct IntakeSourceRoutes: Sendable {
    let sources: IntakeSources

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.createSource, to: create)
        routes.bind(API.listSources, to: list)
        routes.bind(API.showSource, to: show)
        routes.bind(API.deleteSource, to: delete)
        routes.bind(API.listSourceDeliveries, to: deliveries)
    }

    @Sendable func create(_ call: Call<IntakeSourceDraft, IntakeSourceView>) async throws -> Reply<IntakeSourceView> {
        let view = try await sources.add(try await call.body(), caller: call.caller)
        return try Reply(.created, view, headers: [.location: "/v1/intake/sources/\(view.id)"])
    }

    @Sendable func list(
        _ call: Call<NoBody, Page<IntakeSourceView>>
    ) async throws -> Reply<Page<IntakeSourceView>> {
        try Reply(.ok, Page(items: try await sources.list(tenant: call.caller.tenant).map(\.view)))
    }

    @Sendable func show(_ call: Call<NoBody, IntakeSourceView>) async throws -> Reply<IntakeSourceView> {
        try Reply(.ok, try await source(of: call).view)
    }

    @Sendable func delete(_ call: Call<NoBody, IntakeSourceView>) async throws -> Reply<IntakeSourceView> {
        let source = try await source(of: call)
        guard try await sources.remove(source.id, tenant: call.caller.tenant) else { throw Self.missing(source.id) }
        return try Reply(.ok, source.view)
    }

    @Sendable func deliveries(
        _ call: Call<NoBody, Page<IntakeDelivery>>
    ) async throws -> Reply<Page<IntakeDelivery>> {
        let source = try await source(of: call)
        return try Reply(.ok, Page(items: try await sources.deliveries(of: source.id)))
    }

    private func source<Value>(of call: Call<NoBody, Value>) async throws -> IntakeSource {
        let id = try call.required(PathParameters.source)
        guard let source = try await sources.find(id, tenant: call.caller.tenant) else { throw Self.missing(id) }
        return source
    }

    private static func missing(_ id: Identifier) -> Problem {
        Problem(.sourceNotFound, detail: "No source \(id) in this tenant.")
    }
}

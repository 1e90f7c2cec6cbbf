import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Observability
import TaskAPIContract
import TaskAPICore

/// A team's categories: what they are, what was done to them, and doing it.
struct LabelRoutes: Sendable {
    let store: LabelStore
    let logger: Logger

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.listLabels, to: list)
        routes.bind(API.listLabelChanges, to: changes)
        routes.bind(API.changeLabels, to: change)
    }

    @Sendable func list(_ call: Call<NoBody, LabelSetView>) async throws -> Reply<LabelSetView> {
        let view = try await store.view(tenant: call.caller.tenant)
        let json = try ContractJSON.encode(view, isSorted: true)
        let tag = EntityTag(of: json, revision: view.version)
        if let known = try call(HeaderParameters.ifNoneMatch), known.matchesWeakly(tag) { return .notModified(tag) }
        return Reply(json: json, headers: [.eTag: tag.header])
    }

    @Sendable func changes(
        _ call: Call<NoBody, Page<LabelChangeView>>
    ) async throws -> Reply<Page<LabelChangeView>> {
        try Reply(.ok, Page(items: try await store.changes(tenant: call.caller.tenant)))
    }

    @Sendable func change(_ call: Call<LabelChangeDraft, LabelChangeView>) async throws -> Reply<LabelChangeView> {
        let draft = try await call.body()
        let (reply, event) = try await store.change(
            draft, caller: call.caller, story: call.story, once: call.once
        ) { try Reply(.created, $0, headers: [.location: "/v1/labels"]) }
        logger.event(
            .notice, "labels changed", story: event.ownStory, eventID: event.id, eventType: event.type,
            more: ["action": "\(draft.action)", "version": "\(event.data.version)"])
        return reply
    }
}

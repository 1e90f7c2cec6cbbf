import Contracts
import HTTPTypes
import Hummingbird
import TaskAPIContract

/// Webhooks: operators make them, look at what was sent, and send it again.
struct WebhookRoutes: Sendable {
    let list: WebhookList
    let dispatcher: WebhookDispatcher

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.createWebhook, to: create)
        routes.bind(API.listWebhooks, to: all)
        routes.bind(API.showWebhook, to: show)
        routes.bind(API.editWebhook, to: edit)
        routes.bind(API.deleteWebhook, to: delete)
        routes.bind(API.rotateWebhookSecret, to: rotate)
        routes.bind(API.testWebhook, to: test)
        routes.bind(API.listWebhookDeliveries, to: deliveries)
        routes.bind(API.redeliver, to: redeliver)
    }

    @Sendable func create(_ call: Call<WebhookDraft, WebhookView>) async throws -> Reply<WebhookView> {
        let view = try await list.add(try await call.body(), caller: call.caller)
        return try Reply(.created, view, headers: [.location: "/v1/webhooks/\(view.id)"])
    }

    @Sendable func all(_ call: Call<NoBody, Page<WebhookView>>) async throws -> Reply<Page<WebhookView>> {
        try Reply(.ok, Page(items: try await list.list(tenant: call.caller.tenant)))
    }

    @Sendable func show(_ call: Call<NoBody, WebhookView>) async throws -> Reply<WebhookView> {
        try Reply(.ok, try await list.find(try call.required(PathParameters.webhook), tenant: call.caller.tenant))
    }

    @Sendable func edit(_ call: Call<WebhookEdit, WebhookView>) async throws -> Reply<WebhookView> {
        let id = try call.required(PathParameters.webhook)
        let view = try await list.change(id, try await call.body(), tenant: call.caller.tenant)
        dispatcher.wake()
        return try Reply(.ok, view)
    }

    @Sendable func delete(_ call: Call<NoBody, WebhookView>) async throws -> Reply<WebhookView> {
        try Reply(.ok, try await list.remove(try call.required(PathParameters.webhook), tenant: call.caller.tenant))
    }

    @Sendable func rotate(_ call: Call<NoBody, WebhookView>) async throws -> Reply<WebhookView> {
        try Reply(.ok, try await list.rotate(try call.required(PathParameters.webhook), tenant: call.caller.tenant))
    }

    @Sendable func test(_ call: Call<NoBody, RequestSent>) async throws -> Reply<RequestSent> {
        let id = try call.required(PathParameters.webhook)
        let event = try await list.test(id, tenant: call.caller.tenant, story: call.story)
        dispatcher.wake()
        return try Reply(.accepted, RequestSent(eventID: event, correlationID: call.story.correlationID))
    }

    @Sendable func deliveries(
        _ call: Call<NoBody, Page<WebhookDelivery>>
    ) async throws -> Reply<Page<WebhookDelivery>> {
        let items = try await list.log(
            of: try call.required(PathParameters.webhook), tenant: call.caller.tenant,
            state: try call(QueryParameters.deliveryState))
        return try Reply(.ok, Page(items: items))
    }

    @Sendable func redeliver(
        _ call: Call<RedeliveryDraft, DeliveriesQueued>
    ) async throws -> Reply<DeliveriesQueued> {
        let id = try call.required(PathParameters.webhook)
        let count = try await list.redeliver(try await call.body(), of: id, tenant: call.caller.tenant)
        dispatcher.wake()
        return try Reply(.accepted, DeliveriesQueued(queued: count))
    }
}

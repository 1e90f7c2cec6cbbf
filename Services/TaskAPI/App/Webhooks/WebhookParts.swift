import Logging
import Messaging
import TaskAPICore
import TaskAPIWebhooks

/// All that sends events to other systems.
struct WebhookParts: Sendable {
    let dispatcher: WebhookDispatcher
    let handler: WebhookQueueHandler
    let cleaner: OldRows
    private let routes: WebhookRoutes

    init(_ settings: TaskAPISettings, store: TaskStore, logger: Logger) {
        let hooks = settings.webhooks
        let client = WebhookClient(
            limits: WebhookClient.Limits(timeout: hooks.timeout, excerptBytes: 1_024), logger: logger,
            isAllowed: { bytes in
                hooks.allowsPrivate || NetworkAddress(bytes: bytes)?.isPublic == true
            })
        let deliveries = WebhookStore(pool: store.pool)
        dispatcher = WebhookDispatcher(
            store: deliveries, secrets: settings.secrets, client: client, settings: hooks, logger: logger)
        handler = WebhookQueueHandler(store: deliveries, dispatcher: dispatcher, logger: logger)
        cleaner = OldRows(
            pool: store.pool, logger: logger, table: "task.webhook_deliveries", column: "created_at",
            where: "state <> 'pending'", kept: hooks.kept)
        routes = WebhookRoutes(
            list: WebhookList(pool: store.pool, secrets: settings.secrets, settings: hooks), dispatcher: dispatcher)
    }

    func bind(to binder: inout RouteBinder) { routes.bind(to: &binder) }
}

import APIKeys
import Contracts
import CurlHTTP
import Hummingbird
import Logging
import Messaging
import NIOCore
import Observability
import Postgres
import RabbitMQ
package import ServiceKit
import Synchronization
import TaskAPICore
import TaskAPIIdentity

/// Everything task-api runs, dependencies first. Tests call it as `Main` does.
/// - Parameter onListening: told the port once the API answers on it.
package func buildTaskAPI(
    _ settings: TaskAPISettings, _ context: ServiceContext, onListening: (@Sendable (Int) -> Void)? = nil
) async throws -> [ServicePart] {
    let logger = context.logger
    let broker = context.common.broker
    let replica = Identifier().description
    var database = context.common.database
    // What serves all tenants (relay, projections, creates of many callers at once) sees all; a request sees its own.
    database.sessionSettings[TenantWall.setting] = TenantWall.everyTenant
    let pool = DatabasePool(configuration: database, logger: logger)
    let publisher = Publisher(configuration: broker, topology: Topology.brokerTopology(), logger: logger)
    let relay = Relay(
        outbox: Outbox(schema: "task", pool: pool), publisher: publisher, service: .taskAPI, logger: logger)
    let store = TaskStore(
        pool: pool, relay: relay, maximumBatch: settings.createBatch, pendingLimit: settings.pendingCreates,
        holdBack: settings.holdBack)
    let projection = ProjectionStore(pool: pool)
    let hub = StreamHub(streamLimit: settings.streamLimit, callerLimit: settings.streamCallerLimit)
    let handler = ProjectionHandler(store: projection, logger: logger)
    let consumer = EventConsumer(
        queue: Topology.projection, configuration: broker, publisher: publisher, logger: logger,
        handler: handler.handle)

    let replays = ReplayStore(pool: pool, relay: relay, limits: settings.replays)
    let replayConsumer = EventConsumer(
        queue: Topology.replays, configuration: broker, publisher: publisher, maximumBatch: 20, logger: logger,
        handler: ReplayHandler(store: replays, logger: logger).handle)

    let erasures = ErasureStore(pool: pool, relay: relay)
    let erasureConsumer = EventConsumer(
        queue: Topology.erasures, configuration: broker, publisher: publisher, maximumBatch: 100, logger: logger,
        handler: ErasureHandler(store: erasures, logger: logger).handle)

    context.health.registerConnection("database") { pool.isReachable }
    // The database may be there a moment before the API's port is.
    let door = Door()
    context.health.register("http") { door.isOpen ? .pass : .fail("not serving yet") }
    // Without the broker tasks are still taken: their events wait in the outbox.
    context.health.register("broker") {
        publisher.isConnected ? .pass : .warn("not connected; events wait in the outbox")
    }
    context.health.register("projection") {
        consumer.isConnected ? .pass : .warn("not consuming; analyses are shown when the broker is back")
    }

    let streams = StreamRoutes(
        store: store, erasures: erasures, history: StreamHistory(pool: pool, limit: settings.streamReplay), hub: hub,
        logger: logger)
    let repeats = OnceRequests(pool: pool, lifetime: settings.answersKept, waitingLimit: settings.pendingCreates)
    let intake = IntakeParts(settings, store: store, erasures: erasures, logger: logger)
    let webhooks = WebhookParts(settings, store: store, logger: logger)
    let webhookConsumer = EventConsumer(
        queue: Topology.webhooks, configuration: broker, publisher: publisher, logger: logger,
        handler: webhooks.handler.handle)
    let limiter = RateLimiter(settings.limits.quotas, buckets: RateBuckets(pool: pool), logger: logger)
    let keys = KeyRing(store: KeyStore(pool: pool), settings: settings.identity, logger: logger)
    let gate = Gate(
        mode: settings.identity.mode, keys: keys,
        tokens: settings.identity.mode.takesTokens ? tokens(settings.identity.tokens, logger: logger) : nil)
    if !gate.asksWhoCalls {
        let level: Logger.Level = settings.identity.isOpenHere ? .notice : .warning
        logger.log(
            level: level, "callers are believed: nobody is asked who they are", metadata: ["host": "\(settings.host)"])
    }
    let identity = IdentityRoutes(keys: keys.store, limit: settings.identity.keysPerTenant, logger: logger)
    let router = try makeRouter(
        gate: gate, identity: identity, store: store, erasures: erasures, repeats: repeats, limiter: limiter,
        origins: settings.limits.origins, projection: projection, streams: streams, replays: replays, intake: intake,
        webhooks: webhooks, logger: logger)
    let application = Application(
        router: router, server: .http1(configuration: settings.limits.connection(idleTimeout: settings.idleTimeout)),
        configuration: ApplicationConfiguration(
            address: .hostname(settings.host, port: settings.port), serverName: "triageloop", backlog: 1_024,
            availableConnectionsDelegate: .maximum(settings.limits.connections, logger: quiet(logger))),
        onServerRunning: { channel in
            let port = channel.localAddress?.port ?? settings.port
            logger.notice("serving", metadata: ["host": "\(settings.host)", "port": "\(port)"])
            door.open()
            onListening?(port)
        }, logger: quiet(logger))

    return [
        ServicePart("database") { try await pool.run() },
        ServicePart("publisher") { try await publisher.run() },
        ServicePart("relay", relay),
        ServicePart("projection", consumer),
        ServicePart("replays", replayConsumer),
        ServicePart("erasures", erasureConsumer),
        ServicePart("settling", run: ErasureSettling(pool: pool, logger: logger).run),
        ServicePart("streams", StreamFeed(hub: hub, configuration: broker, replica: replica, logger: logger)),
        ServicePart("expired answers", run: ExpiredAnswers(pool: pool, logger: logger).run),
        ServicePart("old deliveries", run: intake.cleaner.run),
        ServicePart("old events", run: intake.eventCleaner.run),
        ServicePart("webhook queue", webhookConsumer),
        ServicePart("webhooks", run: webhooks.dispatcher.run),
        ServicePart("old webhook deliveries", run: webhooks.cleaner.run),
        ServicePart("rate limits", run: limiter.run),
        ServicePart("key uses", run: keys.run),
        ServicePart("http", application),
    ]
}

private func tokens(_ settings: TokenSettings, logger: Logger) -> TokenVerifier {
    var configuration = HTTPClientConfiguration.issuer
    configuration.caFile = settings.authorities
    configuration.proxy = .environment
    return TokenVerifier(
        rules: settings.rules, fetching: settings.fetching,
        http: HTTPClient(configuration: configuration, logger: logger), logger: logger)
}

private func makeRouter(
    gate: Gate, identity: IdentityRoutes, store: TaskStore, erasures: ErasureStore, repeats: OnceRequests,
    limiter: RateLimiter, origins: OriginPolicy, projection: ProjectionStore, streams: StreamRoutes,
    replays: ReplayStore, intake: IntakeParts, webhooks: WebhookParts, logger: Logger
) throws -> Router<TaskAPIContext> {
    let pages = try PageRoutes()
    let router = Router(context: TaskAPIContext.self)
    router.add(middleware: RequestMetrics())
    router.add(middleware: EdgeMiddleware(pages: pages.addresses, origins: origins, logger: logger))
    let requests = TrainingRequests(store: store, logger: logger)
    var routes = RouteBinder(router, gate: gate, repeats: repeats, limiter: limiter, logger: logger)
    TaskRoutes(store: store, erasures: erasures, logger: logger).bind(to: &routes)
    ImportRoutes(store: store, repeats: repeats, logger: logger).bind(to: &routes)
    FeedbackRoutes(
        store: store, erasures: erasures, projection: projection, requests: requests, logger: logger
    ).bind(to: &routes)
    ExportRoutes(store: ExportStore(pool: store.pool), holdBack: store.holdBack, logger: logger).bind(to: &routes)
    DecisionRoutes(store: store, erasures: erasures, projection: projection, logger: logger).bind(to: &routes)
    ErasureRoutes(store: erasures, logger: logger).bind(to: &routes)
    LabelRoutes(store: LabelStore(pool: store.pool, relay: store.relay), logger: logger).bind(to: &routes)
    RolloutRoutes(rollouts: RolloutProjection(pool: projection.pool), requests: requests).bind(to: &routes)
    ReplayRoutes(store: replays, holdBack: store.holdBack, logger: logger).bind(to: &routes)
    InsightRoutes(
        holdBack: HoldBackStore(pool: store.pool, holdBack: store.holdBack), store: InsightStore(pool: store.pool)
    ).bind(to: &routes)
    intake.bind(to: &routes)
    webhooks.bind(to: &routes)
    identity.bind(to: &routes)
    streams.bind(to: &routes)
    DocumentRoutes(asksWhoCalls: gate.asksWhoCalls).bind(to: &routes)
    pages.bind(to: &routes)
    try routes.finish()
    return router
}

/// Whether the API's port is served.
private final class Door: Sendable {
    private let state = Atomic(false)

    var isOpen: Bool { state.load(ordering: .acquiring) }

    func open() { state.store(true, ordering: .releasing) }
}

/// The server's own lines say nothing that ours don't.
private func quiet(_ logger: Logger) -> Logger {
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    return quiet
}

extension ServiceRunner.Plan where OwnSettings == TaskAPISettings {
    /// The process `task-api`.
    package static var taskAPI: ServiceRunner.Plan<TaskAPISettings> {
        ServiceRunner.Plan(
            name: .taskAPI, defaultAdminPort: 9_101, databaseRole: "triageloop_task",
            read: { TaskAPISettings(reader: &$0) }, build: { try await buildTaskAPI($0, $1) })
    }
}

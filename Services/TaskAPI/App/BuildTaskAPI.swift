import Contracts
import Hummingbird
import Logging
import Messaging
import NIOCore
import Observability
import Postgres
import RabbitMQ
package import ServiceKit
import Synchronization

/// Everything task-api runs, dependencies first. Tests call it as `Main` does.
/// - Parameter onListening: told the port once the API answers on it.
package func buildTaskAPI(
    _ settings: TaskAPISettings, _ context: ServiceContext, onListening: (@Sendable (Int) -> Void)? = nil
) async throws -> [ServicePart] {
    let logger = context.logger
    let broker = context.common.broker
    let replica = Identifier().description
    let pool = DatabasePool(configuration: context.common.database, logger: logger)
    let publisher = Publisher(configuration: broker, topology: Topology.brokerTopology(), logger: logger)
    let relay = Relay(
        outbox: Outbox(schema: "task", pool: pool), publisher: publisher, service: .taskAPI, logger: logger)
    let store = TaskStore(
        pool: pool, relay: relay, maximumBatch: settings.createBatch, pendingLimit: settings.pendingCreates)
    let projection = ProjectionStore(pool: pool)
    let hub = StreamHub(streamLimit: settings.streamLimit)
    let handler = ProjectionHandler(store: projection, logger: logger)
    let consumer = EventConsumer(
        queue: Topology.projection, configuration: broker, publisher: publisher, logger: logger,
        handler: handler.handle)

    context.health.registerConnection("database") { pool.isReachable }
    // Without the broker tasks are still taken: their events wait in the outbox.
    context.health.register("broker") {
        publisher.isConnected ? .pass : .warn("not connected; events wait in the outbox")
    }
    context.health.register("projection") {
        consumer.isConnected ? .pass : .warn("not consuming; analyses are shown when the broker is back")
    }

    let streams = StreamRoutes(
        store: store, history: StreamHistory(pool: pool, limit: settings.streamReplay), hub: hub, logger: logger)
    let router = try makeRouter(store: store, projection: projection, streams: streams, logger: logger)
    let application = Application(
        router: router, server: .http1(configuration: .init(idleTimeout: TimeAmount(settings.idleTimeout))),
        configuration: ApplicationConfiguration(
            address: .hostname(settings.host, port: settings.port), serverName: "triageloop", backlog: 1_024),
        onServerRunning: { channel in
            let port = channel.localAddress?.port ?? settings.port
            logger.notice("serving", metadata: ["host": "\(settings.host)", "port": "\(port)"])
            onListening?(port)
        }, logger: quiet(logger))

    return [
        ServicePart("database") { try await pool.run() },
        ServicePart("publisher") { try await publisher.run() },
        ServicePart("relay", relay),
        ServicePart("projection", consumer),
        ServicePart("streams", StreamFeed(hub: hub, configuration: broker, replica: replica, logger: logger)),
        ServicePart("http", application),
    ]
}

private func makeRouter(
    store: TaskStore, projection: ProjectionStore, streams: StreamRoutes, logger: Logger
) throws -> Router<TaskAPIContext> {
    let router = Router(context: TaskAPIContext.self, options: [.autoGenerateHeadEndpoints])
    router.add(middleware: RequestMetrics())
    router.add(middleware: EdgeMiddleware(logger: logger))
    let v1 = router.group("v1")
    TaskRoutes(store: store, logger: logger).add(to: v1)
    FeedbackRoutes(store: store, projection: projection, logger: logger).add(to: v1)
    streams.add(to: v1)
    try PageRoutes().add(to: router)
    return router
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

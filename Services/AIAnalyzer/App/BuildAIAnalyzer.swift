import AIAnalyzerCore
import Contracts
import Embeddings
import Logging
import Messaging
import Observability
import Postgres
import RabbitMQ
package import ServiceKit

/// Everything ai-analyzer runs, dependencies first. Tests call it as `Main` does.
package func buildAIAnalyzer(
    _ settings: AIAnalyzerSettings, _ context: ServiceContext
) async throws -> [ServicePart] {
    let logger = context.logger
    let broker = context.common.broker
    let replica = Identifier().description
    let pool = DatabasePool(configuration: context.common.database, logger: logger)
    let publisher = Publisher(configuration: broker, topology: Topology.brokerTopology(), logger: logger)
    let relay = Relay(
        outbox: Outbox(schema: "analysis", pool: pool), publisher: publisher, service: .aiAnalyzer, logger: logger)
    // Over the relay's connection, so that it can't overtake the final event.
    let progress = ProgressPublisher(publisher: publisher, limits: settings.progress, logger: logger)
    let holder = ModelHolder(pool: pool, logger: logger)
    let neighbours = Neighbours(capacity: settings.similarTasks, replica: replica, pool: pool)
    let vectors = try settings.embeddings.map {
        TaskVectors(try EmbeddingsClient($0, logger: logger), logger: logger)
    }
    let store = AnalysisStore(pool: pool, replica: replica)
    let remote = try settings.ladder.map { ladder in
        try RemoteParts(
            ladder, holder: holder, store: store, relay: relay, progress: progress, pool: pool, logger: logger)
    }
    let handler = TaskHandler(
        holder: holder, neighbours: neighbours, vectors: vectors, store: store, relay: relay,
        remote: remote?.analyses, logger: logger)
    let consumer = EventConsumer(
        queue: Topology.analyzerTasks, configuration: broker, publisher: publisher, maximumBatch: settings.batch,
        lanes: settings.ladder?.lanes ?? 1, logger: logger,
        obituary: { dead, reason in
            guard
                let notice = FailureNotice.event(
                    ofMessage: dead.delivery.body, code: reason.code, reason: reason.reason)
            else { return nil }
            do {
                return try OutboxMessage(notice)
            } catch {
                logger.error("nobody is told of a dead task", metadata: ["reason": "\(error)"])
                return nil
            }
        }, handler: handler.handle)

    context.health.registerConnection("database") { pool.isReachable }
    context.health.registerConnection("broker") { publisher.isConnected && consumer.isConnected }
    context.health.register("model") {
        let serving = holder.serving
        if !holder.isReady { return .fail("the registry was not asked yet") }
        return serving.degradation.map { .warn($0) } ?? .pass
    }
    if let vectors {
        context.health.register("embeddings") {
            vectors.isAvailable ? .pass : .warn("\(vectors.model) is unavailable: words alone answer")
        }
    }
    if let remote { context.health.register("providers", isRequired: false) { remote.directory.health } }

    return [
        ServicePart("database") { try await pool.run() },
        ServicePart("publisher") { try await publisher.run() },
        ServicePart("relay", relay),
        ServicePart("progress") { await progress.run() },
        ServicePart("model") {
            try await holder.refreshUntilAnswered()
            try await RolloutFeed(
                holder: holder, configuration: broker, replica: replica, interval: settings.registryInterval,
                logger: logger
            ).run()
        },
        ServicePart("neighbours") { try await followNeighbours(neighbours, logger: logger) },
        ServicePart("tasks", consumer),
    ] + (remote?.parts ?? [])
}

/// What there is where remote models may be asked.
private struct RemoteParts {
    let directory: ProviderDirectory
    let analyses: RemoteAnalyses
    let healer: Healer
    let budgets: BudgetStore

    init(
        _ settings: LadderSettings, holder: ModelHolder, store: AnalysisStore, relay: Relay,
        progress: ProgressPublisher, pool: DatabasePool, logger: Logger
    ) throws {
        directory = try ProviderDirectory(settings: settings, logger: logger)
        budgets = BudgetStore(pool: pool, limits: settings.budget, logger: logger)
        var ladder = ProviderLadder(
            directory: directory, numbers: RouteNumbers(pool: pool), budgets: budgets, settings: settings,
            progress: { LiveProgress($0, story: $1, to: progress) }, logger: logger)
        analyses = RemoteAnalyses(ladder: ladder, holder: holder, store: store, relay: relay, logger: logger)
        // Nobody waits for a repair.
        ladder.progress = nil
        healer = Healer(
            ladder: ladder, holder: holder, repairs: RepairStore(pool: pool), relay: relay, logger: logger)
    }

    var parts: [ServicePart] {
        [
            ServicePart("providers") { [directory] in try await directory.run() },
            ServicePart("healing") { [healer] in try await healer.run() },
            ServicePart("budgets") { [budgets] in try await budgets.run() },
        ]
    }
}

/// Fills the similarity index, then keeps it in step with the other replicas.
private func followNeighbours(_ neighbours: Neighbours, logger: Logger) async throws {
    while !Task.isCancelled {
        do {
            try await neighbours.catchUp()
        } catch let error as DatabaseError {
            logger.warning("the similarity index can't be filled yet", metadata: ["reason": "\(error.reason)"])
        }
        try await Task.sleep(for: .seconds(10))
    }
}

extension ServiceRunner.Plan where OwnSettings == AIAnalyzerSettings {
    /// The process `ai-analyzer`.
    package static var aiAnalyzer: ServiceRunner.Plan<AIAnalyzerSettings> {
        ServiceRunner.Plan(
            name: .aiAnalyzer, defaultAdminPort: 9_102, databaseRole: "triageloop_analysis",
            read: { AIAnalyzerSettings(reader: &$0) }, build: { try await buildAIAnalyzer($0, $1) })
    }
}

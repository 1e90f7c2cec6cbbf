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
    let outbox = Outbox(schema: "analysis", pool: pool)
    let relay = Relay(outbox: outbox, publisher: publisher, service: .aiAnalyzer, logger: logger)
    // Over the relay's connection, so that it can't overtake the final event.
    let progress = ProgressPublisher(publisher: publisher, limits: settings.progress, logger: logger)
    let observer = RolloutObserver(pool: pool, outbox: outbox, relay: relay, replica: replica, logger: logger)
    let shadow = ShadowRunner(observer: observer, capacity: settings.shadowQueue)
    let labels = LabelSets(pool: pool, logger: logger)
    let holder = ModelHolder(base: settings.baseModel, pool: pool, observer: observer, logger: logger)
    let neighbours = Neighbours(capacity: settings.similarTasks, replica: replica, pool: pool)
    let vectors = try settings.embeddings.map {
        TaskVectors(try EmbeddingsClient($0, logger: logger), logger: logger)
    }
    let features =
        settings.features ? FeatureServing(pool: pool, capacity: settings.featureStates, logger: logger) : nil
    let store = AnalysisStore(pool: pool, replica: replica) { await neighbours.forget($0) }
    let remote = try settings.ladder.map { ladder in
        try RemoteParts(
            ladder, holder: holder, labels: labels, store: store, relay: relay, progress: progress, pool: pool,
            logger: logger)
    }
    let handler = TaskHandler(
        holder: holder, neighbours: neighbours, vectors: vectors, features: features, store: store,
        relay: relay, remote: remote?.analyses, observer: observer, shadow: shadow, labels: labels,
        logger: logger)
    let consumer = EventConsumer(
        queue: Topology.analyzerTasks, configuration: broker, publisher: publisher, maximumBatch: settings.batch,
        lanes: settings.ladder.map { $0.lanes + LadderSettings.spareLanes } ?? 1, logger: logger,
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

    let feedback = EventConsumer(
        queue: Topology.analyzerFeatures, configuration: broker, publisher: publisher, logger: logger,
        handler: { events in
            // Where none are served the queue mustn't fill.
            guard let features else { return events.map { _ in .done } }
            return try await features.record(events)
        })
    let replays = EventConsumer(
        queue: Topology.analyzerReplays, configuration: broker, publisher: publisher, maximumBatch: 1, logger: logger,
        obituary: { dead, reason in
            do {
                return try ReplayHandler.obituary(dead, reason: reason.reason).map { try OutboxMessage($0) }
            } catch {
                logger.error("nobody is told of a dead chunk", metadata: ["reason": "\(error)"])
                return nil
            }
        },
        handler: ReplayHandler(
            candidates: CandidateModels(pool: pool, capacity: settings.replayModels, logger: logger), labels: labels,
            pool: pool,
            outbox: Outbox(schema: "analysis", pool: pool), relay: relay, logger: logger
        ).handle)

    let erasures = ErasureStore(pool: pool, outbox: outbox, relay: relay)
    let erasureConsumer = EventConsumer(
        queue: Topology.analyzerErasures, configuration: broker, publisher: publisher, maximumBatch: 100,
        logger: logger,
        handler: ErasureHandler(store: erasures, neighbours: neighbours, logger: logger).handle)

    let labelConsumer = EventConsumer(
        queue: Topology.analyzerLabels, configuration: broker, publisher: publisher, maximumBatch: 100, logger: logger,
        handler: LabelHandler(sets: labels, logger: logger).handle)

    context.health.registerConnection("database") { pool.isReachable }
    let inUse = [(AnalyzerWork.tasks, consumer), (.tasks, labelConsumer), (.features, feedback), (.replays, replays)]
        .filter { settings.work.contains($0.0) }.map(\.1)
    context.health.registerConnection("broker") {
        publisher.isConnected && inUse.allSatisfy(\.isConnected)
    }
    context.health.register("model") {
        let serving = holder.serving
        if !holder.isReady { return .fail("the registry was not asked yet") }
        let trial = serving.trial?.fault.map { "the challenger can't be loaded: \($0)" }
        return (serving.degradation ?? trial).map { .warn($0) } ?? .pass
    }
    if let vectors {
        context.health.register("embeddings") {
            vectors.isAvailable ? .pass : .warn("\(vectors.model) is unavailable: words alone answer")
        }
    }
    if let remote { context.health.register("providers", isRequired: false) { remote.directory.health } }

    var parts = [
        ServicePart("database") { try await pool.run() },
        ServicePart("publisher") { try await publisher.run() },
        ServicePart("relay", relay),
        ServicePart("model") {
            try await holder.refreshUntilAnswered()
            try await RolloutFeed(
                holder: holder, configuration: broker, replica: replica, interval: settings.registryInterval,
                logger: logger
            ).run()
        },
        ServicePart("labels") {
            try await labels.refreshUntilAnswered()
            try await LabelFeed(
                sets: labels, configuration: broker, replica: replica, interval: settings.registryInterval,
                logger: logger
            ).run()
        },
    ]
    if settings.work.contains(.tasks) {
        parts += [
            ServicePart("progress") { await progress.run() },
            ServicePart("shadow") { await shadow.run() },
            ServicePart("observations") { try await observer.run() },
            ServicePart("neighbours") { try await followNeighbours(neighbours, logger: logger) },
            ServicePart("label sets", labelConsumer),
            ServicePart("erasures", erasureConsumer),
            ServicePart("settling", run: ErasureSettling(pool: pool, logger: logger).run),
        ]
    }
    if settings.work.contains(.features) { parts.append(ServicePart("feedback", feedback)) }
    if settings.work.contains(.tasks) { parts.append(ServicePart("tasks", consumer)) }
    if settings.work.contains(.replays) { parts.append(ServicePart("replays", replays)) }
    if settings.work.contains(.tasks), let remote { parts += remote.parts }
    if let features, settings.work != [.replays] {
        parts.append(ServicePart("features") { try await features.run() })
    }
    return parts
}

/// What there is where remote models may be asked.
private struct RemoteParts {
    let directory: ProviderDirectory
    let analyses: RemoteAnalyses
    let healer: Healer
    let budgets: BudgetStore

    init(
        _ settings: LadderSettings, holder: ModelHolder, labels: LabelSets, store: AnalysisStore, relay: Relay,
        progress: ProgressPublisher, pool: DatabasePool, logger: Logger
    ) throws {
        directory = try ProviderDirectory(settings: settings, logger: logger)
        budgets = BudgetStore(pool: pool, limits: settings.budget, logger: logger)
        var ladder = ProviderLadder(
            directory: directory, numbers: RouteNumbers(pool: pool), budgets: budgets, settings: settings,
            progress: { LiveProgress($0, story: $1, to: progress) }, logger: logger)
        analyses = RemoteAnalyses(
            ladder: ladder, holder: holder, labels: labels, store: store, relay: relay, waiting: settings.lanes,
            logger: logger)
        // Nobody waits for a repair.
        ladder.progress = nil
        healer = Healer(
            ladder: ladder, holder: holder, labels: labels, repairs: RepairStore(pool: pool), relay: relay,
            logger: logger)
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

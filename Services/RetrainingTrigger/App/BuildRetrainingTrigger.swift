import Contracts
import Embeddings
import Logging
import Messaging
import Observability
import Postgres
import RabbitMQ
import RetrainingTriggerCore
import RetrainingTriggerMLflow
package import ServiceKit
import TriageModel

/// Everything retraining-trigger runs, dependencies first. Tests call it as `Main` does.
/// - Parameter trainer: another one than the embedded.
package func buildRetrainingTrigger(
    _ settings: RetrainingTriggerSettings, _ context: ServiceContext, trainer: (any ModelTrainer)? = nil
) async throws -> [ServicePart] {
    let logger = context.logger
    let broker = context.common.broker
    let pool = DatabasePool(configuration: context.common.database, logger: logger)
    let publisher = Publisher(configuration: broker, topology: Topology.brokerTopology(), logger: logger)
    let outbox = Outbox(schema: "training", pool: pool)
    let relay = Relay(outbox: outbox, publisher: publisher, service: .retrainingTrigger, logger: logger)
    // A wake that nobody has seen yet stands for all that follow.
    let (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let wake: @Sendable () -> Void = { continuation.yield() }

    let trainings = TrainingStore(pool: pool, outbox: outbox, owner: Identifier().description)
    let registry = RegistryStore(pool: pool, outbox: outbox)
    let rollouts = RolloutStore(pool: pool, outbox: outbox)
    let telling = RolloutTelling(relay: relay, wake: wake, logger: logger)
    let feedback = FeedbackStore(pool: pool)
    let child = ChildProgram(
        program: settings.limits.program, memoryMegabytes: settings.memoryMegabytes, timeout: settings.timeout)
    let trainer =
        try trainer ?? settings.trainer.trainer(child: child, timeout: settings.timeout, logger: logger)
    let steps = TrainingSteps(
        feedback: feedback, labels: LabelSetStore(pool: pool), trainings: trainings, registry: registry,
        rollouts: rollouts,
        planning: settings.rollout, base: try settings.baseModel ?? TriageModel.base(), trainer: trainer, child: child,
        maximumCandidateBytes: settings.trainer.candidateMegabytes << 20,
        load: settings.trainer.load(program: settings.limits.program, logger: logger), workFolder: settings.workFolder,
        cap: settings.influence, limits: settings.validation, gate: settings.gate,
        vectors: try settings.embeddings.map {
            SnapshotVectors(
                client: try EmbeddingsClient($0, logger: logger), timeout: settings.timeout, logger: logger)
        }, logger: logger)
    let loop = TrainingLoop(
        store: trainings, registry: registry, steps: steps,
        policy: settings.trigger,
        limits: settings.limits, relay: relay, wakes: wakes, wake: wake, logger: logger)
    let feedbackConsumer = EventConsumer(
        queue: Topology.feedback, configuration: broker, publisher: publisher, logger: logger,
        handler: FeedbackHandler(store: feedback, rollouts: rollouts, telling: telling, wake: wake, logger: logger)
            .handle)
    let controlConsumer = EventConsumer(
        queue: Topology.control, configuration: broker, publisher: publisher, maximumBatch: 10, logger: logger,
        handler: ControlHandler(
            trainings: trainings, rollouts: rollouts, telling: telling, relay: relay, wake: wake, logger: logger
        ).handle)
    let observationConsumer = EventConsumer(
        queue: Topology.observations, configuration: broker, publisher: publisher, maximumBatch: 10, logger: logger,
        handler: ObservationHandler(rollouts: rollouts, telling: telling, logger: logger).handle)
    let labelConsumer = EventConsumer(
        queue: Topology.trainingLabels, configuration: broker, publisher: publisher, maximumBatch: 100, logger: logger,
        handler: LabelHandler(store: LabelSetStore(pool: pool), wake: wake, logger: logger).handle)
    let clock = RolloutClock(
        rollouts: rollouts, telling: telling, interval: settings.limits.rolloutTick, logger: logger)

    let erasures = ErasureStore(pool: pool, outbox: outbox, relay: relay)
    let snapshots = ErasedSnapshots(path: settings.workFolder)
    let erasureConsumer = EventConsumer(
        queue: Topology.trainingErasures, configuration: broker, publisher: publisher, maximumBatch: 100,
        logger: logger,
        handler: ErasureHandler(store: erasures, snapshots: snapshots, logger: logger).handle)

    context.health.register("database") {
        do throws(DatabaseError) {
            try await pool.ping()
            return .pass
        } catch {
            return .fail(error.reason)
        }
    }
    context.health.registerConnection("broker") {
        publisher.isConnected && feedbackConsumer.isConnected && controlConsumer.isConnected
            && observationConsumer.isConnected && labelConsumer.isConnected
    }

    if let remote = trainer as? RemoteTrainer {
        // Never in the way: trainings wait, serving doesn't.
        context.health.register("trainer") { remote.state.current.map { .warn($0) } ?? .pass }
    }

    let mirror = settings.mlflow.map { configuration in
        MirrorLoop(
            store: MirrorStore(pool: pool, target: "\(configuration.url) \(configuration.model)"),
            mirror: MLflowMirror(MLflowClient(configuration, logger: logger)), configuration: configuration,
            logger: logger)
    }
    if let mirror {
        // Never in the way: who serves goes by the own registry.
        context.health.register("mlflow") { mirror.state.current.map { .warn($0) } ?? .pass }
    }

    return [
        ServicePart("database") { try await pool.run() },
        ServicePart("publisher") { try await publisher.run() },
        ServicePart("relay", relay),
        ServicePart("trainings") { try await loop.run() },
        ServicePart("feedback", feedbackConsumer),
        ServicePart("control", controlConsumer),
        ServicePart("labels", labelConsumer),
        ServicePart("observations", observationConsumer),
        ServicePart("rollouts") { try await clock.run() },
        ServicePart("erasures", erasureConsumer),
        ServicePart("sweep", run: ErasureSweep(store: erasures, snapshots: snapshots, logger: logger).run),
    ] + (mirror.map { mirror in [ServicePart("mlflow") { try await mirror.run() }] } ?? [])
}

extension ServiceRunner.Plan where OwnSettings == RetrainingTriggerSettings {
    /// The process `retraining-trigger`.
    package static var retrainingTrigger: ServiceRunner.Plan<RetrainingTriggerSettings> {
        ServiceRunner.Plan(
            name: .retrainingTrigger, defaultAdminPort: 9_103, databaseRole: "triageloop_training",
            read: { RetrainingTriggerSettings(reader: &$0) }, build: { try await buildRetrainingTrigger($0, $1) })
    }
}

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
    let feedback = FeedbackStore(pool: pool)
    let child = ChildProgram(
        program: settings.limits.program, memoryMegabytes: settings.memoryMegabytes, timeout: settings.timeout)
    let steps = TrainingSteps(
        feedback: feedback, registry: registry, base: try TriageModel.base(),
        trainer: trainer ?? EmbeddedTrainer(child: child), child: child, workFolder: settings.workFolder,
        vectors: try settings.embeddings.map {
            SnapshotVectors(
                client: try EmbeddingsClient($0, logger: logger), timeout: settings.timeout, logger: logger)
        }, logger: logger)
    let loop = TrainingLoop(
        store: trainings, registry: registry, steps: steps,
        policy: TriggerPolicy(minimumFeedback: settings.minimumFeedback, cooldown: settings.cooldown),
        limits: settings.limits, relay: relay, wakes: wakes, wake: wake, logger: logger)
    let feedbackConsumer = EventConsumer(
        queue: Topology.feedback, configuration: broker, publisher: publisher, logger: logger,
        handler: FeedbackHandler(store: feedback, wake: wake, logger: logger).handle)
    let controlConsumer = EventConsumer(
        queue: Topology.control, configuration: broker, publisher: publisher, maximumBatch: 10, logger: logger,
        handler: ControlHandler(trainings: trainings, relay: relay, wake: wake, logger: logger).handle)

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

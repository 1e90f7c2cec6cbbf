import Contracts
import Embeddings
import Foundation
import Logging
import Messaging
import Observability
import Postgres
import RabbitMQ
import RetrainingTrigger
import RetrainingTriggerCore
import RetrainingTriggerMLflow
import ServiceKit
import Settings
import Synchronization
import TestSupport

/// retraining-trigger on a database and a virtual host of its own, with a hand to send events and an ear for its own.
struct TrainingHarness: Sendable {
    let database: TestDatabase
    let pool: DatabasePool
    let broker: BrokerConfiguration
    let publisher: Publisher
    let bus: EventTap
    let workFolder: String
    var embeddings: EmbeddingsConfiguration?
    var mlflow: MLflowConfiguration?
    var rollout = RolloutPlanning.blueGreen
    var gate = GateLimits()

    /// Runs `body` with replicas that are ready; they are cancelled after it.
    static func run(
        minimum: Int = 1_000, replicas: Int = 1, trainer: (any ModelTrainer)? = nil,
        embeddings: EmbeddingsConfiguration? = nil, mlflow: MLflowConfiguration? = nil, gate: GateLimits = GateLimits(),
        rollout: RolloutPlanning = .blueGreen,
        before: @escaping @Sendable (DatabasePool) async throws -> Void = { _ in },
        _ body: @escaping @Sendable (TrainingHarness) async throws -> Void
    ) async throws {
        try await withMigratedDatabase { database in
            try await withBroker { broker in
                try await database.withPool { pool in
                    try await before(pool)
                    let folder = NSTemporaryDirectory() + "training-" + UUID().uuidString
                    defer { try? FileManager.default.removeItem(atPath: folder) }  // the test is over
                    let harness = TrainingHarness(
                        database: database, pool: pool, broker: broker,
                        publisher: Publisher(configuration: broker, logger: testLogger), bus: EventTap(),
                        workFolder: folder, embeddings: embeddings, mlflow: mlflow, rollout: rollout, gate: gate)
                    try await harness.run(minimum: minimum, replicas: replicas, trainer: trainer, body)
                }
            }
        }
    }

    private func run(
        minimum: Int, replicas: Int, trainer: (any ModelTrainer)?,
        _ body: @escaping @Sendable (TrainingHarness) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await publisher.run() }
            group.addTask { try await bus.run(broker) }
            try await bus.isListening()
            for _ in 0..<replicas { group.addTask { try await replica(minimum: minimum, trainer: trainer) } }
            group.addTask {
                try await publisher.waitUntilConnected()
                if replicas > 0 { try await installed() }
                try await body(self)
            }
            // Only the body ends by itself, or one of them by an error.
            try await group.next()
            group.cancelAll()
        }
    }

    /// One replica, until it is cancelled.
    func replica(minimum: Int = 1_000, trainer: (any ModelTrainer)? = nil) async throws {
        var settings = RetrainingTriggerSettings(workFolder: workFolder, minimumFeedback: minimum)
        settings.trigger.cooldown = .zero
        settings.trigger.labelsQuiet = .zero
        settings.embeddings = embeddings
        settings.mlflow = mlflow
        settings.rollout = rollout
        settings.limits.rolloutTick = .milliseconds(200)
        settings.gate = gate
        settings.limits.poll = .milliseconds(200)
        settings.limits.lease = .seconds(2)
        settings.limits.heartbeat = .milliseconds(300)
        settings.limits.pause = .milliseconds(50)
        settings.limits.program = try Self.program()
        var reader = SettingsReader(environment: [
            "TRIAGELOOP_AMQP_URL": broker.url, "TRIAGELOOP_DATABASE_URL": database.url(role: "triageloop_training"),
            "TRIAGELOOP_ADMIN_PORT": "0",
        ])
        let context = ServiceContext(
            name: .retrainingTrigger,
            common: CommonSettings(
                reader: &reader, service: .retrainingTrigger, defaultAdminPort: 0, databaseRole: "triageloop_training"),
            health: HealthRegistry(), metrics: PrometheusRegistry(), logger: testLogger)
        try reader.finish()
        let parts = try await buildRetrainingTrigger(settings, context, trainer: trainer)
        // Stopped as the service is, the last first; unstructured, because a group would cancel all at once.
        let tasks = parts.map { part in Task { try await part.run() } }
        // Only cancellation ends the sleep.
        try? await Task.sleep(for: .seconds(3_600))
        for task in tasks.reversed() {
            task.cancel()
            _ = await task.result
        }
    }

    /// The built executable: the test's own doesn't know the child commands.
    private static func program() throws -> String {
        guard let folder = ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_BIN"] else {
            throw TrainingTestFailure(
                description: "TRIAGELOOP_TEST_BIN is not set: run the tests with deploy/local/test")
        }
        return folder + "/retraining-trigger"
    }

    /// Until the service has declared its queues: what is sent before would go nowhere.
    func installed() async throws {
        _ = try await bus.first(RolloutChanged.self) { $0.generation == 1 }
    }

    func send<Payload: EventPayload>(_ events: [CloudEvent<Payload>]) async throws {
        let failures = await publisher.publish(
            contentsOf: try events.map { event in
                OutgoingMessage(
                    exchange: Topology.events.name, routingKey: event.type.rawValue, body: try EventCoder.encode(event),
                    properties: MessageProperties(
                        messageID: event.id.description, correlationID: event.correlationID, type: event.type.rawValue,
                        isPersistent: true))
            })
        if let failure = failures.compactMap({ $0 }).first { throw failure }
    }

    func count(_ sql: String) async throws -> Int { try await pool.query(sql).one().decode(at: 0) }

    func text(_ sql: String) async throws -> String? { try await pool.query(sql).one().decode(at: 0) }
}

/// Why a test can't go on.
struct TrainingTestFailure: Error, CustomStringConvertible {
    let description: String
}

let testLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// What the service says on the bus, kept and waited for.
final class EventTap: Sendable {
    private struct State {
        var deliveries: [Delivery] = []
        var consumer: Consumer?
    }
    private let state = Mutex(State())

    func run(_ broker: BrokerConfiguration) async throws {
        var topology = BrokerTopology()
        topology.exchanges = [ExchangeDeclaration(name: Topology.events.name, kind: .topic)]
        topology.queues = [QueueDeclaration(name: "tap", isDurable: false, isExclusive: true, isAutoDelete: true)]
        topology.bindings = [BindingDeclaration(queue: "tap", exchange: Topology.events.name, routingKey: "#")]
        let consumer = Consumer(
            configuration: broker, queue: ConsumerQueue(name: "tap", topology: topology), prefetch: 100,
            maximumBatch: 100, isNoAck: true, logger: testLogger)
        state.withLock { $0.consumer = consumer }
        try await consumer.run { deliveries, _ in self.state.withLock { $0.deliveries += deliveries } }
    }

    func isListening() async throws {
        try await eventually("the tap listens") { self.state.withLock { $0.consumer }?.isConnected ?? false }
    }

    /// The routing keys of all, in the order of arrival.
    var routingKeys: [String] { state.withLock { $0.deliveries.map(\.routingKey) } }

    /// Everything of one type, in the order of arrival; what came twice is there once.
    func all<Payload: EventPayload>(_ type: Payload.Type) throws -> [CloudEvent<Payload>] {
        var seen: Set<Identifier> = []
        return try state.withLock { $0.deliveries }.filter { $0.routingKey == Payload.eventType.rawValue }
            .map { try EventCoder.decode(type, from: $0.body) }.filter { seen.insert($0.id).inserted }
    }

    /// The first event whose payload fits, now or later.
    func first<Payload: EventPayload>(
        _ type: Payload.Type, within limit: Duration = .seconds(120), where fits: (Payload) -> Bool
    ) async throws -> CloudEvent<Payload> {
        var found: CloudEvent<Payload>?
        try await eventually("\(Payload.eventType.rawValue) that fits", within: limit) {
            found = try all(type).first { fits($0.data) }
            return found != nil
        }
        guard let found else { throw TrainingTestFailure(description: "unreachable") }
        return found
    }
}

/// Feedback of a team that has a category which the shipped model does not know.
enum TrainingSamples {
    private static let subjects = ["invoice", "refund", "payment", "receipt", "tax rate", "credit card"]
    private static let customers = ["a reseller", "the school", "our largest client", "a new shop", "the museum"]
    private static let wishes = ["is charged twice", "shows the wrong amount", "has no number", "is late again"]

    static func title(number: Int) -> String {
        "The \(subjects[number % 6]) of \(customers[number % 5]) \(wishes[number % 4]), case \(number)"
    }

    static func feedback(_ count: Int, story: Story? = nil) -> [CloudEvent<FeedbackRecorded>] {
        (0..<count).map { feedback(number: $0, story: story) }
    }

    static func feedback(number: Int, body: String = "", story: Story? = nil) -> CloudEvent<FeedbackRecorded> {
        let title = title(number: number)
        let task = TaskSnapshot(
            taskID: Identifier(), tenant: "default", project: "shop", author: "ada", title: title, body: body,
            revision: 1, createdAt: .now)
        let judged = JudgedField(
            field: .category, value: .text("billing"), provenance: .corrected, suggested: .text("bug"),
            confidence: 0.4)
        return CloudEvent(
            source: .taskAPI, subject: task.taskID.description,
            story: story ?? Story(correlationID: Identifier().description),
            data: FeedbackRecorded(
                feedbackID: Identifier(), task: task, user: "mia", fields: [judged], modelVersion: "base-1",
                recordedAt: .now))
    }

    static func request(
        _ action: RolloutAction, _ version: String? = nil, reason: String = "it is slow"
    ) -> CloudEvent<RolloutRequested> {
        CloudEvent(
            source: .taskAPI, subject: version ?? "previous", story: Story(correlationID: Identifier().description),
            data: RolloutRequested(action: action, version: version, reason: reason, requestedBy: "mia"))
    }
}

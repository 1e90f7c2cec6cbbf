import Contracts
import Logging
import RabbitMQ
import TestSupport

/// Listens to the events that features are made of, so that each can be delivered once more.
struct FeatureRecorder: Sendable {
    private static let queue = "test.features"
    private static let types: [EventType] = [.taskCreated, .taskEdited, .feedbackRecorded]

    let system: RunningSystem

    /// From now on; once a service has declared the exchange.
    func start() async throws {
        let session = try await open()
        _ = try await session.declare(
            QueueDeclaration(name: Self.queue, arguments: ["x-queue-type": .string("quorum")]))
        for type in Self.types {
            try await session.declare(
                BindingDeclaration(queue: Self.queue, exchange: Topology.events.name, routingKey: type.rawValue))
        }
        await session.close()
    }

    /// Delivers everything that it heard to the queues of ai-analyzer once more.
    /// - Returns: how many.
    func repeatAll() async throws -> Int {
        let session = try await open()
        var messages: [OutgoingMessage] = []
        // Not acknowledged: they go with the test's virtual host.
        while let heard = try await session.get(Self.queue) {
            let isFeedback = heard.routingKey == EventType.feedbackRecorded.rawValue
            messages.append(
                OutgoingMessage(
                    exchange: "", routingKey: (isFeedback ? Topology.analyzerFeatures : Topology.analyzerTasks).name,
                    body: heard.body, properties: heard.properties))
        }
        await session.close()
        let publisher = Publisher(configuration: system.broker, logger: Logger(label: "test"))
        return try await withThrowingTaskGroup(of: Void.self) { [messages] group in
            group.addTask { try await publisher.run() }
            try await publisher.waitUntilConnected()
            var count = 0
            for start in stride(from: 0, to: messages.count, by: 1_000) {
                let failures = await publisher.publish(
                    contentsOf: Array(messages[start..<min(start + 1_000, messages.count)]))
                count += failures.count { $0 == nil }
            }
            group.cancelAll()
            return count
        }
    }

    /// Messages that nobody took yet.
    func waiting(in queue: String) async throws -> Int {
        let session = try await open()
        let count = try await session.queueStatus(queue).messages
        await session.close()
        return Int(count)
    }

    private func open() async throws -> BrokerSession {
        try await BrokerSession.open(system.broker, logger: Logger(label: "test"))
    }
}

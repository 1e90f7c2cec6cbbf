import Contracts
import Logging
import RabbitMQ
import TestSupport

extension RunningSystem {
    /// Ends a service, as an operator does.
    func stop(_ name: ServiceName) async {
        // A service that isn't there needn't be ended.
        guard let service = try? service(name) else { return }
        await service.end()
    }

    /// Tells that tasks were created and judged, as task-api does.
    func publish(_ tasks: [TaskSnapshot]) async throws {
        let session = try await BrokerSession.open(broker, logger: Logger(label: "test"))
        for task in tasks {
            let story = Story(correlationID: "late")
            let created = CloudEvent(
                source: .taskAPI, subject: task.taskID.description, story: story, sequence: 1,
                data: TaskCreated(task: task))
            let judged = CloudEvent(
                source: .taskAPI, subject: task.taskID.description, story: story, sequence: 1,
                data: FeedbackRecorded(
                    feedbackID: Identifier(), task: task, user: "mia",
                    fields: [
                        JudgedField(
                            field: .category, value: .text("billing"), provenance: .human, suggested: nil,
                            confidence: nil)
                    ], modelVersion: nil, analysedAt: nil, recordedAt: .now))
            try await session.publish(Self.message(created))
            try await session.publish(Self.message(judged))
        }
        await session.close()
    }

    private static func message(_ event: CloudEvent<some EventPayload>) throws -> OutgoingMessage {
        OutgoingMessage(
            exchange: Topology.events.name, routingKey: event.type.rawValue, body: try EventCoder.encode(event),
            properties: MessageProperties(
                messageID: event.id.description, correlationID: event.correlationID, type: event.type.rawValue,
                isPersistent: true))
    }
}

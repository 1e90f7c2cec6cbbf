package import Contracts
import Postgres
import RabbitMQ

/// An event on its way out: the row in the outbox and the message on the wire.
package struct OutboxMessage: Sendable, Hashable {
    package let eventID: Identifier
    /// The event's type, which is its routing key.
    package let type: String
    package let correlationID: String
    package let traceparent: String?
    /// The structured CloudEvent.
    package let body: [UInt8]

    package init(eventID: Identifier, type: String, correlationID: String, traceparent: String?, body: [UInt8]) {
        self.eventID = eventID
        self.type = type
        self.correlationID = correlationID
        self.traceparent = traceparent
        self.body = body
    }

    /// - Throws: `EventCoder.Rejection` when the payload breaks a rule of its type.
    package init(_ event: CloudEvent<some EventPayload>) throws {
        self.init(
            eventID: event.id, type: event.type.rawValue, correlationID: event.correlationID,
            traceparent: event.traceparent, body: try EventCoder.encode(event))
    }
}

extension OutgoingMessage {
    /// The AMQP 0-9-1 form of an event (STANDARDS section 1): persistent and mandatory.
    init(_ message: OutboxMessage, service: ServiceName, at time: EventTime) {
        self.init(
            exchange: Topology.events.name, routingKey: message.type, body: message.body,
            properties: MessageProperties(
                contentType: "application/cloudevents+json", messageID: message.eventID.description,
                correlationID: message.correlationID, type: message.type, appID: service.rawValue,
                timestampSeconds: time.secondsSinceEpoch, isPersistent: true,
                headers: message.traceparent.map { ["traceparent": .string($0)] } ?? [:]))
    }
}

extension OutgoingMessage {
    /// A transient event (`EventType.isTransient`): not persistent, not mandatory, and soon gone from a full queue.
    package init(transient message: OutboxMessage, service: ServiceName, at time: EventTime) {
        self.init(message, service: service, at: time)
        isMandatory = false
        properties.isPersistent = false
        properties.expirationMilliseconds = Topology.transientLifetimeMilliseconds
    }
}

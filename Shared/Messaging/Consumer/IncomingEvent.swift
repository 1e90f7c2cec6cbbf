package import Contracts
package import RabbitMQ

/// A delivery that claims to be an event of ours.
package struct IncomingEvent: Sendable {
    package static let attemptHeader = "x-attempt"
    /// A quorum queue's own.
    static let deliveryCountHeader = "x-delivery-count"

    package let delivery: Delivery
    package let type: EventType

    /// The body, decoded and checked.
    package func decode<Payload: EventPayload>(
        _ payload: Payload.Type
    ) throws(EventCoder.Rejection) -> CloudEvent<Payload> {
        try EventCoder.decode(payload, from: delivery.body)
    }

    /// The type a delivery claims: by its `type` property, else by its routing key; `nil` if it is none of ours.
    package init?(_ delivery: Delivery) {
        let claim = delivery.properties.type ?? delivery.routingKey
        guard let type = EventType(rawValue: claim) else { return nil }
        self.delivery = delivery
        self.type = type
    }
}

extension Delivery {
    /// How often it was delivered before without an answer, by the broker's count on this queue.
    var unanswered: Int {
        guard case .int(let value)? = properties.headers[IncomingEvent.deliveryCountHeader] else { return 0 }
        return max(0, Int(value))
    }

    /// How often it has been tried before, by our own count.
    var attempt: Int {
        guard case .int(let value)? = properties.headers[IncomingEvent.attemptHeader] else { return 0 }
        return max(0, Int(value))
    }
}

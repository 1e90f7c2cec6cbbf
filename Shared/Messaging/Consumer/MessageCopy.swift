import Contracts
import RabbitMQ

extension OutgoingMessage {
    /// The message without what its first sender put into the headers.
    var withOwnHeadersOnly: OutgoingMessage {
        var message = self
        message.properties.headers = properties.headers.filter { Delivery.ownHeaders.contains($0.key) }
        return message
    }
}

extension Delivery {
    /// The headers that we add to copies.
    fileprivate static let ownHeaders: Set<String> = [
        "x-error-code", "x-error-reason", "x-broken-rules", "x-origin-queue", "x-origin-routing-key",
        IncomingEvent.attemptHeader,
    ]

    /// The properties of a copy that nothing but its reader takes away: an `expiration` would, from the dead letters too.
    private var lasting: MessageProperties {
        var copy = properties
        copy.isPersistent = true
        copy.expirationMilliseconds = nil
        copy.headers[IncomingEvent.deliveryCountHeader] = nil
        return copy
    }

    /// The message as it goes to a waiting room, one attempt older.
    func copyForRetry(in queue: WorkQueue, delay: Int, attempt: Int) -> OutgoingMessage {
        var copy = lasting
        copy.headers[IncomingEvent.attemptHeader] = .int(Int64(attempt))
        return OutgoingMessage(
            exchange: Topology.retry.name, routingKey: queue.retryQueue(delayMilliseconds: delay), body: body,
            properties: copy)
    }

    /// The message as it goes to the dead letters, with the reason.
    func copyForBurial(in queue: WorkQueue, reason: DeadLetterReason) -> OutgoingMessage {
        var copy = lasting
        copy.headers["x-error-code"] = .string(reason.code.rawValue)
        copy.headers["x-error-reason"] = .string(String(reason.reason.prefix(1_000)))
        copy.headers["x-broken-rules"] = .string(
            reason.brokenRules.map(\.text).joined(separator: "; "))
        copy.headers["x-origin-queue"] = .string(queue.name)
        copy.headers["x-origin-routing-key"] = .string(routingKey)
        copy.headers[IncomingEvent.attemptHeader] = .int(Int64(reason.attempt))
        return OutgoingMessage(
            exchange: Topology.deadLetters.name, routingKey: queue.name, body: body, properties: copy)
    }
}

import Contracts
import RabbitMQ

extension Delivery {
    /// The message as it goes to a waiting room, one attempt older.
    func copyForRetry(in queue: WorkQueue, delay: Int, attempt: Int) -> OutgoingMessage {
        var copy = properties
        copy.isPersistent = true
        copy.headers[IncomingEvent.attemptHeader] = .int(Int64(attempt))
        return OutgoingMessage(
            exchange: Topology.retry.name, routingKey: queue.retryQueue(delayMilliseconds: delay), body: body,
            properties: copy)
    }

    /// The message as it goes to the dead letters, with the reason.
    func copyForBurial(in queue: WorkQueue, reason: DeadLetterReason) -> OutgoingMessage {
        var copy = properties
        copy.isPersistent = true
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

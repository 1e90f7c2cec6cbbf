package import Contracts
package import Logging
import Metrics
import Postgres
package import RabbitMQ
import ServiceLifecycle

/// Consumes one work queue in batches: the handler makes the effects, this settles the deliveries.
///
/// At-least-once: a delivery is acknowledged only after its effect is committed, or its copy is confirmed in a waiting
/// room or among the dead letters. Handlers must absorb duplicates.
package struct EventConsumer: Service {
    /// One transaction for the batch; the answers in its order. Throws when the batch as a whole failed.
    package typealias Handler = @Sendable ([IncomingEvent]) async throws -> [Outcome]
    /// What the others are to hear of an event that is dead; `nil` for nothing.
    package typealias Obituary = @Sendable (IncomingEvent, DeadLetterReason) -> OutboxMessage?

    private let queue: WorkQueue
    private let consumer: Consumer
    private let mover: CopyMover
    private let policy: RetryPolicy
    private let logger: Logger
    private let handler: Handler
    private let obituary: Obituary?
    /// Nil: one batch at a time.
    private let lanes: BatchLanes?

    /// - Parameter lanes: batches that are handled at once, at most; more than one for handlers that wait long on
    ///   others. Each batch is one call of the handler.
    package init(
        queue: WorkQueue, configuration: BrokerConfiguration, publisher: Publisher, maximumBatch: Int = 256,
        lanes: Int = 1, policy: RetryPolicy = RetryPolicy(), logger: Logger, obituary: Obituary? = nil,
        handler: @escaping Handler
    ) {
        self.queue = queue
        self.policy = policy
        self.logger = logger
        self.handler = handler
        self.obituary = obituary
        self.lanes = lanes > 1 ? BatchLanes(limit: lanes) : nil
        let declarations = queue.brokerTopology(policy: policy)
        consumer = Consumer(
            configuration: configuration, queue: ConsumerQueue(name: queue.name, topology: declarations),
            prefetch: UInt16(clamping: maximumBatch * 3), maximumBatch: maximumBatch, logger: logger)
        let consumer = consumer
        mover = CopyMover(
            queue: queue.name, publisher: publisher, logger: logger, isStopping: { consumer.isStopping })
    }

    package var isConnected: Bool { consumer.status.isConnected }

    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            guard let lanes else {
                return try await consumer.run { deliveries, batch in try await process(deliveries, batch) }
            }
            try await consumer.run(drain: { await lanes.drain() }) { deliveries, batch in
                await lanes.start {
                    do {
                        try await process(deliveries, batch)
                    } catch {
                        logger.warning(
                            "message handler failed", metadata: ["error": "\(error)", "count": "\(deliveries.count)"])
                        batch.requeueUnsettled()
                    }
                }
            }
        }
    }

    private func process(_ deliveries: [Delivery], _ batch: ConsumerBatch) async throws {
        let unanswered = deliveries.map(\.unanswered)
        let suspects = unanswered.count { $0 >= CrashSuspects.suspectFrom }
        guard suspects > 0 else { return try await handleAndSettle(deliveries, batch) }
        logger.warning(
            "messages come again and again without an answer; each is handled alone",
            metadata: ["queue": "\(queue.name)", "events": "\(suspects)"])
        var generator = SystemRandomNumberGenerator()
        for group in CrashSuspects.groups(unanswered: unanswered, using: &generator) {
            try await handleAndSettle(group.map { deliveries[$0] }, batch)
        }
    }

    private func handleAndSettle(_ deliveries: [Delivery], _ batch: ConsumerBatch) async throws {
        var outcomes = [Outcome?](repeating: nil, count: deliveries.count)
        var events: [IncomingEvent] = []
        var positions: [Int] = []
        for (index, delivery) in deliveries.enumerated() {
            if let event = IncomingEvent(delivery), queue.consumes.contains(event.type) {
                events.append(event)
                positions.append(index)
            } else {
                let claim = delivery.properties.type ?? delivery.routingKey
                outcomes[index] = .deadLetter(
                    code: .unknownEventType, reason: "\(claim) is not consumed by \(queue.name)", brokenRules: [])
            }
        }
        if !events.isEmpty {
            let handled = try await handle(events)
            for (position, outcome) in zip(positions, handled) { outcomes[position] = outcome }
        }
        await settle(deliveries, outcomes.map { $0 ?? .retry(reason: "the handler gave no answer") }, batch)
    }

    /// Runs the handler until it has an answer for each event; throws only when cancelled, or when a dependency is away
    /// while the consumer ends.
    private func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var pause = Duration.milliseconds(50)
        while true {
            try Task.checkCancellation()
            do {
                return try await handler(events)
            } catch {
                try Task.checkCancellation()
                switch BatchFailure.decide(isInfrastructure: Self.isInfrastructure(error), count: events.count) {
                case .pause:
                    // Nobody waits for a dependency that may have ended before us: the queue keeps the batch.
                    if consumer.isStopping { throw error }
                    logger.warning(
                        "a dependency is away; the batch waits",
                        metadata: ["queue": "\(queue.name)", "events": "\(events.count)", "reason": "\(error)"])
                    try await Task.sleep(for: pause * Double.random(in: 0.5...1))
                    pause = min(pause * 2, .seconds(2))
                case .split:
                    var outcomes: [Outcome] = []
                    for event in events { outcomes += try await handle([event]) }
                    return outcomes
                case .retrySingle: return [.retry(reason: "\(error)")]
                }
            }
        }
    }

    private func settle(_ deliveries: [Delivery], _ outcomes: [Outcome], _ batch: ConsumerBatch) async {
        var acknowledged: [UInt64] = []
        var copies: [(delivery: Delivery, message: OutgoingMessage)] = []
        var done = 0
        for (delivery, outcome) in zip(deliveries, outcomes) {
            switch policy.settle(outcome, attempt: delivery.attempt) {
            case .acknowledge:
                acknowledged.append(delivery.tag)
                done += 1
            case .republish(let delay, let attempt, let reason):
                report(delivery, "a message is tried again later", "RETRY", reason, level: .warning)
                copies.append((delivery, delivery.copyForRetry(in: queue, delay: delay, attempt: attempt)))
            case .bury(let reason):
                report(delivery, "a message is dead", reason.code.rawValue, reason.reason, level: .error)
                copies.append((delivery, delivery.copyForBurial(in: queue, reason: reason)))
                if let event = IncomingEvent(delivery), queue.consumes.contains(event.type),
                    let message = obituary?(event, reason)
                {
                    copies.append((delivery, OutgoingMessage(message, service: queue.service, at: .now)))
                }
            }
        }
        count("done", done)
        if !copies.isEmpty {
            let failures = await mover.move(copies.map(\.message))
            // Not all of it confirmed elsewhere: the original must come back.
            let refused = Set(zip(copies, failures).compactMap { $1 == nil ? nil : $0.delivery.tag })
            let moved = Set(copies.map(\.delivery.tag)).subtracting(refused)
            acknowledged += moved
            count("moved", moved.count)
            for tag in refused.sorted() { batch.reject(tag, requeue: true) }
        }
        batch.acknowledge(acknowledged)
    }

    private func report(
        _ delivery: Delivery, _ message: Logger.Message, _ code: String, _ reason: String, level: Logger.Level
    ) {
        logger.log(
            level: level, message,
            metadata: [
                "queue": "\(queue.name)", "event_id": "\(delivery.properties.messageID ?? "")",
                "event_type": "\(delivery.properties.type ?? delivery.routingKey)",
                "correlation_id": "\(delivery.properties.correlationID ?? "")", "error_code": "\(code)",
                "reason": "\(reason)", "attempt": "\(delivery.attempt)",
            ])
    }

    private func count(_ outcome: String, _ number: Int) {
        guard number > 0 else { return }
        Counter(label: "triageloop_deliveries_total", dimensions: [("queue", queue.name), ("outcome", outcome)])
            .increment(by: number)
    }

    private static func isInfrastructure(_ error: any Error) -> Bool {
        switch error {
        case let error as DatabaseError: error.isConnectivity || error.isRetriable
        case let error as BrokerError: error.isRetriable
        default: false
        }
    }
}

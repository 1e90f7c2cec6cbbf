import Contracts
import Logging
import Messaging
import RabbitMQ
import ServiceLifecycle

/// Makes this replica follow the registry: at once when a rollout is announced, and every so often in case the
/// announcement was lost.
struct RolloutFeed: Service {
    /// After an announcement, while the database is away.
    private static let attempts = 5
    private static let pause = Duration.milliseconds(300)

    let holder: ModelHolder
    let configuration: BrokerConfiguration
    let replica: String
    let interval: Duration
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await follow() }
                group.addTask {
                    while true {
                        try await Task.sleep(for: interval)
                        await refresh()
                    }
                }
            }
        }
    }

    private func follow() async throws {
        let consumer = Consumer(
            configuration: configuration, queue: Topology.analyzerControl.consumerQueue(replica: replica),
            prefetch: 50, maximumBatch: 50, isNoAck: true, logger: logger)
        try await consumer.run { deliveries, _ in
            for delivery in deliveries {
                guard let incoming = IncomingEvent(delivery) else { continue }
                do {
                    let event = try incoming.decode(RolloutChanged.self)
                    logger.info(
                        "rollout announced",
                        metadata: [
                            "correlation_id": "\(event.correlationID)", "event_id": "\(event.id)",
                            "model_version": "\(event.data.champion)",
                        ])
                } catch {
                    logger.warning("a rollout event is not one", metadata: ["reason": "\(error)"])
                }
            }
            // Somebody waits for it: not only when the interval is over.
            for attempt in 1...Self.attempts {
                if await refresh() { break }
                if attempt < Self.attempts { try await Task.sleep(for: Self.pause) }
            }
        }
    }

    /// - Returns: whether the registry answered.
    @discardableResult private func refresh() async -> Bool {
        do {
            try await holder.refresh()
            return true
        } catch {
            logger.warning("the model registry can't be read", metadata: ["reason": "\(error)"])
            return false
        }
    }
}

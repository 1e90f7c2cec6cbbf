import Contracts
import Logging
import Messaging
import RabbitMQ
import ServiceLifecycle

/// Feeds the hub from this replica's own queue, without acknowledgements: what is lost here, a reload shows.
struct StreamFeed: Service {
    let hub: StreamHub
    let configuration: BrokerConfiguration
    let replica: String
    let logger: Logger

    func run() async throws {
        let consumer = Consumer(
            configuration: configuration, queue: Topology.stream.consumerQueue(replica: replica), prefetch: 1_000,
            maximumBatch: 500, isNoAck: true, logger: logger)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                try await consumer.run { deliveries, _ in hub.accept(deliveries.compactMap { IncomingEvent($0) }) }
            }
            group.addTask {
                while !Task.isCancelled {
                    try await Task.sleep(for: .seconds(15))
                    hub.keepAlive()
                }
            }
            group.addTask {
                var wasConnected = false
                for await status in consumer.statusUpdates {
                    if status.isConnected, wasConnected { hub.reset() }
                    wasConnected = wasConnected || status.isConnected
                }
            }
            try await gracefulShutdown()
            hub.close()
            group.cancelAll()
        }
    }
}

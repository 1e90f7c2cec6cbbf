import Contracts
import Logging
import Messaging
import RabbitMQ
import ServiceLifecycle

/// Makes this replica go by label sets as soon as they are announced, whichever replica writes them down; and by what is
/// written every so often, in case an announcement was lost.
struct LabelFeed: Service {
    let sets: LabelSets
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
                        do {
                            try await sets.refresh()
                        } catch {
                            try Task.checkCancellation()
                            logger.warning("the label sets can't be read", metadata: ["reason": "\(error)"])
                        }
                    }
                }
            }
        }
    }

    private func follow() async throws {
        let consumer = Consumer(
            configuration: configuration, queue: Topology.analyzerLabelNews.consumerQueue(replica: replica),
            prefetch: 50, maximumBatch: 50, isNoAck: true, logger: logger)
        try await consumer.run { deliveries, _ in
            for delivery in deliveries {
                guard let incoming = IncomingEvent(delivery) else { continue }
                do {
                    let changed = try incoming.decode(LabelsChanged.self).data
                    sets.take(changed.set, of: changed.tenant)
                } catch {
                    // The work queue's copy goes to the dead letters.
                    logger.warning("an event of labels is not one", metadata: ["reason": "\(error)"])
                }
            }
        }
    }
}

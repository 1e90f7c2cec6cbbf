import Contracts
package import Logging
package import RabbitMQ

/// Declares the whole topology at the start, so that no event finds a queue missing, whichever service comes first.
package struct TopologyInstaller: Sendable {
    private let configuration: BrokerConfiguration
    private let policy: RetryPolicy
    private let logger: Logger

    package init(configuration: BrokerConfiguration, policy: RetryPolicy = RetryPolicy(), logger: Logger) {
        self.configuration = configuration
        self.policy = policy
        self.logger = logger
    }

    /// Tries until it is done, then waits for the end of the service; returns on cancellation.
    package func run() async throws {
        var pause = Duration.milliseconds(250)
        while !Task.isCancelled {
            do {
                let session = try await BrokerSession.open(configuration, logger: logger)
                let topology = Topology.brokerTopology(policy: policy)
                do {
                    try await session.declare(topology)
                } catch {
                    await session.close()
                    throw error
                }
                await session.close()
                logger.info("topology declared", metadata: ["queues": "\(topology.queues.count)"])
                break
            } catch {
                logger.warning("the topology can't be declared yet", metadata: ["reason": "\(error)"])
                try await Task.sleep(for: pause * Double.random(in: 0.5...1))
                pause = min(pause * 2, .seconds(5))
            }
        }
        // Done; a part that returns would end the service.
        while !Task.isCancelled { try await Task.sleep(for: .seconds(3_600)) }
    }
}

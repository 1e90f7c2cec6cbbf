import Contracts
import FaultServer
import Logging
import Messaging
import RabbitMQ
import TestSupport
import Testing

/// What becomes of bad messages while the broker takes none from us.
@Suite struct BurialTests {
    private let queue = Topology.analyzerTasks

    @Test func `a bad message waits until it can be buried, and is buried once, with its reason`() async throws {
        try await withBroker { broker in
            let proxy = try await TestBrokerProxy(upstream: broker.endpoints[0])
            await proxy.refuse()
            var cutOff = broker
            cutOff.endpoints = [proxy.endpoint]
            let publisher = Publisher(
                configuration: cutOff, topology: Topology.brokerTopology(), logger: testLogger)
            let calls = Tally()
            let consumer = EventConsumer(
                queue: queue, configuration: broker, publisher: publisher, logger: testLogger
            ) { events in
                calls.add()
                return events.map { _ in .deadLetter(code: .invalidEvent, reason: "no good", brokenRules: []) }
            }
            let parts = [Task { try await publisher.run() }, Task { try await consumer.run() }]
            let session = try await BrokerSession.open(broker, logger: testLogger)
            try await eventually("the consumer is there") { consumer.isConnected }
            try await session.publish(
                OutgoingMessage(
                    exchange: "", routingKey: queue.name, body: Array("{}".utf8),
                    properties: MessageProperties(
                        messageID: Identifier().description, type: EventType.taskCreated.rawValue)))

            // Long enough for what is given back at once to come twenty times.
            let refused = await proxy.refusedCount
            try await eventually("the publisher has tried four times more") { await proxy.refusedCount >= refused + 4 }
            #expect(calls.count == 1)
            await proxy.heal()
            var letter: Delivery?
            try await eventually("it is buried") {
                letter = try await session.get(queue.deadLetterQueue)
                return letter != nil
            }
            #expect(letter?.properties.headers["x-error-code"] == .string(ErrorCode.invalidEvent.rawValue))
            #expect(letter?.properties.headers["x-error-reason"] == .string("no good"))
            #expect(calls.count == 1)
            #expect(try await session.get(queue.deadLetterQueue) == nil)
            await session.close()
            for part in parts.reversed() {
                part.cancel()
                try await part.value
            }
        }
    }
}

import Contracts
import Logging
import RabbitMQ
import TestSupport
import Testing

extension RunningSystem: PageHost {
    var pageURL: String { url }
    func stopAnalyzer() async throws { try await service(.aiAnalyzer).end() }
    func startAnalyzer() async throws { try service(.aiAnalyzer).start() }
}

/// The page in a real headless browser, on the real services.
@Suite(.serialized) struct PageTests {
    private let logger = Logger(label: "test")

    @Test func `a person enters a task, sees its suggestion arrive, accepts and corrects`() async throws {
        try await RunningSystem.run { system in
            try await PageStories(host: system, logger: logger).suggestAcceptAndCorrect()
        }
    }

    @Test func `with the analyzer down the page says so, and shows the suggestion when it is back`() async throws {
        try await RunningSystem.run { system in
            try await PageStories(host: system, logger: logger).saveWithTheAnalyzerDown()
        }
    }

    @Test func `what a model writes is shown while it writes, as text, and goes when the analysis is there`()
        async throws
    {
        try await RunningSystem.run { system in
            try await PageStories(host: system, logger: logger).watchTheModelWrite { event in
                let session = try await BrokerSession.open(system.broker, logger: logger)
                try await session.publish(
                    OutgoingMessage(
                        exchange: Topology.events.name, routingKey: event.type.rawValue,
                        body: try EventCoder.encode(event),
                        properties: MessageProperties(type: event.type.rawValue, isPersistent: false)))
                await session.close()
            }
        }
    }

    @Test func `markup in a task is shown as text`() async throws {
        try await RunningSystem.run { system in
            try await PageStories(host: system, logger: logger).showMarkupAsText()
        }
    }

    @Test func `long words stay within the window, and long titles take little room`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            try await PageStories(host: system, logger: logger).stayWithinTheWindow()
        }
    }

    @Test func `an address without a task says so once`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            try await PageStories(host: system, logger: logger).sayOnceThatThereIsNoTask()
        }
    }
}

import Contracts
import FaultServer
import Foundation
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

    @Test func `a remote model's words, name and flags are said plainly, and a fallback isn't called simpler`()
        async throws
    {
        let answer =
            #"{"category":{"value":"bug","confidence":0.9},"effort":{"points":8,"confidence":0.8},"#
            + #""reason":"<b>It crashes.</b>"}"#
        let (usual, fallback) = (try ModelServer(.answer(answer)), try ModelServer(.answer(answer)))
        func provider(_ name: String, _ server: ModelServer) -> String {
            #"{"name": "\#(name)", "kind": "openai", "base_url": "\#(server.baseURL)", "versions": [{"name": "v1", "#
                + #""model": "m", "fields": ["category", "effort"], "output": "json_schema"}]}"#
        }
        let file = NSTemporaryDirectory() + "page-providers-\(UUID().uuidString).json"
        let text =
            #"{"providers": [\#(provider("first", usual)), \#(provider("second", fallback))], "#
            + #""fallbacks": {"first/v1": ["second/v1"]}}"#
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }  // What is left in a temporary folder harms nobody.
        try await RunningSystem.run(
            settings: ["TRIAGELOOP_PROVIDERS_FILE": file], starting: [.taskAPI, .aiAnalyzer]
        ) { system in
            try await PageStories(host: system, logger: logger).readARemoteAnswer(usual)
        }
    }

    @Test func `who waits for a suggestion is told so in two steps`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            try await PageStories(host: system, logger: logger).waitInTwoSteps()
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

    @Test func `who is held back is told so and chooses unswayed, another person sees the suggestion`() async throws {
        let settings = ["TRIAGELOOP_HOLD_BACK_SHARE": "50"]
        try await RunningSystem.run(settings: settings, starting: [.taskAPI, .aiAnalyzer]) { system in
            try await PageStories(host: system, logger: logger).judgeWithoutASuggestion()
        }
    }

    @Test func `a task is found by a word and erased, and is gone from the page`() async throws {
        try await RunningSystem.run(starting: [.taskAPI, .aiAnalyzer]) { system in
            try await PageStories(host: system, logger: logger).searchAndErase()
        }
    }

    @Test func `an address without a task says so once`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            try await PageStories(host: system, logger: logger).sayOnceThatThereIsNoTask()
        }
    }
}

import Contracts
import CurlHTTP
import FaultServer
import RabbitMQ
import Synchronization
import TestSupport
import Testing

/// The seventh part of issue 4: what a remote model writes, from its stream to the reader of task-api's.
@Suite(.serialized) struct LiveStreamTests {
    private static let progressed = EventType.analysisProgressed.rawValue
    private static let completed = EventType.analysisCompleted.rawValue

    private static let words = (0..<60).map { "word\($0)" }.joined(separator: " ")
    private static let answer =
        #"{"category":{"value":"bug","confidence":0.9},"reason":"\#(words)"}"#

    @Test func `tokens reach the reader of a task's stream, at most ten times a second, and the end comes last`()
        async throws
    {
        let server = try ModelServer(.typed(Self.answer, pauseMilliseconds: 10))
        try await LadderHarness.run(providers: LadderHarness.providers(server)) { harness in
            // Beside the reader, whose stream would hide what comes too late.
            let tap = RoutingKeys()
            let tapping = Task { try await tap.run(harness.broker) }
            defer { tapping.cancel() }
            try await eventually("the tap listens") { tap.isListening }
            try await harness.reading("/v1/events") { reader in
                let id = try #require(try await harness.create(1).first)
                try await reader.wait(for: Self.completed)
                // Two intervals for what would wrongly be told.
                try await Task.sleep(for: .milliseconds(250))
                let events = reader.events.filter { $0.event.data.contains(id.description) }
                let told = events.filter { $0.event.event == Self.progressed }
                let texts = try told.map { try Self.summary($0.event)["text"]?.stringValue ?? "" }
                let end = try #require(events.first { $0.event.event == Self.completed })
                let writing = try #require(told.last).at - (try #require(told.first)).at
                let afterLastByte = end.at - (try #require(server.lastAnswered))
                print(
                    "live: \(Self.answer.count / 2) pieces, \(told.count) told within \(writing); the end came "
                        + "\(afterLastByte) after the server's last byte")
                // More than one, so that somebody saw it grow; and the rate holds over the whole time.
                #expect(told.count >= 3)
                // An event that comes late makes the time shorter that they seem to need.
                #expect(Double(told.count - 1) <= writing / .milliseconds(100) + 5)
                #expect(texts == texts.sorted { $0.count < $1.count } && Set(texts).count == texts.count)
                #expect(texts.allSatisfy { Self.answer.hasPrefix($0) })
                let source = try Self.summary(try #require(told.first).event)
                #expect(source["rung"]?.stringValue == "provider" && source["provider"]?.stringValue == "gateway")
                #expect(events.last?.event.event == Self.completed)
                #expect(tap.keys.last == Self.completed && tap.keys.count { $0 == Self.progressed } >= told.count)
                #expect(events.count { $0.event.event == Self.completed } == 1)
                // Nothing but its own way: the transaction, the relay, the broker, the projection.
                #expect(afterLastByte < .seconds(2))
            }
        }
    }

    @Test func `of two models that one task is given to in turn, the fallback writes from the start`() async throws {
        let cut = try ModelServer(.rawStream(ModelServer.event(delta: "{\"content\":\"{\\\"category\"}")))
        let well = try ModelServer(.typed(Self.answer, pauseMilliseconds: 10))
        let providers = """
            {"providers": [
              {"name": "first", "kind": "openai", "base_url": "\(cut.baseURL)",
               "versions": [{"name": "v1", "model": "m", "fields": ["category"], "output": "json_schema"}]},
              {"name": "second", "kind": "openai", "base_url": "\(well.baseURL)",
               "versions": [{"name": "v1", "model": "m", "fields": ["category"], "output": "json_schema"}]}],
             "fallbacks": {"first/v1": ["second/v1"]}}
            """
        try await LadderHarness.run(providers: providers) { harness in
            try await harness.reading("/v1/events") { reader in
                _ = try await harness.create(1)
                try await reader.wait(for: Self.completed)
                let told = try reader.events.filter { $0.event.event == Self.progressed }
                    .map { try Self.summary($0.event) }
                let ofSecond = told.filter { $0["provider"]?.stringValue == "second" }
                #expect(!ofSecond.isEmpty)
                #expect(ofSecond.allSatisfy { Self.answer.hasPrefix($0["text"]?.stringValue ?? "-") })
                // Once the second writes, nothing of the first is told.
                #expect(told.drop { $0["provider"]?.stringValue == "first" }.count == ofSecond.count)
                #expect(reader.events.last?.event.event == Self.completed)
            }
        }
    }

    private static func summary(_ event: ServerSentEvent) throws -> JSONValue {
        try #require(try ContractJSON.decode(JSONValue.self, from: Array(event.data.utf8))["summary"])
    }
}

/// The routing keys of everything on the bus, in their order.
private final class RoutingKeys: Sendable {
    private let state = Mutex<(keys: [String], consumer: Consumer?)>(([], nil))

    var keys: [String] { state.withLock { $0.keys } }
    var isListening: Bool { state.withLock { $0.consumer?.isConnected ?? false } }

    func run(_ broker: BrokerConfiguration) async throws {
        var topology = BrokerTopology()
        topology.exchanges = [ExchangeDeclaration(name: Topology.events.name, kind: .topic)]
        topology.queues = [QueueDeclaration(name: "tap", isDurable: false, isExclusive: true, isAutoDelete: true)]
        topology.bindings = [BindingDeclaration(queue: "tap", exchange: Topology.events.name, routingKey: "#")]
        let consumer = Consumer(
            configuration: broker, queue: ConsumerQueue(name: "tap", topology: topology), prefetch: 100,
            maximumBatch: 100, isNoAck: true, logger: testLogger)
        state.withLock { $0.consumer = consumer }
        try await consumer.run { deliveries, _ in
            self.state.withLock { $0.keys += deliveries.map(\.routingKey) }
        }
    }
}

/// What a reader of a stream has got, and when.
private final class Reader: Sendable {
    private let state = Mutex<[(event: ServerSentEvent, at: ContinuousClock.Instant)]>([])

    func add(_ event: ServerSentEvent) { state.withLock { $0.append((event, .now)) } }

    var events: [(event: ServerSentEvent, at: ContinuousClock.Instant)] { state.withLock { $0 } }

    func wait(for type: String) async throws {
        try await eventually("\(type), of \(events.map(\.event.event).suffix(20))") {
            events.contains { $0.event.event == type }
        }
    }
}

extension LadderHarness {
    /// Reads a stream while `body` runs.
    fileprivate func reading(_ path: String, _ body: (Reader) async throws -> Void) async throws {
        let stream = try await http.stream(HTTPRequest(url: api + path, headers: [HTTPHeader("X-User-ID", "ana")]))
        let reader = Reader()
        let reading = Task { for try await event in ServerSentEvents(stream.body) { reader.add(event) } }
        defer { reading.cancel() }
        try #require(stream.status == 200)
        try await body(reader)
    }
}

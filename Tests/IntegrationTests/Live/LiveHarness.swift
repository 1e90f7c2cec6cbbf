import AIAnalyzer
import AIAnalyzerCore
import Contracts
import CurlHTTP
import Logging
import Messaging
import Observability
import Postgres
import RabbitMQ
import ServiceKit
import Settings
import Synchronization
import TaskAPI
import TestSupport

/// task-api on a database and a virtual host of its own, and ai-analyzer's hand: its publisher, its progress.
struct LiveHarness: Sendable {
    let url: String
    let pool: DatabasePool
    let broker: BrokerConfiguration
    /// The relay's connection, as ai-analyzer has it.
    let publisher: Publisher
    let progress: ProgressPublisher
    let http: HTTPClient
    /// Between `publisher` and the broker.
    let proxy: TestBrokerProxy
    private let environment: [String: String]

    static func run(
        limits: ProgressCoalescer.Limits = .init(), settings: [String: String] = [:],
        _ body: @escaping @Sendable (LiveHarness) async throws -> Void
    ) async throws {
        try await withMigratedDatabase { database in
            try await withBroker { broker in
                try await database.withPool { pool in
                    try await run(database, pool, broker, limits, settings, body)
                }
            }
        }
    }

    private static func run(
        _ database: TestDatabase, _ pool: DatabasePool, _ broker: BrokerConfiguration,
        _ limits: ProgressCoalescer.Limits, _ more: [String: String],
        _ body: @escaping @Sendable (LiveHarness) async throws -> Void
    ) async throws {
        var environment = more
        environment["TRIAGELOOP_AMQP_URL"] = broker.url
        environment["TRIAGELOOP_DATABASE_URL"] = database.url(role: "triageloop_task")
        environment["TRIAGELOOP_HTTP_PORT"] = "0"
        environment["TRIAGELOOP_ADMIN_PORT"] = "0"
        let (url, tasks) = try await start(environment)
        let proxy = try await TestBrokerProxy(upstream: broker.endpoints[0])
        var proxied = broker
        proxied.endpoints = [proxy.endpoint]
        let publisher = Publisher(configuration: proxied, topology: Topology.brokerTopology(), logger: testLogger)
        let harness = LiveHarness(
            url: url, pool: pool, broker: broker, publisher: publisher,
            progress: ProgressPublisher(publisher: publisher, limits: limits, logger: testLogger),
            http: HTTPClient(logger: testLogger), proxy: proxy, environment: environment)
        let own = [Task { try await publisher.run() }, Task { await harness.progress.run() }]
        func stop() async {
            harness.http.close()
            for task in own + tasks.reversed() {
                task.cancel()
                _ = await task.result
            }
        }
        do {
            try await publisher.waitUntilConnected()
            // The replica's queue is there once health says so: what is published before goes nowhere.
            try await eventually("the stream's queue is bound") { try await harness.isHeard() }
            try await body(harness)
        } catch {
            await stop()
            throw error
        }
        await stop()
    }

    /// Starts task-api; its address and what runs of it.
    private static func start(_ environment: [String: String]) async throws -> (String, [Task<Void, any Error>]) {
        let (ports, port) = AsyncStream<Int>.makeStream()
        var reader = SettingsReader(environment: environment)
        let common = CommonSettings(
            reader: &reader, service: .taskAPI, defaultAdminPort: 0, databaseRole: "triageloop_task")
        let settings = TaskAPISettings(reader: &reader)
        try reader.finish()
        let context = ServiceContext(
            name: .taskAPI, common: common, health: HealthRegistry(), metrics: PrometheusRegistry(), logger: testLogger)
        let parts = try await buildTaskAPI(settings, context) { port.yield($0) }
        let tasks = parts.map { part in Task { try await part.run() } }
        return ("http://127.0.0.1:\(await ports.first { _ in true } ?? 0)", tasks)
    }

    /// Another replica of task-api, for as long as `body` runs.
    func withReplica<R: Sendable>(_ body: @Sendable (_ url: String) async throws -> R) async throws -> R {
        let (url, tasks) = try await Self.start(environment)
        func stop() async {
            for task in tasks.reversed() {
                task.cancel()
                _ = await task.result
            }
        }
        do {
            let result = try await body(url)
            await stop()
            return result
        } catch {
            await stop()
            throw error
        }
    }

    private func isHeard() async throws -> Bool {
        do throws(BrokerError) {
            var probe = OutgoingMessage(
                exchange: Topology.events.name, routingKey: EventType.analysisProgressed.rawValue, body: [])
            probe.properties.isPersistent = false
            try await publisher.publish(probe)
            return true
        } catch {
            guard error.code == .unroutable else { throw error }
            return false
        }
    }

    func create(_ title: String, user: String = "ana") async throws -> TaskView {
        let draft = try ContractJSON.encode(TaskDraft(title: title, body: "", project: "default"))
        let response = try await http.execute(
            HTTPRequest(
                method: "POST", url: url + "/v1/tasks",
                headers: [HTTPHeader("X-User-ID", user), HTTPHeader("Content-Type", "application/json")], body: draft),
            deadline: .seconds(10))
        return try ContractJSON.decode(TaskView.self, from: response.body)
    }

    /// Begins to tell of a task's analysis.
    func tell(of task: TaskView) -> AnalysisProgress {
        progress.begin(
            Self.snapshot(task), story: Story(correlationID: task.correlationID),
            source: AnalysisProgressed.Source(rung: .provider, provider: "fake", model: "fake-1", version: "1"))
    }

    /// The final event, as the relay publishes it.
    static func final(of task: TaskView) throws -> (event: CloudEvent<AnalysisCompleted>, message: OutgoingMessage) {
        let analysis = Analysis(
            analysisID: Identifier(), taskID: task.id, revision: task.revision, modelVersion: "fake-1", rung: .provider,
            analysedAt: .now, durationMicroseconds: 1)
        let event = CloudEvent(
            source: .aiAnalyzer, subject: task.id.description, story: Story(correlationID: task.correlationID),
            sequence: task.revision,
            data: AnalysisCompleted(
                tenant: task.tenant, project: task.project, author: task.author, analysis: analysis))
        return (
            event,
            OutgoingMessage(
                exchange: Topology.events.name, routingKey: event.type.rawValue, body: try EventCoder.encode(event),
                properties: MessageProperties(
                    messageID: event.id.description, correlationID: event.correlationID, type: event.type.rawValue,
                    isPersistent: true))
        )
    }

    private static func snapshot(_ task: TaskView) -> TaskSnapshot {
        TaskSnapshot(
            taskID: task.id, tenant: task.tenant, project: task.project, author: task.author, title: task.title,
            body: task.body, labels: [], revision: task.revision, createdAt: task.createdAt)
    }

    /// Reads a stream while `body` runs.
    func reading<R: Sendable>(
        _ path: String, user: String = "ana", after position: String? = nil,
        _ body: (StreamReader) async throws -> R
    ) async throws -> R {
        var headers = [HTTPHeader("X-User-ID", user)]
        if let position { headers.append(HTTPHeader("Last-Event-ID", position)) }
        let stream = try await http.stream(HTTPRequest(url: url + path, headers: headers))
        guard stream.status == 200 else { throw TrainingTestFailure(description: "status \(stream.status)") }
        let reader = StreamReader()
        let reading = Task { for try await event in ServerSentEvents(stream.body) { reader.add(event) } }
        defer { reading.cancel() }
        return try await body(reader)
    }
}

/// What a reader of a stream has got so far.
final class StreamReader: Sendable {
    private let state = Mutex<[(event: ServerSentEvent, at: ContinuousClock.Instant)]>([])

    func add(_ event: ServerSentEvent) { state.withLock { $0.append((event, .now)) } }

    var events: [ServerSentEvent] { state.withLock { $0.map(\.event) } }
    var types: [String] { events.map(\.event) }
    /// When progress came.
    var progressTimes: [ContinuousClock.Instant] {
        state.withLock { $0.filter { $0.event.event == EventType.analysisProgressed.rawValue }.map(\.at) }
    }
    /// The texts of the progress that came.
    var texts: [String] {
        get throws {
            try events.filter { $0.event == EventType.analysisProgressed.rawValue }.map {
                try ContractJSON.decode(JSONValue.self, from: $0.data.utf8)["summary"]?["text"]?.stringValue ?? ""
            }
        }
    }
    /// The ids of the events that may not be missed.
    var durable: [String] {
        get throws {
            try events.filter { $0.event != EventType.analysisProgressed.rawValue && $0.event != "reset" }.map {
                try ContractJSON.decode(JSONValue.self, from: $0.data.utf8)["event_id"]?.stringValue ?? ""
            }
        }
    }
    var position: String? { events.last { !$0.id.isEmpty }?.id }

    func wait(for type: String, count: Int = 1) async throws {
        try await eventually("\(count) of \(type) (got \(types.suffix(20)))") {
            types.count { $0 == type } >= count
        }
    }
}

import AIAnalyzer
import Contracts
import CurlHTTP
import FaultServer
import Foundation
import Logging
import Messaging
import Observability
import Postgres
import RabbitMQ
import ServiceKit
import Settings
import TaskAPI
import TestSupport

/// ai-analyzer with remote models, and task-api, in this process, on a database and a virtual host of their own.
struct LadderHarness: Sendable {
    let pool: DatabasePool
    let broker: BrokerConfiguration
    let publisher: Publisher
    /// Of ai-analyzer.
    let health: HealthRegistry
    let api: String
    let http: HTTPClient
    let providersFile: TemporaryFile

    /// An answer that is asked for the category only.
    static let answer = #"{"category":{"value":"bug","confidence":0.9},"reason":"It crashes."}"#

    /// A providers file with one provider at this server.
    static func providers(_ server: ModelServer, stream: Bool = true, more: String = "") -> String {
        """
        {"providers": [{"name": "gateway", "kind": "openai", "base_url": "\(server.baseURL)",
          "transport": {"maximum_connections": 64},
          "versions": [{"name": "v1", "model": "asked-1", "fields": ["category"], "output": "json_schema",
            "stream": \(stream)}]}]\(more)}
        """
    }

    /// Runs `body` while both services run; they are stopped after it.
    static func run(
        providers: String, routes: String? = nil, _ settings: [String: String] = [:], logger: Logger = testLogger,
        _ body: @escaping @Sendable (LadderHarness) async throws -> Void
    ) async throws {
        let file = try TemporaryFile(providers)
        let table = try routes.map { try TemporaryFile($0) }
        defer { withExtendedLifetime(table) {} }
        var own = settings
        own["PROVIDERS_FILE"] = file.path
        own["ROUTES_FILE"] = table?.path
        let environment = own
        try await withMigratedDatabase { database in
            try await withBroker { broker in
                try await database.withPool { pool in
                    try await run(database, broker, pool, file, environment, logger, body)
                }
            }
        }
    }

    private static func run(
        _ database: TestDatabase, _ broker: BrokerConfiguration, _ pool: DatabasePool, _ file: TemporaryFile,
        _ settings: [String: String], _ logger: Logger,
        _ body: @escaping @Sendable (LadderHarness) async throws -> Void
    ) async throws {
        let publisher = Publisher(configuration: broker, logger: testLogger)
        let port = Signal<Int>()
        let health = HealthRegistry()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await publisher.run() }
            let parts =
                try await analyzer(database, broker, settings, health, logger)
                + taskAPI(database, broker) { port.fire($0) }
            for part in parts { group.addTask { try await part.run() } }
            let url = "http://127.0.0.1:\(try await port.value())"
            let harness = LadderHarness(
                pool: pool, broker: broker, publisher: publisher, health: health, api: url,
                http: HTTPClient(configuration: HTTPClientConfiguration(), logger: testLogger),
                providersFile: file)
            group.addTask {
                try await publisher.waitUntilConnected()
                try await eventually("the service is ready") { await health.report().isReady }
                try await body(harness)
            }
            // Only the body ends by itself, or one of them by an error.
            try await group.next()
            group.cancelAll()
        }
    }

    private static func context(
        _ name: ServiceName, _ role: String, _ database: TestDatabase, _ broker: BrokerConfiguration,
        _ health: HealthRegistry, _ settings: [String: String], _ logger: Logger = testLogger
    ) throws -> (ServiceContext, SettingsReader) {
        var environment = [
            "TRIAGELOOP_AMQP_URL": broker.url, "TRIAGELOOP_DATABASE_URL": database.url(role: role),
            "TRIAGELOOP_ADMIN_PORT": "0",
        ]
        for (key, value) in settings { environment["TRIAGELOOP_" + key] = value }
        var reader = SettingsReader(environment: environment)
        let context = ServiceContext(
            name: name,
            common: CommonSettings(reader: &reader, service: name, defaultAdminPort: 0, databaseRole: role),
            health: health, metrics: PrometheusRegistry(), logger: logger)
        return (context, reader)
    }

    private static func analyzer(
        _ database: TestDatabase, _ broker: BrokerConfiguration, _ settings: [String: String],
        _ health: HealthRegistry, _ logger: Logger
    ) async throws -> [ServicePart] {
        var (context, reader) = try context(
            .aiAnalyzer, "triageloop_analysis", database, broker, health, settings, logger)
        let own = AIAnalyzerSettings(reader: &reader)
        try reader.finish()
        return try await buildAIAnalyzer(own, context)
    }

    private static func taskAPI(
        _ database: TestDatabase, _ broker: BrokerConfiguration, _ onListening: @escaping @Sendable (Int) -> Void
    ) async throws -> [ServicePart] {
        var (context, reader) = try context(
            .taskAPI, "triageloop_task", database, broker, HealthRegistry(), ["HTTP_PORT": "0"])
        let own = TaskAPISettings(reader: &reader)
        try reader.finish()
        return try await buildTaskAPI(own, context, onListening: onListening)
    }
}

extension LadderHarness {
    /// Creates tasks, all at once; their ids in no order.
    func create(
        _ count: Int, user: String = "ana",
        title: @escaping @Sendable (Int) -> String = { "Task \($0 + 1_000) crashes" }
    )
        async throws
        -> [Identifier]
    {
        try await withThrowingTaskGroup(of: Identifier.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await post(TaskDraft(title: title(number), body: "", project: "shop"), user: user).id
                }
            }
            var ids: [Identifier] = []
            for try await id in group { ids.append(id) }
            return ids
        }
    }

    /// Creates a task.
    func post(_ draft: TaskDraft, user: String) async throws -> TaskView {
        let response = try await send("POST", "/v1/tasks", try ContractJSON.encode(draft), user: user)
        return try ContractJSON.decode(TaskView.self, from: response)
    }

    /// A task as the API shows it.
    func task(_ id: Identifier) async throws -> TaskView {
        try ContractJSON.decode(TaskView.self, from: try await send("GET", "/v1/tasks/\(id)", []))
    }

    func send(_ method: String, _ path: String, _ json: [UInt8], user: String = "ana") async throws -> [UInt8] {
        let headers = [HTTPHeader("X-User-ID", user), HTTPHeader("Content-Type", "application/json")]
        let response = try await http.execute(
            HTTPRequest(method: method, url: api + path, headers: headers, body: json), deadline: .seconds(20))
        guard (200..<300).contains(response.status) else {
            throw ServiceProcess.Failure(
                description: "\(path): \(response.status) \(String(decoding: response.body, as: UTF8.self))")
        }
        return response.body
    }

    func count(_ sql: String) async throws -> Int { try await pool.query(sql).one().decode(at: 0) }

    func text(_ sql: String) async throws -> String? { try await pool.query(sql).one().decode(at: 0) }

    /// Tasks that task-api shows with this rung.
    func shown(_ rung: String, degraded: Bool) async throws -> Int {
        try await count(
            """
            SELECT count(*) FROM task.tasks
            WHERE analysis->>'rung' = '\(rung)' AND (analysis->>'degraded')::boolean = \(degraded)
            """)
    }

    /// What health says of the providers; nil when all is well.
    func providersWarning() async -> String? {
        for result in await health.report().results where result.name == "providers" {
            if case .warn(let text) = result.status { return text }
        }
        return nil
    }
}

let testLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A file in the temporary folder, for as long as the test holds it.
final class TemporaryFile: Sendable {
    let path = NSTemporaryDirectory() + "ladder-" + UUID().uuidString

    init(_ text: String) throws { try write(text) }

    func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) }

    deinit {
        // A file left in the temporary folder harms nobody.
        try? FileManager.default.removeItem(atPath: path)
    }
}

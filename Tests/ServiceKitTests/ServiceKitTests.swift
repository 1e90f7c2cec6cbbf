import Contracts
import CurlHTTP
import Foundation
import Logging
import Observability
import Postgres
import RabbitMQ
import ServiceKit
import ServiceLifecycle
import Settings
import Synchronization
import Testing

private let environment = [
    "TRIAGELOOP_AMQP_URL": "amqp://guest:s3cr3t@127.0.0.1:5672/", "TRIAGELOOP_ADMIN_PORT": "0",
    "TRIAGELOOP_DATABASE_URL": "postgresql://triageloop_task:s3cr3t@127.0.0.1/triageloop",
]

private func settings(_ reader: inout SettingsReader) -> CommonSettings {
    CommonSettings(
        reader: &reader, service: .taskAPI, defaultAdminPort: 9_101, databaseRole: "triageloop_task",
        defaultPoolSize: 6)
}

private func makeContext(_ more: [String: String] = [:]) -> ServiceContext {
    var reader = SettingsReader(environment: environment.merging(more) { _, new in new })
    return ServiceContext(
        name: .taskAPI, common: settings(&reader), health: HealthRegistry(), metrics: PrometheusRegistry(),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}

/// Runs the parts with the admin server around `body`, then shuts them down.
private func withService(
    _ context: ServiceContext, parts: [ServicePart] = [],
    pause: @escaping @Sendable (Duration) async throws -> Void = { _ in },
    _ body: @escaping @Sendable (_ get: @Sendable (String) async throws -> HTTPResponse) async throws -> Void
) async throws {
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let client = HTTPClient(logger: context.logger)
    let visitor = ServicePart("visitor") {
        for await port in ports {
            try await body { path in
                try await client.execute(
                    HTTPRequest(url: "http://127.0.0.1:\(port)\(path)"), deadline: .seconds(10))
            }
            return
        }
    }
    // The visitor's end is the group's, so that the test needs no signal.
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: [
                .init(
                    service: Runner(
                        parts: parts, context: context, onListening: { continuation.yield($0) }, pause: pause)),
                .init(
                    service: Visitor(part: visitor), successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup),
            ], logger: context.logger))
    try await group.run()
}

private struct Runner: Service {
    let parts: [ServicePart]
    let context: ServiceContext
    let onListening: @Sendable (Int) -> Void
    let pause: @Sendable (Duration) async throws -> Void

    func run() async throws {
        try await ServiceRunner.run(parts, context, onListening: { onListening($0) }, pause: pause)
    }
}

private struct Visitor: Service {
    let part: ServicePart

    func run() async throws { try await part.run() }
}

extension HTTPResponse {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}

@Suite struct AdminServerTests {
    @Test func `readyz is 503 and names the check that fails`() async throws {
        let context = makeContext()
        context.health.register("database") { .pass }
        context.health.register("model") { .warn("rules only") }
        context.health.register("broker") { .fail("not connected") }
        try await withService(context) { get in
            let answer = try await get("/readyz?verbose")
            #expect(answer.status == 503)
            #expect(
                answer.text == """
                    [+]database ok
                    [+]model ok, degraded: rules only
                    [-]broker failed: not connected
                    readyz check failed

                    """)
            #expect(try await get("/readyz?exclude=broker").status == 200)
            #expect(try await get("/startupz").status == 503)
            #expect(try await get("/livez").status == 200)
        }
    }

    @Test func `readyz is 200 when all required checks pass or warn`() async throws {
        let context = makeContext()
        context.health.register("model") { .warn("rules only") }
        context.health.register("mirror", isRequired: false) { .fail("away") }
        try await withService(context) { get in
            let answer = try await get("/readyz")
            #expect(answer.status == 200)
            #expect(answer.text == "ok\n")
            #expect(try await get("/startupz").status == 200)
        }
    }

    @Test func `health says how each part is`() async throws {
        let context = makeContext()
        context.health.register("database") { .pass }
        context.health.register("broker") { .fail("not \"connected\"") }
        try await withService(context) { get in
            let answer = try await get("/health")
            #expect(answer.status == 503)
            #expect(answer.header("content-type") == "application/health+json")
            let json = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
            #expect(json?["status"] as? String == "fail")
            #expect(json?["serviceId"] as? String == "task-api")
            #expect(json?["output"] as? String == "broker: not \"connected\"")
            let checks = json?["checks"] as? [String: [[String: Any]]]
            #expect(checks?["database"]?.first?["status"] as? String == "pass")
            #expect(checks?["broker"]?.first?["output"] as? String == "not \"connected\"")
        }
    }

    @Test func `metrics come with the content type that Prometheus insists on`() async throws {
        try await withService(makeContext()) { get in
            let answer = try await get("/metrics")
            #expect(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.text.contains("\nprocess_start_time_seconds "))
        }
    }
}

@Suite struct ServiceRunnerTests {
    @Test func `parts are stopped in reverse, after the service became unready`() async throws {
        let context = makeContext()
        let stopped = Mutex<[String]>([])
        let parts = ["database", "publisher", "http"].map { name in
            ServicePart(name) {
                do {
                    while true { try await Task.sleep(for: .seconds(3_600)) }
                } catch {
                    let isReady = await context.health.report().isReady
                    stopped.withLock { $0.append("\(name) \(isReady ? "ready" : "draining")") }
                    throw error
                }
            }
        }
        try await withService(context, parts: parts) { get in _ = try await get("/livez") }
        #expect(stopped.withLock { $0 } == ["http draining", "publisher draining", "database draining"])
    }

    @Test func `a service goes on serving, unready, for SHUTDOWN_DELAY`() async throws {
        let context = makeContext(["TRIAGELOOP_SHUTDOWN_DELAY": "7s"])
        let story = Mutex<[String]>([])
        let serving = ServicePart("http") {
            do {
                while true { try await Task.sleep(for: .seconds(3_600)) }
            } catch {
                story.withLock { $0.append("http stops") }
                throw error
            }
        }
        let pause: @Sendable (Duration) async throws -> Void = { delay in
            let isReady = await context.health.report().isReady
            story.withLock { $0.append("waits \(delay), \(isReady ? "ready" : "unready")") }
        }
        try await withService(context, parts: [serving], pause: pause) { get in _ = try await get("/livez") }
        #expect(story.withLock { $0 } == ["waits 7.0 seconds, unready", "http stops"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `a part that fails ends the others and the service`() async throws {
        struct Crash: Error {}
        let wasCancelled = Mutex(false)
        let parts = [
            ServicePart("steady") {
                do {
                    while true { try await Task.sleep(for: .seconds(3_600)) }
                } catch {
                    wasCancelled.withLock { $0 = true }
                    throw error
                }
            },
            ServicePart("crashing") { throw Crash() },
        ]
        await #expect(throws: Crash.self) { try await ServiceRunner.run(parts, makeContext()) }
        #expect(wasCancelled.withLock { $0 })
    }

    @Test(.timeLimit(.minutes(1)))
    func `a part that ends by itself ends the service`() async throws {
        await #expect(throws: ServiceGroupError.self) {
            try await ServiceRunner.run([ServicePart("short") {}], makeContext())
        }
    }
}

@Suite struct CommonSettingsTests {
    @Test func `broker and database are read and named after the service`() throws {
        var reader = SettingsReader(environment: environment)
        let common = settings(&reader)
        try reader.finish()
        #expect(common.broker.connectionName == "task-api")
        #expect(common.broker.password == "s3cr3t")
        #expect(common.database.applicationName == "task-api")
        #expect(common.database.poolSize == 6)
        #expect(common.logLevel == .info)
        #expect(common.admin == AdminAddress(host: "127.0.0.1", port: 0))
        #expect(!reader.table().contains("s3cr3t"))
    }

    @Test func `wrong addresses are faults that don't repeat the passwords`() {
        var reader = SettingsReader(environment: [
            "TRIAGELOOP_AMQP_URL": "http://guest:s3cr3t@host",
            "TRIAGELOOP_DATABASE_URL": "mysql://u:s3cr3t@host/",
            "TRIAGELOOP_AMQP_CA_FILE": "/ca.pem", "TRIAGELOOP_LOG_LEVEL": "loud",
        ])
        _ = settings(&reader)
        let names = reader.faults.map(\.name)
        #expect(
            names == [
                "TRIAGELOOP_LOG_LEVEL", "TRIAGELOOP_AMQP_URL", "TRIAGELOOP_AMQP_CA_FILE", "TRIAGELOOP_DATABASE_URL",
            ])
        #expect(!"\(reader.faults)".contains("s3cr3t"))
    }
}

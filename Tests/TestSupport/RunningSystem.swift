package import Contracts
package import CurlHTTP
import FaultServer
import Foundation
import Logging
import Postgres
package import RabbitMQ

/// The three services as real processes on a database and a broker of their own.
package final class RunningSystem: Sendable {
    /// The address of task-api, without a slash at the end.
    package let url: String
    package let database: TestDatabase
    package let broker: BrokerConfiguration
    package let http: HTTPClient
    /// With the logs of the services, and what trainings leave.
    package let folder: String
    private let services: [ServiceName: ServiceProcess]

    private init(
        url: String, database: TestDatabase, broker: BrokerConfiguration, folder: String,
        services: [ServiceName: ServiceProcess]
    ) {
        self.folder = folder
        self.url = url
        self.database = database
        self.broker = broker
        self.services = services
        http = HTTPClient(logger: Logger(label: "test"))
    }

    /// Runs `body` with a system that is ready, and ends it afterwards.
    /// - Parameters:
    ///   - broker: the broker to use; `nil` takes a fresh virtual host of the shared one.
    ///   - settings: more environment variables for all services.
    ///   - starting: the services that run at first.
    package static func run<R: Sendable>(
        broker: BrokerConfiguration? = nil, settings: [String: String] = [:],
        starting: [ServiceName] = ServiceName.allCases, _ body: (RunningSystem) async throws -> R
    ) async throws -> R {
        try await withMigratedDatabase { database in
            if let broker { return try await run(database, broker, settings, starting, body) }
            return try await withBroker { broker in try await run(database, broker, settings, starting, body) }
        }
    }

    private static func run<R: Sendable>(
        _ database: TestDatabase, _ broker: BrokerConfiguration, _ settings: [String: String],
        _ starting: [ServiceName], _ body: (RunningSystem) async throws -> R
    ) async throws -> R {
        let folder = NSTemporaryDirectory() + "triageloop-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let port = try LoopbackPort.free()
        var services: [ServiceName: ServiceProcess] = [:]
        let roles: [ServiceName: String] = [
            .taskAPI: "triageloop_task", .aiAnalyzer: "triageloop_analysis",
            .retrainingTrigger: "triageloop_training",
        ]
        for (name, role) in roles {
            var environment = settings
            environment["TRIAGELOOP_DATABASE_URL"] = database.url(role: role)
            environment["TRIAGELOOP_AMQP_URL"] = broker.url
            if name == .taskAPI { environment["TRIAGELOOP_HTTP_PORT"] = "\(port)" }
            if name == .retrainingTrigger { environment["TRIAGELOOP_TRAINING_WORK_FOLDER"] = folder + "/training" }
            services[name] = try ServiceProcess(
                name: name.rawValue, adminPort: try LoopbackPort.free(), environment: environment, folder: folder)
        }
        let system = RunningSystem(
            url: "http://127.0.0.1:\(port)", database: database, broker: broker, folder: folder, services: services)
        do {
            for name in starting { try system.service(name).start() }
            for name in starting { try await system.waitUntilReady(name) }
            let result = try await body(system)
            await system.endAll()
            try FileManager.default.removeItem(atPath: folder)
            return result
        } catch {
            await system.endAll()
            // The logs stay for whoever looks into the failure.
            print("logs of the failed system: \(folder)")
            throw error
        }
    }

    package func service(_ name: ServiceName) throws -> ServiceProcess {
        guard let service = services[name] else { throw ServiceProcess.Failure(description: "no \(name.rawValue)") }
        return service
    }

    /// Returns when `/readyz` says so.
    package func waitUntilReady(_ name: ServiceName, within limit: Duration = .seconds(60)) async throws {
        try await waitUntilReady(try service(name), within: limit)
    }

    /// Returns when `/readyz` of this process says so.
    package func waitUntilReady(_ process: ServiceProcess, within limit: Duration = .seconds(60)) async throws {
        try await eventually("\(process.name) is ready", within: limit) {
            let request = HTTPRequest(
                method: "GET", url: "http://127.0.0.1:\(process.adminPort)/readyz", headers: [], body: [])
            guard process.identifier != nil else {
                throw ServiceProcess.Failure(description: "\(process.name) ended: \(process.log.suffix(2_000))")
            }
            // Not listening yet is not ready yet.
            return (try? await self.http.execute(request, deadline: .seconds(2)))?.status == 200
        }
    }

    /// Runs `body` while one more replica of a service runs, which is ready; it is ended after it.
    package func withTwin<R: Sendable>(
        of name: ServiceName, settings: [String: String] = [:], executable: String? = nil,
        _ body: (ServiceProcess) async throws -> R
    ) async throws -> R {
        let twin = try ServiceProcess.twin(of: try service(name), settings: settings, executable: executable)
        do {
            try twin.start()
            try await waitUntilReady(twin)
            let result = try await body(twin)
            await twin.end()
            return result
        } catch {
            print("log of the failed replica: \(twin.logPath)")
            await twin.end()
            throw error
        }
    }

    private func endAll() async {
        await withDiscardingTaskGroup { group in
            for service in services.values { group.addTask { await service.end() } }
        }
        http.close()
    }
}

/// Asks again, with a short pause, until the answer is yes.
/// - Throws: when `limit` has passed, or what `condition` throws.
package func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw ServiceProcess.Failure(description: "not within \(limit): \(what)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}

extension BrokerConfiguration {
    /// As an `amqp:` URL.
    package var url: String {
        let hosts = endpoints.map { "\($0.host):\($0.port)" }.joined(separator: ",")
        let escaped = virtualHost.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? virtualHost
        return "amqp://\(username):\(password)@\(hosts)/\(escaped)"
    }
}

import Contracts
import Observability
import ServiceKit
import Settings
import TaskAPI
import TestSupport
import Testing

/// When task-api says that it is ready.
struct ReadinessTests {
    @Test func `it is not ready before the API can be called, though all else is`() async throws {
        try await withMigratedDatabase { database in
            try await withBroker { broker in
                let environment = [
                    "TRIAGELOOP_AMQP_URL": broker.url, "TRIAGELOOP_HTTP_PORT": "0", "TRIAGELOOP_ADMIN_PORT": "0",
                    "TRIAGELOOP_DATABASE_URL": database.url(role: "triageloop_task"),
                ]
                var reader = SettingsReader(environment: environment)
                let common = CommonSettings(
                    reader: &reader, service: .taskAPI, defaultAdminPort: 0, databaseRole: "triageloop_task")
                let settings = TaskAPISettings(reader: &reader)
                try reader.finish()
                let health = HealthRegistry()
                let context = ServiceContext(
                    name: .taskAPI, common: common, health: health, metrics: PrometheusRegistry(), logger: testLogger)
                try await run(try await buildTaskAPI(settings, context), health)
            }
        }
    }

    private func run(_ parts: [ServicePart], _ health: HealthRegistry) async throws {
        var running = parts.filter { $0.name != "http" }.map { part in Task { try await part.run() } }
        defer { for task in running { task.cancel() } }
        try await eventually("all but the API is there") {
            await health.report().results.filter { $0.isRequired && $0.status != .pass }.map(\.name) == ["http"]
        }
        #expect(await !health.report().isReady)
        running += parts.filter { $0.name == "http" }.map { part in Task { try await part.run() } }
        try await eventually("the service is ready") { await health.report().isReady }
    }
}

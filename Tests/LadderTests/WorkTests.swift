import AIAnalyzer
import Contracts
import Observability
import Postgres
import RabbitMQ
import ServiceKit
import Settings
import TestSupport
import Testing

/// A pool of replicas with a part of the work (`ANALYZER_WORK`). Nothing is connected to here.
struct WorkTests {
    private static func reader(_ work: String?) -> SettingsReader {
        var environment = [
            "TRIAGELOOP_AMQP_URL": "amqp://guest:guest@127.0.0.1:1/",
            "TRIAGELOOP_DATABASE_URL": "postgresql://triageloop_analysis@127.0.0.1:1/triageloop",
        ]
        environment["TRIAGELOOP_ANALYZER_WORK"] = work
        return SettingsReader(environment: environment)
    }

    /// The names of what a replica with this work runs.
    private static func parts(_ work: String?) async throws -> Set<String> {
        var reader = reader(work)
        let common = CommonSettings(
            reader: &reader, service: .aiAnalyzer, defaultAdminPort: 0, databaseRole: "triageloop_analysis")
        let own = AIAnalyzerSettings(reader: &reader)
        try reader.finish()
        let context = ServiceContext(
            name: .aiAnalyzer, common: common, health: HealthRegistry(), metrics: PrometheusRegistry(),
            logger: testLogger)
        return Set(try await buildAIAnalyzer(own, context).map(\.name))
    }

    @Test func `without the setting a replica does everything`() async throws {
        #expect(try await Self.parts(nil).isSuperset(of: ["tasks", "feedback", "replays", "neighbours", "features"]))
    }

    @Test func `a replica for replays takes nothing else`() async throws {
        // It names labels as the teams do, too.
        #expect(try await Self.parts("replays") == ["database", "publisher", "relay", "model", "labels", "replays"])
    }

    @Test func `a replica for tasks and features leaves the replays alone`() async throws {
        let parts = try await Self.parts("tasks, features")
        #expect(parts.isSuperset(of: ["tasks", "feedback", "shadow", "progress", "observations"]))
        #expect(!parts.contains("replays"))
    }

    @Test(arguments: ["", "task", "tasks,,features"])
    func `other words are a fault, no word is everything`(work: String) {
        var reader = Self.reader(work)
        let settings = AIAnalyzerSettings(reader: &reader)
        #expect(reader.faults.map(\.name) == (work.isEmpty ? [] : ["TRIAGELOOP_ANALYZER_WORK"]))
        #expect(settings.work == Set(AnalyzerWork.allCases))
    }
}

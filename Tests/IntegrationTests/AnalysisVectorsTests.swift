import AIAnalyzer
import Contracts
import Foundation
import Messaging
import Observability
import Postgres
import RabbitMQ
import ServiceKit
import Settings
import TestSupport
import Testing

/// ai-analyzer with an embeddings server, on a real broker and database.
@Suite struct AnalysisVectorsTests {
    private static func created(_ title: String) -> CloudEvent<TaskCreated> {
        let task = TaskSnapshot(
            taskID: Identifier(), tenant: "default", project: "shop", author: "ada", title: title, body: "",
            revision: 1, createdAt: .now)
        return CloudEvent(
            source: .taskAPI, subject: task.taskID.description, story: Story(correlationID: Identifier().description),
            data: TaskCreated(task: task))
    }

    /// The analyses of tasks that are created one after the other, and how many vectors were stored.
    private func analyses(
        of titles: [String], _ mood: EmbeddingsServer.Mood
    ) async throws -> (tasks: [Identifier], analyses: [Analysis], vectors: Int) {
        let server = try EmbeddingsServer(mood)
        defer { withExtendedLifetime(server) {} }
        let configuration = server.configuration
        return try await withMigratedDatabase { database in
            try await withBroker { broker in
                try await database.withPool { pool in
                    let publisher = Publisher(configuration: broker, logger: testLogger)
                    let bus = EventTap()
                    let events = titles.map(Self.created)
                    let found = Analyses()
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await publisher.run() }
                        group.addTask { try await bus.run(broker) }
                        try await bus.isListening()
                        let (parts, health) = try await Self.service(database, broker) { $0.embeddings = configuration }
                        for part in parts { group.addTask { try await part.run() } }
                        group.addTask {
                            try await publisher.waitUntilConnected()
                            try await eventually("the service is ready") { await health.report().isReady }
                            for event in events {
                                try await publisher.publish(
                                    OutgoingMessage(
                                        exchange: Topology.events.name, routingKey: event.type.rawValue,
                                        body: try EventCoder.encode(event),
                                        properties: MessageProperties(
                                            messageID: event.id.description, correlationID: event.correlationID,
                                            type: event.type.rawValue, isPersistent: true)))
                                let id = event.data.task.taskID
                                let done = try await bus.first(AnalysisCompleted.self) { $0.analysis.taskID == id }
                                await found.add(done.data.analysis)
                            }
                        }
                        // Only the last ends by itself, or one of them by an error.
                        try await group.next()
                        group.cancelAll()
                    }
                    let vectors: Int = try await pool.query(
                        "SELECT count(*) FROM analysis.analyses WHERE octet_length(vector) = 4"
                    ).one().decode(at: 0)
                    return (events.map(\.data.task.taskID), await found.all, vectors)
                }
            }
        }
    }

    private actor Analyses {
        var all: [Analysis] = []
        func add(_ analysis: Analysis) { all.append(analysis) }
    }

    private static func service(
        _ database: TestDatabase, _ broker: BrokerConfiguration, _ change: (inout AIAnalyzerSettings) -> Void
    ) async throws -> ([ServicePart], HealthRegistry) {
        var reader = SettingsReader(environment: [
            "TRIAGELOOP_AMQP_URL": broker.url, "TRIAGELOOP_DATABASE_URL": database.url(role: "triageloop_analysis"),
            "TRIAGELOOP_ADMIN_PORT": "0",
        ])
        var settings = AIAnalyzerSettings(reader: &reader)
        change(&settings)
        let health = HealthRegistry()
        let context = ServiceContext(
            name: .aiAnalyzer,
            common: CommonSettings(
                reader: &reader, service: .aiAnalyzer, defaultAdminPort: 0, databaseRole: "triageloop_analysis"),
            health: health, metrics: PrometheusRegistry(), logger: testLogger)
        try reader.finish()
        return (try await buildAIAnalyzer(settings, context), health)
    }

    @Test func `tasks that mean the same without a word in common are similar, and their vectors are kept`()
        async throws
    {
        let found = try await analyses(of: ["Refund for our museum", "Payment comes late", "Menu freezes"], .well)
        #expect(found.analyses.map(\.degraded) == [false, false, false])
        #expect(found.analyses[1].similar.map(\.taskID) == [found.tasks[0]])
        #expect(found.vectors == 3)
    }

    @Test(arguments: [EmbeddingsServer.Mood.silent, .broken])
    func `a server without an answer costs vectors, not analyses`(mood: EmbeddingsServer.Mood) async throws {
        let found = try await analyses(of: ["Refund for our museum", "Payment comes late", "Menu freezes"], mood)
        #expect(found.analyses.count == 3)
        #expect(found.analyses.allSatisfy { $0.category != nil })
        #expect(found.analyses[1].similar.isEmpty)
        #expect(found.vectors == 0)
    }
}

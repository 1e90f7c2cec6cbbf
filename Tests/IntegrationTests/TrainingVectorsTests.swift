import Contracts
import Foundation
import Postgres
import TestSupport
import Testing
import TriageModel

/// What vectors do to a training, on a real broker, database and child process.
@Suite struct TrainingVectorsTests {
    /// Corrections of two categories, one of which the shipped model doesn't know.
    private static func feedback(_ count: Int) -> [CloudEvent<FeedbackRecorded>] {
        (0..<count).map { number in
            let isMoney = number % 2 == 0
            let title = isMoney ? "The invoice is wrong in case \(number)" : "The menu freezes in case \(number)"
            let task = TaskSnapshot(
                taskID: Identifier(), tenant: "default", project: "shop", author: "ada", title: title, body: "",
                revision: 1, createdAt: .now)
            let judged = JudgedField(
                field: .category, value: .text(isMoney ? "billing" : "bug"), provenance: .corrected,
                suggested: .text("question"), confidence: 0.4)
            return CloudEvent(
                source: .taskAPI, subject: task.taskID.description,
                story: Story(correlationID: Identifier().description),
                data: FeedbackRecorded(
                    feedbackID: Identifier(), task: task, user: "mia", fields: [judged], modelVersion: "base-1",
                    recordedAt: .now))
        }
    }

    private func champion(_ mood: EmbeddingsServer.Mood) async throws -> TriageModel {
        let server = try EmbeddingsServer(mood)
        return try await withExtended(server) { server in
            let box = Box()
            try await TrainingHarness.run(minimum: 80, embeddings: server.configuration) { harness in
                try await harness.send(Self.feedback(80))
                let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
                #expect(final.data.state == .champion, "\(final.data.reason)")
                let rows = try await harness.pool.query(
                    "SELECT artifact FROM registry.models WHERE state = 'champion'")
                await box.set(try TriageModel.load(bytes: try rows.one().decode(at: 0)))
            }
            guard let model = await box.model else { throw TrainingTestFailure(description: "no champion") }
            return model
        }
    }

    private actor Box {
        var model: TriageModel?
        func set(_ model: TriageModel) { self.model = model }
    }

    private func withExtended<T: AnyObject & Sendable, Answer>(
        _ object: T, _ body: (T) async throws -> Answer
    ) async throws -> Answer {
        let answer = try await body(object)
        withExtendedLifetime(object) {}
        return answer
    }

    @Test func `a training asks for vectors and its champion uses them`() async throws {
        let model = try await champion(.well)
        #expect(model.embeddingModel == "money-1")
        #expect(model.header.lineage["embeddings"] == "money-1")
        let vector = TextEmbedding([1, 0.1, 0.2, 0.3], model: "money-1")
        let text = TaskText(project: "shop", title: "Something is strange", body: "")
        let answer = try #require(model.predict([text], embeddings: [vector]).first)
        #expect(answer.embedding == .used && answer.category?.label == "billing")
    }

    @Test func `a server that fails leaves a training to words alone`() async throws {
        let model = try await champion(.broken)
        #expect(model.embeddingModel == nil)
        #expect(model.header.lineage["embeddings"] == nil)
    }
}

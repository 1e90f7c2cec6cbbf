import Contracts
import Foundation
import Postgres
import TestSupport
import Testing
import TriageModel

/// From feedback to another champion, on a real broker, database and child process.
@Suite struct TrainingLoopTests {
    @Test func `enough corrections become one training and a new champion, told on the bus in order`() async throws {
        try await TrainingHarness.run(minimum: 60) { harness in
            try await harness.send(TrainingSamples.feedback(60))
            let change = try await harness.bus.first(RolloutChanged.self) { $0.generation == 2 }
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }

            let told = try harness.bus.all(TrainingChanged.self)
            #expect(
                told.map(\.data.state)
                    == [.queued, .snapshotting, .validating, .training, .evaluating, .registering, .champion])
            #expect(told.first?.data.reason == "60 new feedback items, 60 needed")
            #expect(final.data.reason.contains("won, 0 lost"))
            #expect(final.data.examples == 60)
            // One story: each event is caused by the one before.
            #expect(Set(told.map(\.correlationID)).count == 1)
            #expect(told.dropFirst().map(\.causationID) == told.dropLast().map { $0.id.description })

            let registered = try harness.bus.all(ModelRegistered.self)
            #expect(registered.map(\.data.version).last == change.data.champion)
            #expect(registered.count == 2)
            #expect(change.data.previous == registered.first?.data.version)
            let accuracy = try #require(registered.last?.data.metrics["challenger_category_accuracy"])
            #expect(accuracy > 0.8)
            #expect(registered.last?.data.metrics["champion_category_accuracy"] == 0)

            let states = try await harness.pool.query(
                "SELECT version, state, artifact FROM registry.models ORDER BY state")
            #expect(try states.map { try $0.decode(at: 1, as: String.self) } == ["champion", "retired"])
            let model = try TriageModel.load(bytes: try states[0].decode(at: 2))
            #expect(model.header.version == change.data.champion)
            #expect(try await harness.count("SELECT count(*) FROM training.feedback WHERE counted_in IS NULL") == 0)
            let snapshot = try #require(try await harness.text("SELECT snapshot_sha256 FROM training.trainings"))
            #expect(FileManager.default.fileExists(atPath: "\(harness.workFolder)/\(snapshot)/examples.jsonl"))
            try await eventually("the run is tidied away") {
                try FileManager.default.contentsOfDirectory(atPath: harness.workFolder + "/runs").isEmpty
            }
        }
    }

    @Test func `feedback that is delivered three times counts once`() async throws {
        try await TrainingHarness.run(minimum: 31) { harness in
            let feedback = TrainingSamples.feedback(30)
            for _ in 0..<3 { try await harness.send(feedback) }
            try await harness.send([TrainingSamples.feedback(number: 30)])
            let queued = try await harness.bus.first(TrainingChanged.self) { $0.state == .queued }
            #expect(queued.data.reason == "31 new feedback items, 31 needed")
            #expect(try await harness.count("SELECT count(*) FROM training.feedback") == 31)
        }
    }

    @Test func `two replicas install one base and make one training`() async throws {
        try await TrainingHarness.run(minimum: 60, replicas: 2) { harness in
            try await harness.send(TrainingSamples.feedback(60))
            _ = try await harness.bus.first(TrainingChanged.self) { $0.state == .champion }
            #expect(try await harness.count("SELECT count(*) FROM training.trainings") == 1)
            #expect(try harness.bus.all(RolloutChanged.self).map(\.data.generation) == [1, 2])
            #expect(try harness.bus.all(ModelRegistered.self).count == 2)
        }
    }

    @Test func `a person's request trains at once and carries on the person's story`() async throws {
        try await TrainingHarness.run { harness in
            try await harness.send(TrainingSamples.feedback(40))
            try await eventually("the feedback is stored") {
                try await harness.count("SELECT count(*) FROM training.feedback") == 40
            }
            let request = CloudEvent(
                source: .taskAPI, subject: "training", story: Story(correlationID: "a-request"),
                data: TrainingRequested(requestedBy: "mia", reason: "before the release"))
            try await harness.send([request, request])
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .champion)
            #expect(final.correlationID == "a-request")
            let queued = try #require(try harness.bus.all(TrainingChanged.self).first)
            #expect(queued.causationID == request.id.description)
            #expect(queued.data.reason == "asked for by mia: before the release; 40 new feedback items")
            #expect(try await harness.count("SELECT count(*) FROM training.trainings") == 1)
        }
    }
}

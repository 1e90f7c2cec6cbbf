import Contracts
import Postgres
import TestSupport
import Testing

/// The gate between snapshot and training, on a real broker, database and child process.
@Suite struct TrainingValidationTests {
    /// Some of it is judged a day before its task was made.
    private static func feedback(_ count: Int, impossible: Int) -> [CloudEvent<FeedbackRecorded>] {
        TrainingSamples.feedback(count).enumerated().map { number, event in
            var event = event
            if number < impossible {
                event.data.recordedAt = EventTime(
                    microseconds: event.data.task.createdAt.microseconds - 86_400_000_000)
            }
            return event
        }
    }

    @Test func `impossible data are rejected with the reason, and train once a person takes them for right`()
        async throws
    {
        try await TrainingHarness.run(minimum: 60) { harness in
            try await harness.send(Self.feedback(60, impossible: 6))
            let rejected = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(rejected.data.state == .rejected)
            #expect(rejected.data.reason.contains("time-order: 6 of 60 judgements before their task"))
            let check = try #require(rejected.data.checks?.first { $0.name == "time-order" })
            #expect(check.level == .failure && check.observed == 0.1)
            #expect(
                try harness.bus.all(TrainingChanged.self).map(\.data.state)
                    == [.queued, .snapshotting, .validating, .rejected])
            #expect(
                try await harness.text("SELECT validation->>'passed' FROM training.trainings") == "false")
            #expect(try await harness.count("SELECT count(*) FROM registry.models") == 1)

            let request = CloudEvent(
                source: .taskAPI, subject: "training", story: Story(correlationID: "a-request"),
                data: TrainingRequested(requestedBy: "mia", reason: "an old import", accept: ["time-order"]))
            try await harness.send([request])
            let final = try await harness.bus.first(TrainingChanged.self) {
                $0.state.isFinal && $0.trainingID != rejected.data.trainingID
            }
            #expect(final.data.state == .champion, "\(final.data.reason)")
            // Told once, with the state that the checks led to.
            let told = try harness.bus.all(TrainingChanged.self).filter { $0.data.trainingID == final.data.trainingID }
            #expect(told.filter { $0.data.checks != nil }.map(\.data.state) == [.training])
            #expect(told.compactMap(\.data.checks).first?.first { $0.name == "time-order" }?.level == .warning)
            #expect(
                try await harness.count(
                    "SELECT count(*) FROM training.trainings WHERE (validation->>'passed')::boolean") == 1)
        }
    }

    @Test func `automatic labels alone train nothing`() async throws {
        try await TrainingHarness.run(minimum: 40) { harness in
            try await harness.send(
                TrainingSamples.feedback(40).map { event in
                    var event = event
                    event.data.fields[0].provenance = .auto
                    return event
                })
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .rejected)
            #expect(final.data.checks?.filter { $0.level == .failure }.map(\.name) == ["minimum-size", "provenance"])
        }
    }
}

import Contracts
import Postgres
import RetrainingTriggerCore
import TestSupport
import Testing

/// Nobody moves everybody's model alone, and who asks gets an answer.
@Suite struct RolloutFloodTests {
    /// The same person's word on the same task, again.
    private static func again(_ event: CloudEvent<FeedbackRecorded>) -> CloudEvent<FeedbackRecorded> {
        CloudEvent(
            source: .taskAPI, subject: event.subject, story: Story(correlationID: Identifier().description),
            data: FeedbackRecorded(
                feedbackID: Identifier(), task: event.data.task, user: event.data.user, fields: event.data.fields,
                modelVersion: event.data.modelVersion, analysedAt: event.data.analysedAt, recordedAt: .now))
    }

    /// A rollout whose challenger has half of the users.
    private static func canary(_ harness: TrainingHarness) async throws -> RolloutStanding {
        let begun = try #require(try await harness.begin().data.rollout)
        try await harness.send([RolloutSamples.observed(begun.rolloutID, 10)])
        return try #require(try await harness.rollout(.canary).data.rollout)
    }

    private static func counted(_ harness: TrainingHarness, user: String? = nil) async throws -> Int {
        let who = user.map { "WHERE user_id = '\($0)'" } ?? ""
        return try await harness.count("SELECT coalesce(sum(answers), 0)::bigint FROM registry.rollout_users \(who)")
    }

    @Test func `of each task the first word counts, however often it is repeated`() async throws {
        try await TrainingHarness.run(rollout: RolloutSamples.planning(goal: .notWorse)) { harness in
            let rollout = try await Self.canary(harness)
            let words = [rollout.challenger, rollout.champion].map {
                RolloutSamples.answer(by: $0, isAccepted: true, user: "mallory")
            }
            try await harness.send(words + (0..<30).flatMap { _ in words.map(Self.again) })
            try await eventually("all of it is stored") {
                try await harness.count("SELECT count(*) FROM training.feedback") == 122
            }
            #expect(try await Self.counted(harness) == 2)
            #expect(try await harness.text("SELECT status FROM registry.rollouts") == "canary")
        }
    }

    @Test func `where three people judge, one of them gives half of what counts at most`() async throws {
        try await TrainingHarness.run(rollout: RolloutSamples.planning(goal: .notWorse)) { harness in
            let rollout = try await Self.canary(harness)
            let others = RolloutSamples.answers(4, of: rollout, challengerAccepted: true, championAccepted: true)
            let flood = (0..<30).map { _ in
                RolloutSamples.answer(by: rollout.challenger, isAccepted: true, user: "mallory")
            }
            try await harness.send(others)
            try await eventually("the others are counted") { try await Self.counted(harness) == 8 }
            try await harness.send(flood)
            try await eventually("all of it is stored") {
                try await harness.count("SELECT count(*) FROM training.feedback") == 98
            }
            #expect(try await Self.counted(harness, user: "mallory") == 10)
            #expect(try await harness.text("SELECT status FROM registry.rollouts") == "canary")
        }
    }

    @Test func `repeated feedback on one task is one new item`() async throws {
        try await TrainingHarness.run(minimum: 40) { harness in
            let word = TrainingSamples.feedback(number: 0)
            try await harness.send([word] + (0..<80).map { _ in Self.again(word) })
            try await eventually("all of it is stored") {
                try await harness.count("SELECT count(*) FROM training.feedback") == 81
            }
            try await harness.send((1..<40).map { TrainingSamples.feedback(number: $0) })
            let queued = try await harness.bus.first(TrainingChanged.self) { $0.state == .queued }
            #expect(queued.data.reason == "40 new feedback items, 40 needed")
        }
    }

    @Test func `a training that is asked for while a version is on trial shows why it doesn't begin`() async throws {
        try await TrainingHarness.run(rollout: RolloutSamples.planning()) { harness in
            _ = try await harness.begin()
            try await harness.send([
                CloudEvent(
                    source: .taskAPI, subject: "training", story: Story(correlationID: "too-early"),
                    data: TrainingRequested(requestedBy: "mia", reason: "at once"))
            ])
            let refused = try await harness.bus.first(TrainingChanged.self) { $0.state == .rejected }
            #expect(refused.correlationID == "too-early")
            #expect(refused.data.reason == "not started: a rollout is under way; asked for by mia: at once")
            #expect(try await harness.count("SELECT count(*) FROM training.trainings WHERE state = 'shadow'") == 1)
        }
    }
}

import Contracts
import Postgres
import TestSupport
import Testing

/// A challenger's way to all users or back, on a real broker and database; people and replicas are scripted.
@Suite struct RolloutStoryTests {
    @Test func `a better version goes through shadow and canary to all, each step told with the training's`()
        async throws
    {
        try await TrainingHarness.run(rollout: RolloutSamples.planning()) { harness in
            let begun = try await harness.begin()
            let standing = try #require(begun.data.rollout)
            #expect(standing.status == .shadow && standing.sharePercent == 0)
            #expect(begun.data.champion == standing.champion)
            #expect(begun.data.previous == nil)
            #expect(
                try await harness.text("SELECT state FROM registry.models WHERE version = '\(standing.challenger)'")
                    == "challenger")

            try await harness.send([RolloutSamples.observed(standing.rolloutID, 10)])
            let canary = try await harness.rollout(.canary)
            #expect(canary.data.rollout?.sharePercent == 50)
            #expect(canary.data.generation == 3 && canary.data.champion == standing.champion)
            #expect(try await harness.text("SELECT mode FROM registry.serving") == "canary")
            #expect(try await harness.count("SELECT share::int8 FROM registry.serving") == 5_000)

            try await harness.send(
                RolloutSamples.answers(40, of: standing, challengerAccepted: true, championAccepted: false))
            let promoted = try await harness.rollout(.promoted)
            #expect(promoted.data.champion == standing.challenger)
            #expect(promoted.data.previous == standing.champion)
            #expect(promoted.data.rollout?.cause == "better")
            #expect(promoted.data.reason.contains("people accept 100 % of"))
            #expect(try await harness.text("SELECT challenger FROM registry.serving") == nil)
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .champion && final.data.reason == promoted.data.reason)
            #expect(
                try harness.states() == [
                    .queued, .snapshotting, .validating, .training, .evaluating, .registering, .shadow, .canary,
                    .champion,
                ])
            let told = try harness.bus.all(TrainingChanged.self)
            #expect(Set(told.map(\.correlationID)) == ["the-training"])
            #expect(told.dropFirst().map(\.causationID) == told.dropLast().map { $0.id.description })
            #expect(try await harness.count("SELECT count(*) FROM training.trainings") == 1)
        }
    }

    @Test func `a worse version is rolled back by what people say`() async throws {
        try await TrainingHarness.run(rollout: RolloutSamples.planning(shadow: 0)) { harness in
            let begun = try await harness.begin()
            let standing = try #require(begun.data.rollout)
            #expect(standing.status == .canary)
            try await harness.send(
                RolloutSamples.answers(40, of: standing, challengerAccepted: false, championAccepted: true))
            let end = try await harness.rollout(.rolledBack)
            #expect(end.data.champion == standing.champion && end.data.previous == nil)
            #expect(end.data.rollout?.cause == "harmful")
            #expect(
                try await harness.text("SELECT state FROM registry.models WHERE version = '\(standing.challenger)'")
                    == "rolled_back")
            let final = try await harness.bus.first(TrainingChanged.self) { $0.state.isFinal }
            #expect(final.data.state == .rolledBack)
        }
    }

    @Test func `what was shown before the canary, by others, or for the first time says nothing of it`() async throws {
        try await TrainingHarness.run(rollout: RolloutSamples.planning(shadow: 0)) { harness in
            let standing = try #require(try await harness.begin().data.rollout)
            let before = EventTime(microseconds: EventTime.now.microseconds - 3_600_000_000)
            try await harness.send(
                (0..<30).flatMap { number in
                    [
                        RolloutSamples.answer(
                            by: standing.challenger, isAccepted: false, user: "u\(number)", analysedAt: before),
                        RolloutSamples.answer(by: "another", isAccepted: true, user: "u\(number)"),
                    ]
                } + [RolloutSamples.answer(by: standing.challenger, isAccepted: true, user: "ada")])
            try await eventually("the last one is counted") {
                try await harness.count("SELECT count(*) FROM registry.rollout_users") == 1
            }
            #expect(try await harness.text("SELECT user_id FROM registry.rollout_users") == "ada")
            #expect(try await harness.count("SELECT sum(answers)::int8 FROM registry.rollout_users") == 1)
        }
    }

    @Test func `two replicas count each answer once, though it comes twice`() async throws {
        try await TrainingHarness.run(replicas: 2, rollout: RolloutSamples.planning(shadow: 0, shares: [100, 10_000])) {
            harness in
            let standing = try #require(try await harness.begin().data.rollout)
            // Alike: nothing is shown, and it goes on.
            let answers = RolloutSamples.answers(100, of: standing, challengerAccepted: true, championAccepted: true)
            for start in stride(from: 0, to: answers.count, by: 5) {
                let some = Array(answers[start..<start + 5])
                try await harness.send(some)
                try await harness.send(some)
            }
            try await eventually("all are stored") {
                try await harness.count("SELECT count(*) FROM training.feedback") == 260
            }
            #expect(try await harness.count("SELECT sum(answers)::int8 FROM registry.rollout_users") == 200)
            #expect(
                try await harness.count(
                    "SELECT (state #>> '{test,comparison,answers,challenger}')::int8 FROM registry.rollouts") == 100)
        }
    }

    @Test func `a version that a replica can't run is rolled back at once, and one that fails after a while`()
        async throws
    {
        try await TrainingHarness.run(rollout: RolloutSamples.planning(shadow: 500)) { harness in
            let standing = try #require(try await harness.begin().data.rollout)
            // Of another rollout: it changes nothing.
            try await harness.send([RolloutSamples.observed(Identifier(), 5, fault: "not ours")])
            try await harness.send([RolloutSamples.observed(standing.rolloutID, 0, fault: "the checksum is wrong")])
            let end = try await harness.rollout(.rolledBack)
            #expect(end.data.rollout?.cause == "failing")
            #expect(end.data.reason.contains("the checksum is wrong"))
            #expect(end.data.champion == standing.champion)
        }
        try await TrainingHarness.run(rollout: RolloutSamples.planning(shadow: 500)) { harness in
            let standing = try #require(try await harness.begin().data.rollout)
            for _ in 0..<8 { try await harness.send([RolloutSamples.observed(standing.rolloutID, 20, failures: 10)]) }
            let end = try await harness.rollout(.rolledBack)
            #expect(end.data.reason.contains("of the challenger failed"))
        }
    }

    @Test func `an observation that comes twice counts once`() async throws {
        try await TrainingHarness.run(rollout: RolloutSamples.planning(shadow: 30)) { harness in
            let standing = try #require(try await harness.begin().data.rollout)
            let seen = RolloutSamples.observed(standing.rolloutID, 20)
            try await harness.send([seen, seen, seen])
            try await harness.send([RolloutSamples.observed(standing.rolloutID, 5)])
            try await eventually("the last one is counted") {
                try await harness.count(
                    "SELECT (state #>> '{guardrails,successes,answers,challenger}')::int8 FROM registry.rollouts") == 25
            }
            #expect(try harness.bus.all(RolloutChanged.self).count == 2)
        }
    }

    @Test func `a paused rollout waits, goes on when resumed, and a person may end it either way`() async throws {
        for (action, status) in [(RolloutAction.promote, RolloutStatus.promoted), (.rollback, .rolledBack)] {
            try await TrainingHarness.run(rollout: RolloutSamples.planning(shadow: 10)) { harness in
                let standing = try #require(try await harness.begin().data.rollout)
                try await harness.send([RolloutSamples.command(.pause, standing.rolloutID)])
                let paused = try await harness.bus.first(RolloutChanged.self) { $0.rollout?.isPaused == true }
                #expect(paused.data.reason == "paused by mia: to see")
                try await harness.send([RolloutSamples.observed(standing.rolloutID, 20)])
                try await eventually("it is counted") {
                    try await harness.count(
                        "SELECT (state #>> '{guardrails,successes,answers,challenger}')::int8 FROM registry.rollouts")
                        == 20
                }
                #expect(try await harness.text("SELECT status FROM registry.rollouts") == "shadow")
                try await harness.send([RolloutSamples.command(.resume, standing.rolloutID)])
                _ = try await harness.rollout(.canary)
                // A request for a rollout that has ended changes nothing.
                try await harness.send([RolloutSamples.command(.rollback, Identifier())])
                let request = RolloutSamples.command(action, standing.rolloutID)
                try await harness.send([request])
                let end = try await harness.rollout(status)
                #expect(end.causationID == request.id.description && end.data.rollout?.cause == "person")
                #expect(end.data.champion == (status == .promoted ? standing.challenger : standing.champion))
            }
        }
    }

    @Test func `a rollout ends when a person lets another version serve`() async throws {
        try await TrainingHarness.run(rollout: RolloutSamples.planning(shadow: 10)) { harness in
            let standing = try #require(try await harness.begin().data.rollout)
            try await harness.pool.execute(
                """
                INSERT INTO registry.models (version, parent, state, sha256, artifact, metrics)
                SELECT 'm-2', version, 'candidate', sha256, artifact, metrics FROM registry.models LIMIT 1
                """)
            try await harness.send([TrainingSamples.request(.promote, "m-2")])
            let change = try await harness.bus.first(RolloutChanged.self) { $0.champion == "m-2" }
            #expect(change.data.generation == 4 && change.data.previous == standing.champion)
            #expect(try await harness.rollout(.rolledBack).data.generation == 3)
            #expect(try await harness.text("SELECT challenger FROM registry.serving") == nil)
            #expect(try await harness.text("SELECT string_agg(state, ',') FROM training.trainings") == "rolled_back")
        }
    }

    @Test func `a rollout whose stored state is damaged is given up, and feedback is kept`() async throws {
        try await TrainingHarness.run(rollout: RolloutSamples.planning(shadow: 500)) { harness in
            let standing = try #require(try await harness.begin().data.rollout)
            try await harness.pool.execute("UPDATE registry.rollouts SET state = state - 'plan'")
            try await harness.send([RolloutSamples.answer(by: standing.challenger, isAccepted: true, user: "ada")])
            let end = try await harness.rollout(.rolledBack)
            #expect(end.data.reason.contains("can't be read"))
            try await eventually("the feedback is stored") {
                try await harness.count("SELECT count(*) FROM training.feedback") == 61
            }
        }
    }
}

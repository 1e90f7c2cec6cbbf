import Contracts
import RetrainingTriggerCore
import Rollout
import TestSupport

/// A plan that fits into a test, and what people and replicas say during a rollout.
enum RolloutSamples {
    /// Shadow of 10, then half of the users until 12 answers, then all; no waiting.
    static func planning(
        shadow: Int = 10, shares: [Int] = [5_000, 10_000], goal: RolloutPlanning.Goal = .better
    ) -> RolloutPlanning {
        var plan = CanaryPlan(shadowAnalyses: shadow, stepAnswers: 12, stepSeconds: 0)
        plan.test.minimumToPromote = 12
        plan.test.minimumToRollBack = 12
        return RolloutPlanning(base: plan, shares: shares, goal: goal)
    }

    /// A person's word on one answer of a version.
    static func answer(
        by version: String, isAccepted: Bool, user: String, analysedAt: EventTime = .now
    ) -> CloudEvent<FeedbackRecorded> {
        var event = TrainingSamples.feedback(number: 0)
        event.data.user = user
        event.data.modelVersion = version
        event.data.analysedAt = analysedAt
        event.data.fields = [
            JudgedField(
                field: .category, value: .text(isAccepted ? "bug" : "feature"),
                provenance: isAccepted ? .accepted : .corrected, suggested: .text("bug"), confidence: 0.7)
        ]
        return event
    }

    /// One answer of each version, of as many people.
    static func answers(
        _ count: Int, of rollout: RolloutStanding, challengerAccepted: Bool, championAccepted: Bool
    ) -> [CloudEvent<FeedbackRecorded>] {
        (0..<count).flatMap { number in
            [
                answer(by: rollout.challenger, isAccepted: challengerAccepted, user: "new-\(number)"),
                answer(by: rollout.champion, isAccepted: championAccepted, user: "old-\(number)"),
            ]
        }
    }

    /// What a replica saw.
    static func observed(
        _ rollout: Identifier, _ count: Int, failures: Int = 0, fault: String? = nil
    ) -> CloudEvent<RolloutObserved> {
        func arm(_ arm: RolloutArm, failures: Int) -> ArmObservation {
            ArmObservation(
                arm: arm, analyses: count, failures: failures,
                latencies: count > failures ? [LatencyCount(milliseconds: 1, count: count - failures)] : [])
        }
        return CloudEvent(
            source: .aiAnalyzer, subject: rollout.description, story: Story(correlationID: rollout.description),
            data: RolloutObserved(
                rolloutID: rollout, replica: "a",
                arms: [arm(.champion, failures: 0), arm(.challenger, failures: failures)],
                fault: fault, observedAt: .now))
    }

    static func command(_ action: RolloutAction, _ rollout: Identifier? = nil) -> CloudEvent<RolloutRequested> {
        CloudEvent(
            source: .taskAPI, subject: "rollout", story: Story(correlationID: Identifier().description),
            data: RolloutRequested(
                action: action, version: nil, rolloutID: rollout, reason: "to see", requestedBy: "mia"))
    }
}

extension TrainingHarness {
    /// Trains a version, and returns how its rollout begins.
    func begin() async throws -> CloudEvent<RolloutChanged> {
        try await send(TrainingSamples.feedback(60))
        try await eventually("the feedback is stored") {
            try await count("SELECT count(*) FROM training.feedback") == 60
        }
        try await send([
            CloudEvent(
                source: .taskAPI, subject: "training", story: Story(correlationID: "the-training"),
                data: TrainingRequested(requestedBy: "mia", reason: "now"))
        ])
        return try await bus.first(RolloutChanged.self) { $0.generation == 2 }
    }

    /// The rollout's change to a status, now or later.
    func rollout(_ status: RolloutStatus, within limit: Duration = .seconds(30)) async throws -> CloudEvent<
        RolloutChanged
    > {
        try await bus.first(RolloutChanged.self, within: limit) { $0.rollout?.status == status }
    }

    func states() throws -> [TrainingState] { try bus.all(TrainingChanged.self).map(\.data.state) }
}

import Contracts
import RetrainingTriggerCore
import Rollout
import Testing

/// Which plan a team gets, and which answers count.
@Suite struct RolloutPlanningTests {
    @Test(arguments: [
        (0, 0, [10_000], 0, CanaryPlan.Goal.noHarm), (249, 40, [10_000], 0, .noHarm), (840, 19, [10_000], 0, .noHarm),
        (250, 20, [2_500, 5_000, 10_000], 31, .noHarm), (840, 40, [2_500, 5_000, 10_000], 105, .noHarm),
        (4_500, 99, [2_500, 5_000, 10_000], 200, .noHarm),
        (4_500, 100, [500, 2_500, 5_000, 10_000], 200, .notWorseAtHorizon),
    ])
    func `the plan follows the team's size`(
        answers: Int, people: Int, shares: [Int], shadow: Int, goal: CanaryPlan.Goal
    ) {
        let (plan, why) = RolloutPlanning().plan(for: RolloutTraffic(answers: answers, people: people))
        #expect(plan.shares == shares && plan.shadowAnalyses == shadow && plan.goal == goal)
        #expect(plan.faults().isEmpty)
        #expect(why.contains("\(answers) answers to \(people) people in 14 days"))
    }

    @Test func `what the settings name is taken as it is`() {
        let nobody = RolloutTraffic(answers: 0, people: 0)
        let green = RolloutPlanning.blueGreen.plan(for: nobody)
        #expect(green.plan.shares == [10_000] && green.plan.shadowAnalyses == 0)
        let fixed = RolloutPlanning(shares: [1_000, 10_000], goal: .better).plan(for: nobody)
        #expect(fixed.plan.shares == [1_000, 10_000] && fixed.plan.goal == .better)
        #expect(fixed.plan.shadowAnalyses == 200)
        let goal = RolloutPlanning(goal: .better).plan(for: nobody)
        #expect(goal.plan.shares == [2_500, 5_000, 10_000] && goal.plan.goal == .better)
    }

    @Test func `settings that make no plan are refused`() {
        #expect(RolloutPlanning().faults().isEmpty)
        #expect(!RolloutPlanning(shares: [5_000]).faults().isEmpty)
        #expect(!RolloutPlanning(base: CanaryPlan(horizonAnswers: 50)).faults().isEmpty)
    }

    private func feedback(
        _ version: String?, _ provenances: [Provenance], analysedAt second: Int64?
    ) -> FeedbackRecorded {
        FeedbackRecorded(
            feedbackID: Identifier(),
            task: TaskSnapshot(
                taskID: Identifier(), tenant: "default", project: "p", author: "ada", title: "t", body: "", revision: 1,
                createdAt: EventTime(microseconds: 50_000_000)), user: "mia",
            fields: zip(TriageField.allCases, provenances).map {
                JudgedField(field: $0, value: .text("high"), provenance: $1, suggested: nil, confidence: nil)
            }, modelVersion: version, analysedAt: second.map { EventTime(microseconds: $0 * 1_000_000) },
            recordedAt: .now)
    }

    @Test func `an answer counts for the version that gave it, by the share of what was accepted`() {
        func answer(_ feedback: FeedbackRecorded) -> JudgedAnswer? {
            JudgedAnswer(feedback, champion: "a", challenger: "b", since: EventTime(microseconds: 100_000_000))
        }
        #expect(answer(feedback("a", [.accepted], analysedAt: 100))?.arm == .champion)
        let half = answer(feedback("b", [.accepted, .corrected, .human], analysedAt: 101))
        #expect(half?.arm == .challenger && half?.score == 0.5)
        #expect(answer(feedback("c", [.accepted], analysedAt: 101)) == nil)
        #expect(answer(feedback(nil, [.human], analysedAt: 101)) == nil)
        #expect(answer(feedback("a", [.human], analysedAt: 101)) == nil)
        #expect(answer(feedback("a", [.accepted], analysedAt: 99)) == nil)
        // Its task is older than the canary.
        #expect(answer(feedback("a", [.accepted], analysedAt: nil)) == nil)
    }

    @Test func `a blind answer counts by whether it is what was held back`() {
        func score(_ said: [String]) -> Double? {
            var feedback = feedback("b", [.human, .human], analysedAt: 101)
            feedback.blind = true
            for (index, value) in said.enumerated() {
                feedback.fields[index].value = .text(value)
                feedback.fields[index].suggested = .text("high")
            }
            return JudgedAnswer(
                feedback, champion: "a", challenger: "b", since: EventTime(microseconds: 100_000_000))?.score
        }
        #expect(score(["high", "high"]) == 1)
        #expect(score(["high", "low"]) == 0.5)
        #expect(score(["low", "low"]) == 0)
        // Nothing was suggested for the second one.
        #expect(score(["low"]) == 0)
        #expect(score([]) == nil)
    }
}

import Contracts
import RetrainingTriggerCore
import Testing

@Suite struct TrainingFlowTests {
    @Test(
        arguments: zip(
            [TrainingState.queued, .snapshotting, .validating, .training, .evaluating, .registering],
            [TrainingState.snapshotting, .validating, .training, .evaluating, .registering, .champion]))
    func `work that is done leads to the next state`(state: TrainingState, next: TrainingState) {
        let step = TrainingFlow.next(after: state, attempts: 2, outcome: .done(reason: "so"))
        #expect(step == .move(to: next, reason: "so"))
    }

    @Test func `a rejection is final at once`() {
        let step = TrainingFlow.next(after: .evaluating, attempts: 0, outcome: .rejected(reason: "worse"))
        #expect(step == .move(to: .rejected, reason: "worse"))
    }

    @Test func `what a person has to put right first fails at once, with its own reason`() {
        let step = TrainingFlow.next(after: .evaluating, attempts: 0, outcome: .failed(reason: "no champion"))
        #expect(step == .move(to: .failed, reason: "no champion"))
    }

    @Test func `the third fault is the last`() {
        var attempts = 0
        var reasons: [String] = []
        while case .again(let next, let reason) = TrainingFlow.next(
            after: .training, attempts: attempts, outcome: .fault(reason: "no memory"))
        {
            attempts = next
            reasons.append(reason)
        }
        #expect(reasons == ["no memory", "no memory"])
        #expect(
            TrainingFlow.next(after: .training, attempts: attempts, outcome: .fault(reason: "no memory"))
                == .move(to: .failed, reason: "3 attempts, the last one while training: no memory"))
    }

    @Test func `a training whose owners die goes on twice and then fails`() {
        #expect(TrainingFlow.resume(.evaluating, attempts: 1) == nil)
        #expect(TrainingFlow.resume(.evaluating, attempts: 2) == nil)
        #expect(
            TrainingFlow.resume(.evaluating, attempts: 3)
                == .move(to: .failed, reason: "3 attempts, the last one was lost while evaluating"))
    }

    @Test func `a version is named by its training and when it was queued`() throws {
        let id = try #require(Identifier("0197f3c2-7a10-7cc1-8a4e-4a1f2b3c1f3a"))
        let time = try #require(EventTime("2026-11-22T23:05:09.123456Z"))
        #expect(ModelVersion.name(training: id, queuedAt: time) == "m-20261122-230509-1f3a")
    }
}

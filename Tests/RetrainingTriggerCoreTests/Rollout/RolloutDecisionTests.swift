import Contracts
import RetrainingTriggerCore
import Rollout
import Testing

@Suite struct RolloutDecisionTests {
    private static let serving = Serving(champion: "b", previous: "a", generation: 2)

    private static func request(_ action: RolloutAction, _ version: String? = nil) -> RolloutRequested {
        RolloutRequested(action: action, version: version, reason: "it is slow", requestedBy: "mia")
    }

    @Test(
        arguments: [
            (request(.rollback), .change(to: "a", over: serving, reason: "rolled back by mia: it is slow")),
            (request(.rollback, "c"), .change(to: "c", over: serving, reason: "rolled back by mia: it is slow")),
            (request(.promote, "c"), .change(to: "c", over: serving, reason: "promoted by mia: it is slow")),
            (request(.promote, "b"), .unchanged(reason: "b serves already")),
            (request(.promote, "z"), .refuse(code: .modelNotFound, reason: "z is not in the registry")),
        ] as [(RolloutRequested, RolloutDecision)])
    func `a request changes what serves, or says why not`(request: RolloutRequested, expected: RolloutDecision) {
        let known: Set<String> = ["a", "b", "c"]
        let decision = RolloutDecision.decide(
            on: request, serving: Self.serving, known: known.intersection([request.version ?? ""]))
        #expect(decision == expected)
    }

    @Test func `without a version before there is nothing to return to`() {
        let serving = Serving(champion: "a", previous: nil, generation: 1)
        #expect(
            RolloutDecision.decide(on: Self.request(.rollback), serving: serving, known: [])
                == .refuse(code: .modelNotFound, reason: "there is no version before a"))
    }

    @Test func `during a rollout a request is about it, unless it names another version or another rollout`() {
        let underWay = RolloutUnderWay(id: Identifier(), challenger: "c")
        let serving = Serving(champion: "b", previous: "a", generation: 4)
        func decide(_ action: RolloutAction, _ version: String? = nil, of id: Identifier? = nil) -> RolloutDecision {
            RolloutDecision.decide(
                on: RolloutRequested(action: action, version: version, rolloutID: id, reason: "r", requestedBy: "mia"),
                serving: serving, underWay: underWay, known: ["a", "c"])
        }
        func command(_ action: CanaryCommand.Action) -> RolloutDecision {
            .command(CanaryCommand(action, by: "mia", reason: "r"))
        }
        #expect(decide(.pause) == command(.pause))
        #expect(decide(.resume, of: underWay.id) == command(.resume))
        #expect(decide(.promote, "c") == command(.promote))
        #expect(decide(.promote, of: underWay.id) == command(.promote))
        #expect(decide(.rollback) == command(.rollBack))
        #expect(decide(.rollback, "a") == .change(to: "a", over: serving, reason: "rolled back by mia: r"))
        #expect(decide(.promote, "a") == .change(to: "a", over: serving, reason: "promoted by mia: r"))
        let other = Identifier()
        #expect(decide(.promote, of: other) == .unchanged(reason: "the rollout \(other) has ended"))
    }

    @Test func `without a rollout there is nothing to pause`() {
        let request = RolloutRequested(action: .pause, version: nil, reason: "r", requestedBy: "mia")
        let serving = Serving(champion: "b", previous: "a", generation: 4)
        #expect(
            RolloutDecision.decide(on: request, serving: serving, known: [])
                == .unchanged(reason: "no rollout is under way"))
    }
}

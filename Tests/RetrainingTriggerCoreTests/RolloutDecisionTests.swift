import Contracts
import RetrainingTriggerCore
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
}

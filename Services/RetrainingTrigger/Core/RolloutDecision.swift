package import Contracts

/// What serves.
package struct Serving: Hashable, Sendable {
    package var champion: String
    /// What a rollback returns to.
    package var previous: String?
    package var generation: Int

    package init(champion: String, previous: String?, generation: Int) {
        self.champion = champion
        self.previous = previous
        self.generation = generation
    }
}

/// What a person's request for another serving version means.
package enum RolloutDecision: Hashable, Sendable {
    case change(to: String, over: Serving, reason: String)
    /// It serves already.
    case unchanged(reason: String)
    case refuse(code: ErrorCode, reason: String)

    /// Equal input gives an equal answer.
    /// - Parameter known: the registry's versions, as far as the request names them.
    package static func decide(
        on request: RolloutRequested, serving: Serving?, known: Set<String>
    ) -> RolloutDecision {
        guard let serving else { return .refuse(code: .modelNotFound, reason: "nothing serves yet") }
        guard let target = request.version ?? serving.previous else {
            return .refuse(code: .modelNotFound, reason: "there is no version before \(serving.champion)")
        }
        guard target != serving.champion else { return .unchanged(reason: "\(target) serves already") }
        guard known.contains(target) || target == serving.previous else {
            return .refuse(code: .modelNotFound, reason: "\(target) is not in the registry")
        }
        let deed = request.action == .rollback ? "rolled back" : "promoted"
        return .change(
            to: target, over: serving, reason: "\(deed) by \(request.requestedBy): \(request.reason)")
    }
}

package import Contracts
package import Rollout

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

/// The rollout that is under way, as far as a person's request goes.
package struct RolloutUnderWay: Hashable, Sendable {
    package var id: Identifier
    package var challenger: String

    package init(id: Identifier, challenger: String) {
        self.id = id
        self.challenger = challenger
    }
}

/// What a person's request for another serving version, or to a rollout, means.
package enum RolloutDecision: Hashable, Sendable {
    /// Another version serves; a rollout under way ends with that.
    case change(to: String, over: Serving, reason: String)
    /// For the rollout under way to obey.
    case command(CanaryCommand)
    /// It is so already, or the rollout that was meant has ended.
    case unchanged(reason: String)
    case refuse(code: ErrorCode, reason: String)

    /// Equal input gives an equal answer.
    /// - Parameter known: the registry's versions, as far as the request names them.
    package static func decide(
        on request: RolloutRequested, serving: Serving?, underWay: RolloutUnderWay? = nil, known: Set<String>
    ) -> RolloutDecision {
        guard let serving else { return .refuse(code: .modelNotFound, reason: "nothing serves yet") }
        if let meant = request.rolloutID, meant != underWay?.id {
            return .unchanged(reason: "the rollout \(meant) has ended")
        }
        if let action = action(request, underWay) {
            guard underWay != nil else { return .unchanged(reason: "no rollout is under way") }
            return .command(CanaryCommand(action, by: request.requestedBy, reason: request.reason))
        }
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

    /// What the request is to the rollout under way; `nil` when it is about another version.
    private static func action(_ request: RolloutRequested, _ underWay: RolloutUnderWay?) -> CanaryCommand.Action? {
        switch request.action {
        case .pause: .pause
        case .resume: .resume
        case .promote where request.rolloutID != nil: .promote
        case .promote: request.version == underWay?.challenger && request.version != nil ? .promote : nil
        case .rollback where request.rolloutID != nil: .rollBack
        case .rollback: underWay != nil && request.version == nil ? .rollBack : nil
        }
    }
}

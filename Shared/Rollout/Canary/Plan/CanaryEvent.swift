/// What a rollout is told.
package enum CanaryEvent: Codable, Hashable, Sendable {
    /// A person accepted or corrected an answer that this arm gave: score 1 or 0, or between for several fields.
    case judged(CanaryArm, score: Double, earlier: UserTally)
    /// This arm made an analysis, shown or in shadow, or failed to.
    case served(CanaryArm, failed: Bool, latencyMilliseconds: Double)
    /// The challenger can't answer at all, for this reason.
    case broken(reason: String)
    /// Time passed.
    case tick
    case command(CanaryCommand)
}

/// What a person wants of a rollout.
package struct CanaryCommand: Codable, Hashable, Sendable {
    package enum Action: String, Codable, Hashable, Sendable, CaseIterable {
        /// The share stays; nothing happens by itself but a rollback for harm.
        case pause
        case resume
        /// To all users, now.
        case promote
        /// To nobody, now.
        case rollBack = "roll_back"
    }

    package var action: Action
    package var by: String
    package var reason: String

    package init(_ action: Action, by: String, reason: String) {
        self.action = action
        self.by = by
        self.reason = reason
    }
}

/// What a rollout wants done; each is one change of what serves, or of who decides.
package struct CanaryEffect: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// The challenger runs beside the champion, unseen.
        case shadow
        /// So many users get the challenger.
        case share
        /// The challenger is the champion.
        case promote
        /// The champion serves alone.
        case rollBack = "roll_back"
        case pause
        case resume
    }

    /// Why, as a stable word for metrics.
    package enum Cause: String, Codable, Hashable, Sendable, CaseIterable {
        case started
        /// Enough was seen of this step, and no harm.
        case stepPassed = "step_passed"
        /// Shown to be better.
        case better
        /// Shown to be not worse by the margin.
        case notWorse = "not_worse"
        /// The time was up, nothing speaks of harm, and the plan asks for no more.
        case noHarm = "no_harm"
        /// Shown to be worse.
        case harmful
        /// It fails more often than tolerated, or altogether.
        case failing
        case slow
        /// The time was up and nothing shown.
        case unproven
        /// A person's command.
        case person
    }

    package var kind: Kind
    package var cause: Cause
    /// The challenger's share of the users from now on, in hundredths of a percent.
    package var share: Int
    /// One sentence with the numbers.
    package var reason: String
}

/// Where the rollout of a challenger stands.
package struct RolloutStanding: Codable, Hashable, Sendable {
    package var rolloutID: Identifier
    package var trainingID: Identifier?
    package var challenger: String
    /// What it is compared with.
    package var champion: String
    package var status: RolloutStatus
    /// Nothing happens by itself but a rollback for harm.
    package var isPaused: Bool
    /// Percentage of the users who have the challenger.
    package var sharePercent: Double
    /// Salts the buckets: which users those are.
    package var experiment: String
    /// Why it stands there, as a stable word such as `step_passed` or `harmful`.
    package var cause: String
    /// How the plan was chosen.
    package var plan: String
    /// Answers that people judged.
    package var answers: ArmCounts
    /// Analyses that were made, in shadow too.
    package var analyses: ArmCounts

    package init(
        rolloutID: Identifier, trainingID: Identifier?, challenger: String, champion: String, status: RolloutStatus,
        isPaused: Bool = false, sharePercent: Double, experiment: String, cause: String, plan: String,
        answers: ArmCounts = ArmCounts(), analyses: ArmCounts = ArmCounts()
    ) {
        self.rolloutID = rolloutID
        self.trainingID = trainingID
        self.challenger = challenger
        self.champion = champion
        self.status = status
        self.isPaused = isPaused
        self.sharePercent = sharePercent
        self.experiment = experiment
        self.cause = cause
        self.plan = plan
        self.answers = answers
        self.analyses = analyses
    }

    enum CodingKeys: String, CodingKey {
        case rolloutID = "rollout_id"
        case trainingID = "training_id"
        case challenger, champion, status, experiment, cause, plan, answers, analyses
        case isPaused = "is_paused"
        case sharePercent = "share_percent"
    }

    /// What is wrong with it, or `nil`.
    var fault: String? {
        for (name, text, most) in [
            ("challenger", challenger, 100), ("champion", champion, 100), ("experiment", experiment, 100),
            ("cause", cause, 100), ("plan", plan, 2_000),
        ] {
            if let fault = FieldRule<String>.fault(in: text, characters: 1...most) { return "\(name) \(fault)" }
        }
        if !(0...100).contains(sharePercent) { return "share_percent must be from 0 to 100" }
        return (answers.isValid && analyses.isValid) ? nil : "counts must not be negative"
    }
}

/// The steps of a rollout.
package enum RolloutStatus: String, Codable, CaseIterable, Sendable {
    /// The challenger answers unseen.
    case shadow
    /// Some users have the challenger.
    case canary
    case promoted
    case rolledBack = "rolled_back"

    /// Whether nothing follows.
    package var isFinal: Bool { self == .promoted || self == .rolledBack }
}

/// The two versions of a rollout.
package enum RolloutArm: String, Codable, CaseIterable, Sendable { case champion, challenger }

/// A count for each of the two.
package struct ArmCounts: Codable, Hashable, Sendable {
    package var champion: Int
    package var challenger: Int

    package init(champion: Int = 0, challenger: Int = 0) {
        self.champion = champion
        self.challenger = challenger
    }

    var isValid: Bool { champion >= 0 && challenger >= 0 }
}

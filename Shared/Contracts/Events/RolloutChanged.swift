/// A model version is in the registry.
package struct ModelRegistered: EventPayload {
    package static var eventType: EventType { .modelRegistered }
    package var version: String
    package var parent: String?
    package var sha256: String
    package var bytes: Int
    package var metrics: [String: Double]
    package var trainingID: Identifier?
    package var registeredAt: EventTime

    package init(
        version: String, parent: String?, sha256: String, bytes: Int, metrics: [String: Double],
        trainingID: Identifier?, registeredAt: EventTime
    ) {
        self.version = version
        self.parent = parent
        self.sha256 = sha256
        self.bytes = bytes
        self.metrics = metrics
        self.trainingID = trainingID
        self.registeredAt = registeredAt
    }

    enum CodingKeys: String, CodingKey {
        case version, parent, sha256, bytes, metrics
        case trainingID = "training_id"
        case registeredAt = "registered_at"
    }

    package static let rules: [FieldRule<ModelRegistered>] = [
        .text("version", { $0.version }, 1...100), .text("sha256", { $0.sha256 }, 64...64),
        .range("bytes", { Double($0.bytes) }, 1...1e9),
    ]
}

/// A person asks for another serving version, or something of the rollout that is under way.
package struct RolloutRequested: EventPayload {
    package static var eventType: EventType { .rolloutRequested }
    package var action: RolloutAction
    /// The version to promote; for a rollback `nil` means the previous champion.
    package var version: String?
    /// The rollout that is meant: once it has ended, the request has no effect.
    package var rolloutID: Identifier?
    package var reason: String
    package var requestedBy: String

    package init(
        action: RolloutAction, version: String?, rolloutID: Identifier? = nil, reason: String, requestedBy: String
    ) {
        self.action = action
        self.version = version
        self.rolloutID = rolloutID
        self.reason = reason
        self.requestedBy = requestedBy
    }

    enum CodingKeys: String, CodingKey {
        case action, version, reason
        case rolloutID = "rollout_id"
        case requestedBy = "requested_by"
    }

    package static let rules: [FieldRule<RolloutRequested>] = [
        .text("version", { $0.version }, 1...100), .text("reason", { $0.reason }, 1...2_000),
        .text("requested_by", { $0.requestedBy }, 1...200),
        FieldRule("version") { request in
            request.action == .promote && request.version == nil && request.rolloutID == nil
                ? "is needed to promote" : nil
        },
    ]
}

/// What a person can ask of a rollout.
package enum RolloutAction: String, Codable, CaseIterable, Sendable {
    /// Lets a version serve; of the rollout under way its challenger.
    case promote
    /// Brings the version before back; of the rollout under way takes the challenger from everybody.
    case rollback
    case pause, resume
}

/// Another version serves from now on, or a challenger has another share of the users.
package struct RolloutChanged: EventPayload {
    package static var eventType: EventType { .rolloutChanged }
    package var champion: String
    /// The champion before, kept as the backup that a rollback returns to.
    package var previous: String?
    package var reason: String
    /// Rises with each change: a lower number is stale.
    package var generation: Int
    /// Where the rollout stands that this is a change of; `nil` for a person's promotion or rollback without one.
    package var rollout: RolloutStanding?
    package var changedAt: EventTime

    package init(
        champion: String, previous: String?, reason: String, generation: Int, rollout: RolloutStanding? = nil,
        changedAt: EventTime
    ) {
        self.champion = champion
        self.previous = previous
        self.reason = reason
        self.generation = generation
        self.rollout = rollout
        self.changedAt = changedAt
    }

    enum CodingKeys: String, CodingKey {
        case champion, previous, reason, generation, rollout
        case changedAt = "changed_at"
    }

    package static let rules: [FieldRule<RolloutChanged>] = [
        .text("champion", { $0.champion }, 1...100), .text("reason", { $0.reason }, 1...2_000),
        .range("generation", { Double($0.generation) }, 1...1e12),
        FieldRule("rollout") { $0.rollout?.fault },
    ]
}

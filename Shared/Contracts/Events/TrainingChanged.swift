/// A person asks for a training now.
package struct TrainingRequested: EventPayload {
    package static var eventType: EventType { .trainingRequested }
    package var requestedBy: String
    package var reason: String

    package init(requestedBy: String, reason: String) {
        self.requestedBy = requestedBy
        self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
        case requestedBy = "requested_by"
        case reason
    }

    package static let rules: [FieldRule<TrainingRequested>] = [
        .text("requested_by", { $0.requestedBy }, 1...200), .text("reason", { $0.reason }, 1...2_000),
    ]
}

/// A training reached a state.
package struct TrainingChanged: EventPayload {
    package static var eventType: EventType { .trainingChanged }
    package var trainingID: Identifier
    package var state: TrainingState
    /// Why it is in this state, with the numbers: the rule that fired, the gate's verdict, the error.
    package var reason: String
    package var examples: Int
    package var candidateVersion: String?
    package var championVersion: String?
    package var metrics: [String: Double]
    package var changedAt: EventTime

    package init(
        trainingID: Identifier, state: TrainingState, reason: String, examples: Int, candidateVersion: String? = nil,
        championVersion: String? = nil, metrics: [String: Double] = [:], changedAt: EventTime
    ) {
        self.trainingID = trainingID
        self.state = state
        self.reason = reason
        self.examples = examples
        self.candidateVersion = candidateVersion
        self.championVersion = championVersion
        self.metrics = metrics
        self.changedAt = changedAt
    }

    enum CodingKeys: String, CodingKey {
        case trainingID = "training_id"
        case state, reason, examples, metrics
        case candidateVersion = "candidate_version"
        case championVersion = "champion_version"
        case changedAt = "changed_at"
    }

    package static let rules: [FieldRule<TrainingChanged>] = [
        .text("reason", { $0.reason }, 1...2_000),
        .range("examples", { Double($0.examples) }, 0...1e9),
    ]
}

/// The states of a training; issue 5 adds the rollout's own.
package enum TrainingState: String, Codable, CaseIterable, Sendable {
    case queued, snapshotting, training, evaluating, registering, champion, rejected, failed

    /// Whether nothing follows.
    package var isFinal: Bool { self == .champion || self == .rejected || self == .failed }
}

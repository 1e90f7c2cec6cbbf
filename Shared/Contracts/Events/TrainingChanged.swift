/// A person asks for a training now.
package struct TrainingRequested: EventPayload {
    package static var eventType: EventType { .trainingRequested }
    package var requestedBy: String
    package var reason: String
    /// Names of checks whose failure this person has looked at and takes for right, e.g. `label-drift`.
    package var accept: [String]?
    /// Whether the candidate may be rolled out though the gate finds it worse.
    package var pastGate: Bool?

    package init(requestedBy: String, reason: String, accept: [String]? = nil, pastGate: Bool? = nil) {
        self.requestedBy = requestedBy
        self.reason = reason
        self.accept = accept
        self.pastGate = pastGate
    }

    enum CodingKeys: String, CodingKey {
        case requestedBy = "requested_by"
        case reason, accept
        case pastGate = "past_gate"
    }

    package static let rules: [FieldRule<TrainingRequested>] = [
        .text("requested_by", { $0.requestedBy }, 1...200), .text("reason", { $0.reason }, 1...2_000),
        .texts("accept", { $0.accept }, atMost: 50),
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
    /// What the checks of the data found; only in the event that ends `validating`.
    package var checks: [DataCheck]?
    /// What the gate decided and by what; only in the event that ends `evaluating`.
    package var decision: GateDecision?
    package var changedAt: EventTime

    package init(
        trainingID: Identifier, state: TrainingState, reason: String, examples: Int, candidateVersion: String? = nil,
        championVersion: String? = nil, metrics: [String: Double] = [:], checks: [DataCheck]? = nil,
        decision: GateDecision? = nil, changedAt: EventTime
    ) {
        self.trainingID = trainingID
        self.state = state
        self.reason = reason
        self.examples = examples
        self.candidateVersion = candidateVersion
        self.championVersion = championVersion
        self.metrics = metrics
        self.checks = checks
        self.decision = decision
        self.changedAt = changedAt
    }

    enum CodingKeys: String, CodingKey {
        case trainingID = "training_id"
        case state, reason, examples, metrics, checks, decision
        case candidateVersion = "candidate_version"
        case championVersion = "champion_version"
        case changedAt = "changed_at"
    }

    package static let rules: [FieldRule<TrainingChanged>] = [
        .text("reason", { $0.reason }, 1...2_000),
        .range("examples", { Double($0.examples) }, 0...1e9),
        FieldRule("checks", keywords: ["maxItems": 50]) { event in
            guard let checks = event.checks else { return nil }
            guard checks.count <= 50 else { return "must have at most 50 items" }
            return checks.lazy.compactMap(\.fault).first
        },
        FieldRule("decision") { $0.decision?.fault },
    ]
}

/// The states of a training and of the rollout of what it made.
package enum TrainingState: String, Codable, CaseIterable, Sendable {
    case queued, snapshotting, validating, training, evaluating, registering
    /// The version answers unseen beside the champion.
    case shadow
    /// Some users have the version.
    case canary
    case champion, rejected
    case rolledBack = "rolled_back"
    case failed

    /// Whether nothing follows.
    package var isFinal: Bool {
        switch self {
        case .champion, .rejected, .rolledBack, .failed: true
        default: false
        }
    }

    /// Whether it is left to people's answers: nobody works on it.
    package var isRollout: Bool { self == .shadow || self == .canary }
}

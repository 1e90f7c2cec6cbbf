/// What one ai-analyzer replica saw of a rollout since it last told: about once a second, where there was anything.
package struct RolloutObserved: EventPayload {
    package static var eventType: EventType { .rolloutObserved }
    package var rolloutID: Identifier
    package var replica: String
    package var arms: [ArmObservation]
    /// How often both said the same; only while the challenger runs in shadow.
    package var agreement: ShadowAgreement?
    /// Why this replica can't run the challenger; everybody has the champion there.
    package var fault: String?
    package var observedAt: EventTime

    package init(
        rolloutID: Identifier, replica: String, arms: [ArmObservation], agreement: ShadowAgreement? = nil,
        fault: String? = nil, observedAt: EventTime
    ) {
        self.rolloutID = rolloutID
        self.replica = replica
        self.arms = arms
        self.agreement = agreement
        self.fault = fault
        self.observedAt = observedAt
    }

    enum CodingKeys: String, CodingKey {
        case rolloutID = "rollout_id"
        case replica, arms, agreement, fault
        case observedAt = "observed_at"
    }

    package static let rules: [FieldRule<RolloutObserved>] = [
        .text("replica", { $0.replica }, 1...100), .text("fault", { $0.fault }, 1...2_000),
        FieldRule("arms", keywords: ["maxItems": 2]) { event in
            guard Set(event.arms.map(\.arm)).count == event.arms.count else { return "must name each arm once" }
            return event.arms.lazy.compactMap(\.fault).first
        },
        FieldRule("agreement") { event in
            guard let agreement = event.agreement else { return nil }
            let most = 0...agreement.compared
            return (0...ArmObservation.mostAnalyses).contains(agreement.compared) && most.contains(agreement.category)
                && most.contains(agreement.priority) ? nil : "must agree no more often than compared"
        },
    ]
}

/// Analyses of one of the two versions.
package struct ArmObservation: Codable, Hashable, Sendable {
    /// In one event.
    package static let mostAnalyses = 1_000_000
    package static let mostLatencies = 100

    package var arm: RolloutArm
    package var analyses: Int
    /// Of those.
    package var failures: Int
    /// How long the others took, in as many steps as the event tells apart.
    package var latencies: [LatencyCount]

    package init(arm: RolloutArm, analyses: Int, failures: Int = 0, latencies: [LatencyCount] = []) {
        self.arm = arm
        self.analyses = analyses
        self.failures = failures
        self.latencies = latencies
    }

    /// What is wrong with it, or `nil`.
    fileprivate var fault: String? {
        guard (0...Self.mostAnalyses).contains(analyses) else { return "has no count of analyses" }
        guard (0...analyses).contains(failures) else { return "must not fail more often than it analyses" }
        guard latencies.count <= Self.mostLatencies else { return "has more than \(Self.mostLatencies) latencies" }
        guard latencies.allSatisfy({ (0...1e9).contains($0.milliseconds) && (1...analyses).contains($0.count) }) else {
            return "has a latency that is none"
        }
        return latencies.reduce(0) { $0 + $1.count } == analyses - failures
            ? nil : "must have a latency for each analysis that didn't fail"
    }
}

/// So many analyses took about so long.
package struct LatencyCount: Codable, Hashable, Sendable {
    package var milliseconds: Double
    package var count: Int

    package init(milliseconds: Double, count: Int) {
        self.milliseconds = milliseconds
        self.count = count
    }
}

/// Champion and challenger on the same tasks.
package struct ShadowAgreement: Codable, Hashable, Sendable {
    package var compared: Int
    /// Tasks for which both chose the same.
    package var category: Int
    package var priority: Int

    package init(compared: Int = 0, category: Int = 0, priority: Int = 0) {
        self.compared = compared
        self.category = category
        self.priority = priority
    }
}

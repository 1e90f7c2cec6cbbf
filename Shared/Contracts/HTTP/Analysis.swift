/// What the analyzer says about one revision of a task.
package struct Analysis: Codable, Hashable, Sendable {
    package var analysisID: Identifier
    package var taskID: Identifier
    package var revision: Int
    package var modelVersion: String
    /// The model as the provider's server named it; nil on the rungs below.
    package var model: String?
    /// The variant of the routing table that the task was given to, whoever answered; nil without remote models.
    package var variant: String?
    /// The step of the ladder that answered.
    package var rung: Rung
    /// Whether a lower rung than the wanted one answered.
    package var degraded: Bool
    /// Why it is degraded.
    package var reason: String?
    /// The remote model's own short explanation: unchecked text, for people only.
    package var explanation: String?
    /// What in the task reads like an instruction to a model, such as `body:overrides_instructions`; nil for nothing.
    package var flags: [String]?
    package var category: LabelSuggestion?
    package var priority: LabelSuggestion?
    package var effort: EffortSuggestion?
    package var labels: [String]
    package var similar: [SimilarTask]
    package var analysedAt: EventTime
    /// Time spent on this task by the model and the similarity index.
    package var durationMicroseconds: Int

    package init(
        analysisID: Identifier, taskID: Identifier, revision: Int, modelVersion: String,
        model: String? = nil, variant: String? = nil, rung: Rung, degraded: Bool = false, reason: String? = nil,
        explanation: String? = nil,
        flags: [String]? = nil, category: LabelSuggestion? = nil,
        priority: LabelSuggestion? = nil, effort: EffortSuggestion? = nil, labels: [String] = [],
        similar: [SimilarTask] = [], analysedAt: EventTime, durationMicroseconds: Int = 0
    ) {
        self.analysisID = analysisID
        self.taskID = taskID
        self.revision = revision
        self.modelVersion = modelVersion
        self.model = model
        self.variant = variant
        self.rung = rung
        self.degraded = degraded
        self.reason = reason
        self.explanation = explanation
        self.flags = flags
        self.category = category
        self.priority = priority
        self.effort = effort
        self.labels = labels
        self.similar = similar
        self.analysedAt = analysedAt
        self.durationMicroseconds = durationMicroseconds
    }

    enum CodingKeys: String, CodingKey {
        case analysisID = "analysis_id"
        case taskID = "task_id"
        case revision
        case modelVersion = "model_version"
        case model, variant, rung, degraded, reason, explanation, flags, category, priority, effort, labels, similar
        case analysedAt = "analysed_at"
        case durationMicroseconds = "duration_microseconds"
    }
}

/// The steps of the ladder, best first.
package enum Rung: String, Codable, CaseIterable, Sendable {
    case provider, embedded, neighbours, rules
}

/// What to do with a suggestion: apply it, show it, or ask.
package enum Zone: String, Codable, CaseIterable, Sendable {
    case auto, suggest, ask
}

/// One label with its calibrated probability, and why.
package struct LabelSuggestion: Codable, Hashable, Sendable {
    package var value: String
    /// Probability of being right, 0-1.
    package var confidence: Double
    package var zone: Zone
    /// Probability by label; sums to 1.
    package var distribution: [String: Double]
    package var reasons: [Reason]

    package init(value: String, confidence: Double, zone: Zone, distribution: [String: Double], reasons: [Reason]) {
        self.value = value
        self.confidence = confidence
        self.zone = zone
        self.distribution = distribution
        self.reasons = reasons
    }
}

/// A term of the task that spoke for the suggestion.
package struct Reason: Codable, Hashable, Sendable {
    package var term: String
    /// `title` or `body`.
    package var field: String
    /// Its share of all that spoke for the suggestion, 0-1; negative: of all that spoke against it.
    package var weight: Double

    package init(term: String, field: String, weight: Double) {
        self.term = term
        self.field = field
        self.weight = weight
    }
}

/// Effort in story points: the median and the 80 % interval.
package struct EffortSuggestion: Codable, Hashable, Sendable {
    package var points: Double
    package var low: Double
    package var high: Double
    package var confidence: Double
    /// False where the text says no more than the average task does.
    package var enoughEvidence: Bool

    package init(points: Double, low: Double, high: Double, confidence: Double, enoughEvidence: Bool) {
        self.points = points
        self.low = low
        self.high = high
        self.confidence = confidence
        self.enoughEvidence = enoughEvidence
    }

    enum CodingKeys: String, CodingKey {
        case points, low, high, confidence
        case enoughEvidence = "enough_evidence"
    }
}

/// An earlier task that is like this one.
package struct SimilarTask: Codable, Hashable, Sendable {
    package var taskID: Identifier
    package var title: String
    /// 0-1.
    package var score: Double
    package var sharedTerms: [String]

    package init(taskID: Identifier, title: String, score: Double, sharedTerms: [String]) {
        self.taskID = taskID
        self.title = title
        self.score = score
        self.sharedTerms = sharedTerms
    }

    enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case title, score
        case sharedTerms = "shared_terms"
    }
}

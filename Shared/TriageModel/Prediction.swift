/// The text of one task, as the model reads it; the same for training and serving.
package struct TaskText: Sendable, Equatable {
    /// The project the task belongs to; projects seen in training have weights of their own.
    package var project: String
    /// One line.
    package var title: String
    /// Markdown or plain text; may be empty.
    package var body: String

    package init(project: String, title: String, body: String) {
        self.project = project
        self.title = title
        self.body = body
    }
}

/// What may be done with a suggestion, from the precision its confidence reached on held-out tasks.
package enum Zone: String, Sendable, Codable, CaseIterable {
    /// Sure enough to be applied without asking.
    case auto
    /// Worth offering, a person decides.
    case suggest
    /// Not sure: ask.
    case ask
}

/// A label and how probable the model holds it.
package struct LabelProbability: Sendable, Equatable, Codable {
    package let label: String
    package let probability: Double
}

/// A word of the task that spoke for the suggested label, or against it.
package struct Reason: Sendable, Equatable, Codable {
    /// The word as it stands in the task, lower-cased.
    package let term: String
    /// `title` or `body`.
    package let field: String
    /// Its share of all evidence for the label, 0 to 1; negative: of all evidence against it.
    package let weight: Double
}

/// The answer of a head that picks one of several labels.
package struct LabelPrediction: Sendable, Equatable {
    package let label: String
    /// The calibrated probability of `label`, 0 to 1.
    package let confidence: Double
    package let zone: Zone
    /// Every label of the head, in the order of its label set; sums to 1.
    package let distribution: [LabelProbability]
    /// Up to five words, the strongest first.
    package let reasons: [Reason]
    /// What other confidences would be worth; nil: whatever it is, it is a question.
    let limits: ZoneLimits?

    /// The zone of another confidence than its own, such as that of labels that became one.
    package func zone(of confidence: Double) -> Zone {
        guard let limits else { return .ask }
        return confidence >= limits.automatic ? .auto : (confidence >= limits.suggestion ? .suggest : .ask)
    }
}

/// Confidences from which on zones begin.
struct ZoneLimits: Sendable, Equatable {
    let automatic: Double
    let suggestion: Double
}

/// The answer of the effort head: a distribution told by its middle and its 80 % interval.
package struct EffortPrediction: Sendable, Equatable {
    /// Median of the distribution, in story points.
    package let points: Double
    /// 10 % quantile, in story points.
    package let low: Double
    /// 90 % quantile, in story points.
    package let high: Double
    /// Probability of the point value nearest to `points`, 0 to 1.
    package let confidence: Double
    /// False when the text said no more than the mix of all tasks: show nothing then, or show it as a guess.
    package let hasEnoughEvidence: Bool
}

/// What the model says about one task; a head that the model does not have is nil.
package struct Prediction: Sendable, Equatable {
    package let category: LabelPrediction?
    package let priority: LabelPrediction?
    package let effort: EffortPrediction?
    /// The labels whose probability reached their threshold, the most probable first, at most five; nil without the head.
    package let labels: [LabelProbability]?
    /// Share of the task's words, 0 to 1, that the model has met; below `TriageModel.foreignShare` it asks.
    package let knownWords: Double
    /// Whether the category comes from words alone.
    package let embedding: EmbeddingUse
}

/// One task with what a person said about it.
package struct LabelledTask: Sendable, Equatable {
    package var id: String
    package var text: TaskText
    package var category: String?
    package var priority: String?
    /// Story points.
    package var effort: Double?
    /// Every label of the task; empty says that it has none, nil that nobody said.
    package var labels: [String]?
    /// How much this example counts; 1 is an ordinary one, 0 is ignored.
    package var weight: Double
    /// The task's vector, where an embedding model was asked.
    package var embedding: TextEmbedding?

    package init(
        id: String, text: TaskText, category: String? = nil, priority: String? = nil, effort: Double? = nil,
        labels: [String]? = nil, weight: Double = 1, embedding: TextEmbedding? = nil
    ) {
        self.id = id
        self.text = text
        self.category = category
        self.priority = priority
        self.effort = effort
        self.labels = labels
        self.weight = weight
        self.embedding = embedding
    }
}

package import Contracts
package import TriageModel

/// Puts an analysis together from what the model and the index say.
package enum AnalysisAssembly {
    /// Which model answered, and whether it is the one that was wanted.
    package struct Source: Hashable, Sendable {
        package var modelVersion: String
        package var rung: Rung
        /// Why a lower rung or an older version answered; `nil` when all is well.
        package var degradation: String?

        package init(modelVersion: String, rung: Rung, degradation: String?) {
            self.modelVersion = modelVersion
            self.rung = rung
            self.degradation = degradation
        }

        /// A challenger: it was wanted, so nothing is degraded.
        package init(challenger model: TriageModel) {
            self.init(modelVersion: model.header.version, rung: .embedded, degradation: nil)
        }
    }

    /// Equal input gives an equal answer.
    /// - Parameter labels: the categories of the task's team.
    package static func analysis(
        id: Identifier, of task: TaskSnapshot, prediction: Prediction, neighbours: [ModelNeighbour],
        from source: Source, labels: LabelMapping = .none,
        at time: EventTime, microseconds: Int
    ) -> Analysis {
        Analysis(
            analysisID: id, taskID: task.taskID, revision: task.revision, modelVersion: source.modelVersion,
            rung: source.rung, degraded: source.degradation != nil, reason: source.degradation,
            category: category(of: prediction, labels), priority: prediction.priority.map { suggestion($0) },
            effort: prediction.effort.map { suggestion($0) },
            similar: similar(neighbours), analysedAt: time, durationMicroseconds: microseconds)
    }

    /// The category that a team is told: of all versions alike, whenever they were trained.
    package static func category(of prediction: Prediction, _ labels: LabelMapping) -> LabelSuggestion? {
        prediction.category.flatMap { label in
            labels.served(suggestion(label)) { zone(label.zone(of: $0)) }
        }
    }

    /// What an analysis shows of similar tasks; at most 20.
    package static func similar(_ neighbours: [ModelNeighbour]) -> [Contracts.SimilarTask] {
        neighbours.prefix(20).map { neighbour in
            Contracts.SimilarTask(
                taskID: Identifier(neighbour.id), title: neighbour.title, score: rounded(neighbour.score),
                sharedTerms: neighbour.sharedTerms)
        }
    }

    private static func suggestion(_ label: ModelLabel) -> LabelSuggestion {
        LabelSuggestion(
            value: label.label, confidence: rounded(label.confidence), zone: zone(label.zone),
            distribution: Dictionary(
                label.distribution.map { ($0.label, rounded($0.probability)) }, uniquingKeysWith: { $1 }),
            reasons: label.reasons.map {
                Contracts.Reason(term: $0.term, field: $0.field, weight: rounded($0.weight))
            })
    }

    private static func suggestion(_ effort: ModelEffort) -> EffortSuggestion {
        EffortSuggestion(
            points: effort.points, low: effort.low, high: effort.high, confidence: rounded(effort.confidence),
            enoughEvidence: effort.hasEnoughEvidence)
    }

    private static func zone(_ zone: ModelZone) -> Contracts.Zone {
        switch zone {
        case .auto: .auto
        case .suggest: .suggest
        case .ask: .ask
        }
    }

    /// Four digits are more than the model knows.
    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}

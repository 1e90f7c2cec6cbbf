/// The type of an event, which is also its routing key. A breaking change of the payload is a new version.
package enum EventType: String, CaseIterable, Codable, Sendable {
    case taskCreated = "task.created.v1"
    case taskEdited = "task.edited.v1"
    case taskErased = "task.erased.v1"
    case analysisProgressed = "analysis.progressed.v1"
    case analysisCompleted = "analysis.completed.v1"
    case analysisFailed = "analysis.failed.v1"
    case analysisErased = "analysis.erased.v1"
    case feedbackRecorded = "feedback.recorded.v1"
    case trainingRequested = "training.requested.v1"
    case trainingChanged = "training.changed.v1"
    case trainingErased = "training.erased.v1"
    case modelRegistered = "model.registered.v1"
    case rolloutRequested = "rollout.requested.v1"
    case rolloutChanged = "rollout.changed.v1"
    case rolloutObserved = "rollout.observed.v1"
    case replayChunk = "replay.chunk.v1"
    case replayAnswered = "replay.answered.v1"
    case labelsChanged = "labels.changed.v1"

    /// Which service sends it.
    package var emitter: ServiceName {
        switch self {
        case .taskCreated, .taskEdited, .taskErased, .feedbackRecorded, .trainingRequested, .rolloutRequested,
            .replayChunk, .labelsChanged:
            .taskAPI
        case .analysisProgressed, .analysisCompleted, .analysisFailed, .analysisErased, .rolloutObserved,
            .replayAnswered:
            .aiAnalyzer
        case .trainingChanged, .trainingErased, .modelRegistered, .rolloutChanged: .retrainingTrigger
        }
    }

    /// Whether its messages may be lost: never in an outbox, not persistent, and not for a work queue.
    package var isTransient: Bool { self == .analysisProgressed }
}

/// The services, by the name that logs, queues and event sources carry.
package enum ServiceName: String, CaseIterable, Codable, Sendable {
    case taskAPI = "task-api"
    case aiAnalyzer = "ai-analyzer"
    case retrainingTrigger = "retraining-trigger"
}

/// A payload that travels as the `data` of one event type.
package protocol EventPayload: Codable, Hashable, Validated {
    static var eventType: EventType { get }
}

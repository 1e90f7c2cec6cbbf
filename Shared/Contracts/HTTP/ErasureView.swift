/// The answer to `DELETE /v1/tasks/{id}` and `GET /v1/erasures/{id}`: what has become of a task's text. docs/erasing.md
package struct ErasureView: Codable, Hashable, Sendable {
    package var taskID: Identifier
    package var state: ErasureState
    package var erasedBy: String
    package var erasedAt: EventTime
    package var correlationID: String
    /// One of each service.
    package var parts: [ErasurePart]
    /// What no service of ours can take back, in words.
    package var remains: [String]

    package init(
        taskID: Identifier, erasedBy: String, erasedAt: EventTime, correlationID: String, parts: [ErasurePart]
    ) {
        self.taskID = taskID
        state = parts.allSatisfy { $0.doneAt != nil } ? .done : .underWay
        self.erasedBy = erasedBy
        self.erasedAt = erasedAt
        self.correlationID = correlationID
        self.parts = parts
        remains = Self.whatRemains
    }

    enum CodingKeys: String, CodingKey {
        case state, parts, remains
        case taskID = "task_id"
        case erasedBy = "erased_by"
        case erasedAt = "erased_at"
        case correlationID = "correlation_id"
    }

    /// The same for every task; docs/erasing.md has the reasons.
    package static let whatRemains = [
        "the task's id, who erased it and when, so that it can't come back",
        "backups and the database's write-ahead log, until they are overwritten",
        "what other programs took from the API or the event exchange, remote models, Ray and cloud storage included",
        "messages among the dead letters: triagectl dead-letters discard --task ID",
        "models that learned from it: weights and hashes, no words; the next training does without it",
        "log lines with its id; none has its text",
    ]
}

/// How far an erasure has come.
package enum ErasureState: String, Codable, CaseIterable, Sendable {
    /// The task is gone; a service has not yet said that its part is done.
    case underWay = "under_way"
    case done
}

/// One service's part of an erasure.
package struct ErasurePart: Codable, Hashable, Sendable {
    package var service: ServiceName
    /// What was removed so far, by kind.
    package var removed: [RemovedItems]
    /// Nil while it is to be done: the event waits for the service.
    package var doneAt: EventTime?

    package init(service: ServiceName, removed: [RemovedItems] = [], doneAt: EventTime? = nil) {
        self.service = service
        self.removed = removed
        self.doneAt = doneAt
    }

    enum CodingKeys: String, CodingKey {
        case service, removed
        case doneAt = "done_at"
    }
}

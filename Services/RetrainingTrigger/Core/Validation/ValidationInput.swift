package import Contracts
package import TriageModel

/// What is checked.
package struct ValidationInput: Sendable {
    /// The snapshot's examples.
    package var examples: [DatasetExample]
    /// All feedback that was read for it, automatic labels too.
    package var feedback: [FeedbackFact]
    /// When the training was asked for: what was known later doesn't belong to it.
    package var bound: EventTime
    /// Of the last snapshot that passed.
    package var last: DatasetSummary?
    /// Categories that people have renamed, merged, retired or added since then: of those a comparison says nothing.
    package var moved: Set<String>
    /// The shipped model: it has never seen this feedback.
    package var base: TriageModel

    package init(
        examples: [DatasetExample], feedback: [FeedbackFact], bound: EventTime, last: DatasetSummary?,
        moved: Set<String> = [], base: TriageModel
    ) {
        self.examples = examples
        self.feedback = feedback
        self.bound = bound
        self.last = last
        self.moved = moved
        self.base = base
    }
}

/// A piece of feedback without its text.
package struct FeedbackFact: Codable, Hashable, Sendable {
    package var eventID: Identifier
    package var taskID: Identifier
    package var judgedBy: String
    package var fields: [JudgedField]
    package var time: EventTime
    package var writtenAt: EventTime?
    package var taskCreatedAt: EventTime?

    package init(_ item: FeedbackItem) {
        eventID = item.eventID
        taskID = item.taskID
        judgedBy = item.judgedBy
        fields = item.fields
        time = item.time
        writtenAt = item.writtenAt
        taskCreatedAt = item.taskCreatedAt
    }

    enum CodingKeys: String, CodingKey {
        case fields, time
        case eventID = "event_id"
        case taskID = "task_id"
        case judgedBy = "judged_by"
        case writtenAt = "written_at"
        case taskCreatedAt = "task_created_at"
    }
}

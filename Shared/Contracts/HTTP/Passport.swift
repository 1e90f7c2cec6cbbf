/// The answer of `GET /v1/tasks/{id}/passport`: everything about one decision.
package struct Passport: Codable, Hashable, Sendable {
    /// The text, the analysis and what people set, as they stand.
    package var task: TaskView
    /// The version that answered, as it was registered; nil for a remote model and for rules.
    package var model: ModelView?
    /// How that version came to serve, or what it was compared with; nil where no rollout did it.
    package var rollout: RolloutStanding?
    /// What people said of this task, the first word first.
    package var feedback: [TimelineItem]
    /// Everything else that happened to it.
    package var events: [TimelineItem]

    package init(
        task: TaskView, model: ModelView?, rollout: RolloutStanding?, feedback: [TimelineItem],
        events: [TimelineItem]
    ) {
        self.task = task
        self.model = model
        self.rollout = rollout
        self.feedback = feedback
        self.events = events
    }
}

/// A task that is like another, as it stands now.
package struct SimilarView: Codable, Hashable, Sendable {
    package var taskID: Identifier
    package var title: String
    package var project: String
    package var status: TaskStatus
    package var score: Double
    package var sharedTerms: [String]
    /// What people have set.
    package var fields: TaskFields

    package init(
        taskID: Identifier, title: String, project: String, status: TaskStatus, score: Double,
        sharedTerms: [String], fields: TaskFields
    ) {
        self.taskID = taskID
        self.title = title
        self.project = project
        self.status = status
        self.score = score
        self.sharedTerms = sharedTerms
        self.fields = fields
    }

    enum CodingKeys: String, CodingKey {
        case title, project, status, score, fields
        case taskID = "task_id"
        case sharedTerms = "shared_terms"
    }
}

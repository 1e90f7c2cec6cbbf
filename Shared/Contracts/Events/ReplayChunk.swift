/// Some recorded tasks that a candidate is to answer, to find out what would change. docs/replay.md
package struct ReplayChunk: EventPayload {
    package static var eventType: EventType { .replayChunk }
    package var replayID: Identifier
    /// From 0; with the replay it is the chunk's key.
    package var number: Int
    package var candidateVersion: String
    package var tasks: [ReplayTask]

    package init(replayID: Identifier, number: Int, candidateVersion: String, tasks: [ReplayTask]) {
        self.replayID = replayID
        self.number = number
        self.candidateVersion = candidateVersion
        self.tasks = tasks
    }

    enum CodingKeys: String, CodingKey {
        case number, tasks
        case replayID = "replay_id"
        case candidateVersion = "candidate_version"
    }

    /// Most tasks of a chunk.
    package static let maximumTasks = 200

    package static let rules: [FieldRule<ReplayChunk>] = [
        .range("number", { Double($0.number) }, 0...1e6), .text("candidate_version", { $0.candidateVersion }, 1...100),
        FieldRule("tasks", keywords: ["minItems": 1, "maxItems": .number(Double(maximumTasks))]) { chunk in
            (1...maximumTasks).contains(chunk.tasks.count) ? nil : "must have 1 to \(maximumTasks) items"
        },
    ]
}

/// What a model reads of a task.
package struct ReplayTask: Codable, Hashable, Sendable {
    package var taskID: Identifier
    package var revision: Int
    package var project: String
    package var title: String
    package var body: String

    package init(taskID: Identifier, revision: Int, project: String, title: String, body: String) {
        self.taskID = taskID
        self.revision = revision
        self.project = project
        self.title = title
        self.body = body
    }

    enum CodingKeys: String, CodingKey {
        case revision, project, title, body
        case taskID = "task_id"
    }
}

/// What the candidate says of a chunk's tasks, or why it says nothing.
package struct ReplayAnswered: EventPayload {
    package static var eventType: EventType { .replayAnswered }
    package var replayID: Identifier
    package var number: Int
    package var candidateVersion: String
    /// Why there are no answers: the version is not in the registry, or can't be loaded. The replay ends with it.
    package var fault: String?
    /// In the order of the chunk's tasks; none with a fault.
    package var answers: [ReplayAnswer]

    package init(
        replayID: Identifier, number: Int, candidateVersion: String, fault: String? = nil,
        answers: [ReplayAnswer] = []
    ) {
        self.replayID = replayID
        self.number = number
        self.candidateVersion = candidateVersion
        self.fault = fault
        self.answers = answers
    }

    enum CodingKeys: String, CodingKey {
        case number, fault, answers
        case replayID = "replay_id"
        case candidateVersion = "candidate_version"
    }

    package static let rules: [FieldRule<ReplayAnswered>] = [
        .range("number", { Double($0.number) }, 0...1e6), .text("candidate_version", { $0.candidateVersion }, 1...100),
        .text("fault", { $0.fault }, 1...2_000),
        FieldRule("answers", keywords: ["maxItems": .number(Double(ReplayChunk.maximumTasks))]) { event in
            event.answers.count <= ReplayChunk.maximumTasks
                ? nil : "must have at most \(ReplayChunk.maximumTasks) items"
        },
    ]
}

/// What a candidate says of one task.
package struct ReplayAnswer: Codable, Hashable, Sendable {
    package var taskID: Identifier
    package var category: String?
    package var priority: String?
    /// Story points.
    package var effort: Double?

    package init(taskID: Identifier, category: String? = nil, priority: String? = nil, effort: Double? = nil) {
        self.taskID = taskID
        self.category = category
        self.priority = priority
        self.effort = effort
    }

    enum CodingKeys: String, CodingKey {
        case category, priority, effort
        case taskID = "task_id"
    }
}

/// A task was accepted; everything that an analysis needs is in it.
package struct TaskCreated: EventPayload {
    package static var eventType: EventType { .taskCreated }
    package var task: TaskSnapshot

    package init(task: TaskSnapshot) { self.task = task }

    package static let rules = TaskSnapshot.rules(under: "task", { (event: TaskCreated) in event.task })
}

/// A task's text or project was changed; its revision is one higher.
package struct TaskEdited: EventPayload {
    package static var eventType: EventType { .taskEdited }
    package var task: TaskSnapshot

    package init(task: TaskSnapshot) { self.task = task }

    package static let rules = TaskSnapshot.rules(under: "task", { (event: TaskEdited) in event.task })
}

/// What a task said at one revision.
package struct TaskSnapshot: Codable, Hashable, Sendable {
    package var taskID: Identifier
    package var tenant: String
    package var project: String
    package var author: String
    package var title: String
    package var body: String
    package var labels: [String]
    package var revision: Int
    package var createdAt: EventTime
    /// The author's tier when the task was created; nil where none was given, and in events of before it existed.
    package var tier: String?
    /// The author's experiment group when the task was created, likewise.
    package var group: String?
    /// The same thing in another system; nil where the task has no other home.
    package var reference: TaskReference?

    package init(
        taskID: Identifier, tenant: String, project: String, author: String, title: String, body: String,
        labels: [String] = [], revision: Int, createdAt: EventTime, tier: String? = nil, group: String? = nil,
        reference: TaskReference? = nil
    ) {
        self.taskID = taskID
        self.tenant = tenant
        self.project = project
        self.author = author
        self.title = title
        self.body = body
        self.labels = labels
        self.revision = revision
        self.createdAt = createdAt
        self.tier = tier
        self.group = group
        self.reference = reference
    }

    enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case tenant, project, author, title, body, labels, revision, tier, group, reference
        case createdAt = "created_at"
    }

    static func rules<Root>(
        under prefix: String, _ task: @escaping @Sendable (Root) -> TaskSnapshot
    ) -> [FieldRule<Root>] {
        [
            .text("\(prefix)/tenant", { task($0).tenant }, 1...100),
            .text("\(prefix)/project", { task($0).project }, 1...100),
            .text("\(prefix)/author", { task($0).author }, 1...200),
            .text("\(prefix)/title", { task($0).title }, TaskDraft.titleCharacters),
            .text("\(prefix)/body", { task($0).body }, 0...TaskDraft.bodyBytes, maximumBytes: TaskDraft.bodyBytes),
            .texts("\(prefix)/labels", { task($0).labels }, atMost: TaskDraft.maximumLabels),
            .range("\(prefix)/revision", { Double(task($0).revision) }, 1...1_000_000),
            .name("\(prefix)/tier", { task($0).tier }, TaskDraft.routeCharacters),
            .name("\(prefix)/group", { task($0).group }, TaskDraft.routeCharacters),
        ] + TaskReference.rules(under: "\(prefix)/reference", { task($0).reference })
    }
}

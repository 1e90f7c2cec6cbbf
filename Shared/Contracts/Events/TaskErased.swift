/// A task was erased: whoever keeps its text removes it, and refuses it from now on. docs/erasing.md
package struct TaskErased: EventPayload {
    package static var eventType: EventType { .taskErased }
    package var taskID: Identifier
    package var tenant: String
    /// Who created the task.
    package var author: String
    package var erasedBy: String
    package var erasedAt: EventTime

    package init(taskID: Identifier, tenant: String, author: String, erasedBy: String, erasedAt: EventTime) {
        self.taskID = taskID
        self.tenant = tenant
        self.author = author
        self.erasedBy = erasedBy
        self.erasedAt = erasedAt
    }

    enum CodingKeys: String, CodingKey {
        case tenant, author
        case taskID = "task_id"
        case erasedBy = "erased_by"
        case erasedAt = "erased_at"
    }

    package static let rules: [FieldRule<TaskErased>] = [
        .text("tenant", { $0.tenant }, 1...100), .text("author", { $0.author }, 1...200),
        .text("erased_by", { $0.erasedBy }, 1...200),
    ]
}

/// ai-analyzer has removed what it had of an erased task.
package struct AnalysisErased: EventPayload {
    package static var eventType: EventType { .analysisErased }
    package var taskID: Identifier
    package var tenant: String
    package var removed: [RemovedItems]
    package var doneAt: EventTime

    package init(taskID: Identifier, tenant: String, removed: [RemovedItems], doneAt: EventTime) {
        self.taskID = taskID
        self.tenant = tenant
        self.removed = removed
        self.doneAt = doneAt
    }

    enum CodingKeys: String, CodingKey {
        case tenant, removed
        case taskID = "task_id"
        case doneAt = "done_at"
    }

    package static let rules: [FieldRule<AnalysisErased>] = [
        .text("tenant", { $0.tenant }, 1...100), RemovedItems.rule { $0.removed },
    ]
}

/// retraining-trigger has removed what it had of an erased task.
package struct TrainingErased: EventPayload {
    package static var eventType: EventType { .trainingErased }
    package var taskID: Identifier
    package var tenant: String
    package var removed: [RemovedItems]
    package var doneAt: EventTime

    package init(taskID: Identifier, tenant: String, removed: [RemovedItems], doneAt: EventTime) {
        self.taskID = taskID
        self.tenant = tenant
        self.removed = removed
        self.doneAt = doneAt
    }

    enum CodingKeys: String, CodingKey {
        case tenant, removed
        case taskID = "task_id"
        case doneAt = "done_at"
    }

    package static let rules: [FieldRule<TrainingErased>] = [
        .text("tenant", { $0.tenant }, 1...100), RemovedItems.rule { $0.removed },
    ]
}

/// How many things of one kind were removed, or had what named the task taken out of them.
package struct RemovedItems: Codable, Hashable, Sendable {
    /// In a word or two, such as `analyses`.
    package var what: String
    package var count: Int

    package init(_ what: String, _ count: Int) {
        self.what = what
        self.count = count
    }

    /// Kinds in one report, at most.
    package static let maximumKinds = 50

    static func rule<Root>(_ items: @escaping @Sendable (Root) -> [RemovedItems]) -> FieldRule<Root> {
        FieldRule("removed", keywords: ["maxItems": .number(Double(maximumKinds))]) { root in
            items(root).count <= maximumKinds ? nil : "must have at most \(maximumKinds) items"
        }
    }
}

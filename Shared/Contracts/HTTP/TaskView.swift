/// A task as the API shows it.
package struct TaskView: Codable, Hashable, Sendable {
    package var id: Identifier
    package var tenant: String
    package var project: String
    package var author: String
    /// The author's tier and experiment group, as given when the task was created.
    package var tier: String?
    package var group: String?
    /// The same thing in another system.
    package var reference: TaskReference?
    package var title: String
    package var body: String
    package var labels: [String]
    package var revision: Int
    package var status: TaskStatus
    /// What people have set, by field.
    package var fields: TaskFields
    /// The analysis of the current revision, once it is there.
    package var analysis: Analysis?
    /// True when suggestions are held back from the one who asks: then there is no analysis to see, and of what others
    /// have set nothing that tells of it; else absent.
    package var heldBack: Bool?
    package var correlationID: String
    package var createdAt: EventTime
    package var updatedAt: EventTime

    package init(
        id: Identifier, tenant: String, project: String, author: String, title: String, body: String,
        labels: [String], revision: Int, status: TaskStatus, fields: TaskFields, analysis: Analysis?,
        correlationID: String, createdAt: EventTime, updatedAt: EventTime, tier: String? = nil, group: String? = nil,
        heldBack: Bool? = nil, reference: TaskReference? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.project = project
        self.author = author
        self.tier = tier
        self.group = group
        self.reference = reference
        self.title = title
        self.body = body
        self.labels = labels
        self.revision = revision
        self.status = status
        self.fields = fields
        self.analysis = analysis
        self.heldBack = heldBack
        self.correlationID = correlationID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, tenant, project, author, tier, group, reference, title, body, labels, revision, status, fields,
            analysis
        case heldBack = "held_back"
        case correlationID = "correlation_id"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

/// Where a task stands with its analysis.
package enum TaskStatus: String, Codable, CaseIterable, Sendable { case analysing, analysed, failed }

/// The fields that people have set.
package struct TaskFields: Codable, Hashable, Sendable {
    package var category: HumanField?
    package var priority: HumanField?
    package var effort: HumanField?

    package init(category: HumanField? = nil, priority: HumanField? = nil, effort: HumanField? = nil) {
        self.category = category
        self.priority = priority
        self.effort = effort
    }

    package subscript(field: TriageField) -> HumanField? {
        get {
            switch field {
            case .category: category
            case .priority: priority
            case .effort: effort
            }
        }
        set {
            switch field {
            case .category: category = newValue
            case .priority: priority = newValue
            case .effort: effort = newValue
            }
        }
    }
}

/// A value that a person set or confirmed.
package struct HumanField: Codable, Hashable, Sendable {
    package var value: FieldValue
    package var source: Provenance
    package var user: String
    package var at: EventTime

    package init(value: FieldValue, source: Provenance, user: String, at: EventTime) {
        self.value = value
        self.source = source
        self.user = user
        self.at = at
    }
}

/// A page of a list, newest first.
package struct Page<Item: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    package var items: [Item]
    /// Give it as `cursor` for the next page; `nil` on the last one.
    package var nextCursor: String?

    package init(items: [Item], nextCursor: String? = nil) {
        self.items = items
        self.nextCursor = nextCursor
    }

    enum CodingKeys: String, CodingKey {
        case items
        case nextCursor = "next_cursor"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        try container.encode(nextCursor, forKey: .nextCursor)
    }
}

/// One item's answer within `POST /v1/tasks/batch`.
package struct BatchItem: Codable, Hashable, Sendable {
    package var index: Int
    package var status: Int
    package var id: Identifier?
    package var location: String?
    package var problem: Problem?

    package init(index: Int, status: Int, id: Identifier? = nil, location: String? = nil, problem: Problem? = nil) {
        self.index = index
        self.status = status
        self.id = id
        self.location = location
        self.problem = problem
    }
}

/// The answer of `POST /v1/tasks/batch`.
package struct BatchResult: Codable, Hashable, Sendable {
    package var items: [BatchItem]
    package var accepted: Int
    package var rejected: Int

    package init(items: [BatchItem]) {
        self.items = items
        accepted = items.count { $0.problem == nil }
        rejected = items.count - accepted
    }
}

/// The answer of `POST /v1/tasks/{id}/feedback`.
package struct FeedbackResult: Codable, Hashable, Sendable {
    package var feedbackID: Identifier
    package var task: TaskView

    package init(feedbackID: Identifier, task: TaskView) {
        self.feedbackID = feedbackID
        self.task = task
    }

    enum CodingKeys: String, CodingKey {
        case feedbackID = "feedback_id"
        case task
    }
}

/// One event in a task's story.
package struct TimelineItem: Codable, Hashable, Sendable {
    package var eventID: Identifier
    package var taskID: Identifier
    package var type: String
    package var time: EventTime
    package var revision: Int
    package var correlationID: String
    package var causationID: String?
    package var summary: JSONValue

    package init(
        eventID: Identifier, taskID: Identifier, type: String, time: EventTime, revision: Int, correlationID: String,
        causationID: String?, summary: JSONValue
    ) {
        self.eventID = eventID
        self.taskID = taskID
        self.type = type
        self.time = time
        self.revision = revision
        self.correlationID = correlationID
        self.causationID = causationID
        self.summary = summary
    }

    enum CodingKeys: String, CodingKey {
        case eventID = "event_id"
        case taskID = "task_id"
        case type, time, revision
        case correlationID = "correlation_id"
        case causationID = "causation_id"
        case summary
    }
}

/// A model version as the API lists it.
package struct ModelView: Codable, Hashable, Sendable {
    package var version: String
    package var parent: String?
    package var state: String
    package var metrics: [String: Double]
    package var registeredAt: EventTime

    package init(version: String, parent: String?, state: String, metrics: [String: Double], registeredAt: EventTime) {
        self.version = version
        self.parent = parent
        self.state = state
        self.metrics = metrics
        self.registeredAt = registeredAt
    }

    enum CodingKeys: String, CodingKey {
        case version, parent, state, metrics
        case registeredAt = "registered_at"
    }
}

/// A rollout as the API lists it: where it stands since its last change.
package struct RolloutView: Codable, Hashable, Sendable {
    package var standing: RolloutStanding
    /// Of the last change.
    package var reason: String
    package var generation: Int
    package var startedAt: EventTime
    package var changedAt: EventTime
    /// All changes, the first one first; only of a single rollout.
    package var changes: [RolloutChanged]?

    package init(
        standing: RolloutStanding, reason: String, generation: Int, startedAt: EventTime, changedAt: EventTime,
        changes: [RolloutChanged]? = nil
    ) {
        self.standing = standing
        self.reason = reason
        self.generation = generation
        self.startedAt = startedAt
        self.changedAt = changedAt
        self.changes = changes
    }

    enum CodingKeys: String, CodingKey {
        case standing, reason, generation, changes
        case startedAt = "started_at"
        case changedAt = "changed_at"
    }
}

/// The answer of `GET /v1/models`.
package struct ModelList: Codable, Hashable, Sendable {
    package var items: [ModelView]
    /// What serves now; `nil` until the training side has said so.
    package var serving: RolloutChanged?

    package init(items: [ModelView], serving: RolloutChanged?) {
        self.items = items
        self.serving = serving
    }
}

/// Events that a webhook can bring, in the order of a task's story.
package enum WebhookEvent {
    /// Those of tasks go to the task's tenant only, the others to whoever asks for them.
    package static let types: [EventType] = [
        .taskCreated, .taskEdited, .analysisCompleted, .analysisFailed, .feedbackRecorded, .taskErased,
        .trainingChanged,
        .modelRegistered, .rolloutChanged,
    ]

    /// What a test sends.
    package static let testType = "webhook.test.v1"

    static let schema: JSONValue = ["enum": .array(types.map { .string($0.rawValue) })]

    static func fault(in types: [EventType]) -> String? {
        guard (1...WebhookEvent.types.count).contains(types.count) else {
            return "must have 1 to \(WebhookEvent.types.count) items"
        }
        guard Set(types).count == types.count else { return "must name each type once" }
        return types.first { !WebhookEvent.types.contains($0) }.map { "has \($0.rawValue), which webhooks don't bring" }
    }

    static let keywords: [String: JSONValue] = [
        "minItems": 1, "maxItems": .number(Double(types.count)), "uniqueItems": true, "items": schema,
    ]
}

/// The body of `POST /v1/webhooks`.
package struct WebhookDraft: Codable, Hashable, Validated {
    package var url: String
    package var types: [EventType]
    package var description: String?

    package init(url: String, types: [EventType], description: String? = nil) {
        self.url = url
        self.types = types
        self.description = description
    }

    package static let rules: [FieldRule<WebhookDraft>] = [
        .name("url", { $0.url }, 1...2_000),
        FieldRule("types", keywords: WebhookEvent.keywords) { WebhookEvent.fault(in: $0.types) },
        .name("description", { $0.description }, 1...200),
    ]
}

/// The body of `PATCH /v1/webhooks/{id}`: what is absent stays.
package struct WebhookEdit: Codable, Hashable, Validated {
    package var url: String?
    package var types: [EventType]?
    package var description: String?
    package var enabled: Bool?

    package init(url: String? = nil, types: [EventType]? = nil, description: String? = nil, enabled: Bool? = nil) {
        self.url = url
        self.types = types
        self.description = description
        self.enabled = enabled
    }

    package static let rules: [FieldRule<WebhookEdit>] = [
        .name("url", { $0.url }, 1...2_000),
        FieldRule("types", keywords: WebhookEvent.keywords) { $0.types.flatMap { WebhookEvent.fault(in: $0) } },
        .name("description", { $0.description }, 1...200),
    ]
}

/// A webhook as the API shows it.
package struct WebhookView: Codable, Hashable, Sendable {
    package var id: Identifier
    package var url: String
    package var types: [EventType]
    package var description: String?
    package var enabled: Bool
    /// Why it is disabled.
    package var reason: String?
    /// Since when nothing has arrived.
    package var failingSince: EventTime?
    /// Deliveries that are still to be made.
    package var pending: Int
    /// Only in the answer that made it: nobody can read it again.
    package var secret: String?
    /// Until when the secret before signs as well.
    package var previousSecretUntil: EventTime?
    package var createdBy: String
    package var createdAt: EventTime

    package init(
        id: Identifier, url: String, types: [EventType], description: String?, enabled: Bool, reason: String?,
        failingSince: EventTime?, pending: Int, secret: String? = nil, previousSecretUntil: EventTime?,
        createdBy: String, createdAt: EventTime
    ) {
        self.id = id
        self.url = url
        self.types = types
        self.description = description
        self.enabled = enabled
        self.reason = reason
        self.failingSince = failingSince
        self.pending = pending
        self.secret = secret
        self.previousSecretUntil = previousSecretUntil
        self.createdBy = createdBy
        self.createdAt = createdAt
    }

    enum CodingKeys: String, CodingKey {
        case id, url, types, description, enabled, reason, pending, secret
        case failingSince = "failing_since"
        case previousSecretUntil = "previous_secret_until"
        case createdBy = "created_by"
        case createdAt = "created_at"
    }
}

/// Where a delivery stands.
package enum WebhookDeliveryState: String, Codable, CaseIterable, Sendable {
    /// It is to be sent, or to be sent again.
    case pending
    case delivered
    /// It isn't tried again by itself.
    case failed
}

/// A delivery as the log shows it.
package struct WebhookDelivery: Codable, Hashable, Sendable {
    /// The event's id, which is `webhook-id` of each attempt.
    package var eventID: Identifier
    package var type: String
    package var state: WebhookDeliveryState
    package var attempts: Int
    package var createdAt: EventTime
    /// Of the last attempt.
    package var triedAt: EventTime?
    package var durationMilliseconds: Int?
    package var status: Int?
    package var error: String?
    package var excerpt: String?
    /// When it is tried again.
    package var dueAt: EventTime?

    package init(
        eventID: Identifier, type: String, state: WebhookDeliveryState, attempts: Int, createdAt: EventTime,
        triedAt: EventTime?, durationMilliseconds: Int?, status: Int?, error: String?, excerpt: String?,
        dueAt: EventTime?
    ) {
        self.eventID = eventID
        self.type = type
        self.state = state
        self.attempts = attempts
        self.createdAt = createdAt
        self.triedAt = triedAt
        self.durationMilliseconds = durationMilliseconds
        self.status = status
        self.error = error
        self.excerpt = excerpt
        self.dueAt = dueAt
    }

    enum CodingKeys: String, CodingKey {
        case type, state, attempts, status, error, excerpt
        case eventID = "event_id"
        case createdAt = "created_at"
        case triedAt = "tried_at"
        case durationMilliseconds = "duration_ms"
        case dueAt = "due_at"
    }
}

/// The body of `POST /v1/webhooks/{id}/redeliveries`: one delivery, or all that failed since.
package struct RedeliveryDraft: Codable, Hashable, Validated {
    package var eventID: Identifier?
    package var since: EventTime?

    package init(eventID: Identifier? = nil, since: EventTime? = nil) {
        self.eventID = eventID
        self.since = since
    }

    enum CodingKeys: String, CodingKey {
        case since
        case eventID = "event_id"
    }

    package static let rules: [FieldRule<RedeliveryDraft>] = [
        FieldRule(
            "",
            keywords: [
                "anyOf": [
                    [
                        "properties": ["event_id": ["type": "string"], "since": ["type": "null"]],
                        "required": ["event_id"],
                    ],
                    [
                        "properties": ["since": ["type": "string"], "event_id": ["type": "null"]],
                        "required": ["since"],
                    ],
                ]
            ]
        ) { draft in
            (draft.eventID == nil) == (draft.since == nil) ? "must have either event_id or since" : nil
        }
    ]
}

/// The answer to what makes deliveries.
package struct DeliveriesQueued: Codable, Hashable, Sendable {
    package var queued: Int

    package init(queued: Int) { self.queued = queued }
}

extension WebhookDeliveryState: SchemaDescribed {}

/// A system whose issues become tasks.
package enum IntakeKind: String, Codable, CaseIterable, Sendable { case github, gitlab }

/// What a label that a person sets on an issue says about the task.
package struct LabelMeaning: Codable, Hashable, Sendable {
    /// As it stands in the other system; upper and lower case are the same.
    package var label: String
    package var field: TriageField
    package var value: FieldValue

    package init(label: String, field: TriageField, value: FieldValue) {
        self.label = label
        self.field = field
        self.value = value
    }

    /// Which values go with which field, as a schema says it.
    fileprivate static var choices: JSONValue {
        [
            "properties": ["label": .object(FieldRule<String>.keywords(characters: 1...100))],
            "anyOf": .array(
                TriageField.allCases.map { field in
                    ["properties": ["field": ["const": .string(field.rawValue)], "value": field.valueSchema]]
                }),
        ]
    }

    fileprivate var fault: String? {
        if let fault = FieldRule<String>.fault(in: label, characters: 1...100) { return "label " + fault }
        return field.fault(in: value).map { "value " + $0 }
    }
}

/// The body of `POST /v1/intake/sources`.
package struct IntakeSourceDraft: Codable, Hashable, Validated {
    package static let secretCharacters = 16...200
    package static let maximumLabels = 100

    package var kind: IntakeKind
    /// For people; one source of a tenant has it.
    package var name: String
    /// Of the tasks; nil: the repository's name.
    package var project: String?
    /// What the other system signs with, or sends; nil: one is made.
    package var secret: String?
    package var labels: [LabelMeaning]?

    package init(
        kind: IntakeKind, name: String, project: String? = nil, secret: String? = nil, labels: [LabelMeaning]? = nil
    ) {
        self.kind = kind
        self.name = name
        self.project = project
        self.secret = secret
        self.labels = labels
    }

    package static let rules: [FieldRule<IntakeSourceDraft>] = [
        .name("name", { $0.name }, 1...100),
        .text("project", { $0.project }, 1...100),
        // What a header carries unharmed: GitLab sends it as it stands.
        FieldRule(
            "secret",
            keywords: [
                "minLength": .number(Double(secretCharacters.lowerBound)),
                "maxLength": .number(Double(secretCharacters.upperBound)), "pattern": "^[!-~]+$",
            ]
        ) { draft in
            guard let secret = draft.secret else { return nil }
            let isFine =
                secretCharacters.contains(secret.utf8.count) && secret.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            return isFine
                ? nil
                : "must be \(secretCharacters.lowerBound) to \(secretCharacters.upperBound) visible ASCII characters"
        },
        FieldRule(
            "labels", keywords: ["maxItems": .number(Double(maximumLabels)), "items": LabelMeaning.choices]
        ) { draft in
            guard let labels = draft.labels else { return nil }
            guard labels.count <= maximumLabels else { return "must have at most \(maximumLabels) items" }
            return labels.lazy.compactMap(\.fault).first.map { "has an item whose " + $0 }
        },
    ]
}

/// A source as the API shows it.
package struct IntakeSourceView: Codable, Hashable, Sendable {
    package var id: Identifier
    package var kind: IntakeKind
    package var name: String
    package var project: String?
    package var labels: [LabelMeaning]
    /// Where its webhooks go, on this server.
    package var path: String
    /// Only in the answer that made it: nobody can read it again.
    package var secret: String?
    package var createdBy: String
    package var createdAt: EventTime
    package var lastDeliveryAt: EventTime?

    package init(
        id: Identifier, kind: IntakeKind, name: String, project: String?, labels: [LabelMeaning], secret: String? = nil,
        createdBy: String, createdAt: EventTime, lastDeliveryAt: EventTime? = nil
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.project = project
        self.labels = labels
        path = "/v1/intake/\(kind.rawValue)/\(id)"
        self.secret = secret
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.lastDeliveryAt = lastDeliveryAt
    }

    enum CodingKeys: String, CodingKey {
        case id, kind, name, project, labels, path, secret
        case createdBy = "created_by"
        case createdAt = "created_at"
        case lastDeliveryAt = "last_delivery_at"
    }
}

/// What became of a delivery.
package enum IntakeOutcome: String, Codable, CaseIterable, Sendable {
    /// The issue is a task now.
    case created
    /// Its task has the new text.
    case edited
    /// A label that a person set was taken as their word.
    case judged
    /// The issue was deleted, and its task was erased.
    case erased
    /// It says nothing new.
    case unchanged
    /// A later state of the issue was taken already.
    case stale
    /// Nothing of it concerns tasks.
    case ignored
    /// The address and the secret are right.
    case pong
}

/// The answer to a delivery.
package struct IntakeReceipt: Codable, Hashable, Sendable {
    package var outcome: IntakeOutcome
    /// Why nothing was done, or what was done differently.
    package var reason: String?
    package var taskID: Identifier?
    /// Whether this delivery came before: the outcome is that of the first time.
    package var repeated: Bool?

    package init(
        outcome: IntakeOutcome, reason: String? = nil, taskID: Identifier? = nil, repeated: Bool? = nil
    ) {
        self.outcome = outcome
        self.reason = reason
        self.taskID = taskID
        self.repeated = repeated
    }

    enum CodingKeys: String, CodingKey {
        case outcome, reason, repeated
        case taskID = "task_id"
    }
}

/// A delivery as the list of them shows it.
package struct IntakeDelivery: Codable, Hashable, Sendable {
    /// As the other system names it.
    package var deliveryID: String
    package var event: String
    package var outcome: IntakeOutcome
    package var reason: String?
    package var taskID: Identifier?
    package var receivedAt: EventTime

    package init(
        deliveryID: String, event: String, outcome: IntakeOutcome, reason: String?, taskID: Identifier?,
        receivedAt: EventTime
    ) {
        self.deliveryID = deliveryID
        self.event = event
        self.outcome = outcome
        self.reason = reason
        self.taskID = taskID
        self.receivedAt = receivedAt
    }

    enum CodingKeys: String, CodingKey {
        case deliveryID = "delivery_id"
        case event, outcome, reason
        case taskID = "task_id"
        case receivedAt = "received_at"
    }
}

extension IntakeKind: SchemaDescribed {}
extension IntakeOutcome: SchemaDescribed {}

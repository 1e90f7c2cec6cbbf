/// The body of `POST /v1/labels/changes`.
package struct LabelChangeDraft: Codable, Hashable, Validated {
    package var action: LabelAction
    package var labels: [String]
    package var into: String?
    package var description: String?
    /// Only if the set is at this version.
    package var version: Int?

    package init(
        _ action: LabelAction, _ labels: [String], into: String? = nil, description: String? = nil,
        version: Int? = nil
    ) {
        self.action = action
        self.labels = labels
        self.into = into
        self.description = description
        self.version = version
    }

    /// Most labels of one change.
    package static let mostLabels = 20

    package var change: LabelChange { LabelChange(action, labels, into: into, description: description) }

    package static let rules: [FieldRule<LabelChangeDraft>] = [
        FieldRule(
            "labels",
            keywords: [
                "minItems": 1, "maxItems": .number(Double(mostLabels)), "uniqueItems": true,
                "items": ["type": "string", "minLength": 1, "maxLength": 50],
            ]
        ) { draft in
            guard (1...mostLabels).contains(draft.labels.count) else { return "must have 1 to \(mostLabels) items" }
            guard Set(draft.labels).count == draft.labels.count else { return "must name each label once" }
            let takesMany = draft.action == .merge || draft.action == .retire
            guard takesMany || draft.labels.count == 1 else { return "must have one item for \(draft.action.rawValue)" }
            for label in draft.labels {
                if let fault = TriageField.category.fault(in: .text(label)) { return "has an item that \(fault)" }
            }
            // A name that is there already may be of before there were rules.
            return draft.action == .add ? draft.labels.first.flatMap { nameFault($0) } : nil
        },
        FieldRule("into", keywords: ["minLength": 1, "maxLength": 50]) { draft in
            let isNeeded = draft.action == .rename || draft.action == .merge
            guard let into = draft.into else { return isNeeded ? "is missing" : nil }
            guard isNeeded else { return "doesn't go with \(draft.action.rawValue)" }
            if let fault = TriageField.category.fault(in: .text(into)) { return fault }
            return draft.action == .rename ? nameFault(into) : nil
        },
        .name("description", { $0.description }, 1...200),
        .range("version", { $0.version.map(Double.init) }, 0...1e9),
        // What each action takes is checked above, field by field.
        FieldRule("", keywords: ["anyOf": .array(LabelAction.allCases.map(choice))]) { _ in nil },
    ]

    /// What goes with an action, as a schema says it.
    private static func choice(_ action: LabelAction) -> JSONValue {
        let isNeeded = action == .rename || action == .merge
        var labels: [String: JSONValue] = ["items": ["pattern": .string(action == .add ? givenName : knownName)]]
        if action == .add || action == .rename { labels["maxItems"] = 1 }
        let into: JSONValue =
            isNeeded
            ? ["type": "string", "pattern": .string(action == .rename ? givenName : knownName)] : ["type": "null"]
        return [
            "properties": ["action": ["const": .string(action.rawValue)], "labels": .object(labels), "into": into],
            "required": isNeeded ? ["into"] : [],
        ]
    }

    /// A name that may be of before there were rules.
    private static let knownName = TextPattern(isBlankTaken: false, without: .nul).text ?? ""
    /// As `nameFault` has it.
    private static let givenName = TextPattern.trimmedLine

    /// Names that are given from now on can be typed.
    private static func nameFault(_ name: String) -> String? {
        if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "must not contain control characters"
        }
        guard let first = name.unicodeScalars.first, let last = name.unicodeScalars.last,
            !first.properties.isWhitespace, !last.properties.isWhitespace
        else { return "must not begin or end with white space" }
        return nil
    }
}

/// A team's labels as the API shows them.
package struct LabelSetView: Codable, Hashable, Sendable {
    package var version: Int
    package var labels: [LabelView]
    /// Of the last change; absent before the first.
    package var changedBy: String?
    package var changedAt: EventTime?

    package init(version: Int, labels: [LabelView], changedBy: String? = nil, changedAt: EventTime? = nil) {
        self.version = version
        self.labels = labels
        self.changedBy = changedBy
        self.changedAt = changedAt
    }

    enum CodingKeys: String, CodingKey {
        case version, labels
        case changedBy = "changed_by"
        case changedAt = "changed_at"
    }
}

/// One label with what became of it.
package struct LabelView: Codable, Hashable, Sendable {
    package var value: String
    package var description: String?
    package var state: LabelState
    package var into: String?
    /// The names of before that lead to it today.
    package var formerNames: [String]
    /// Tasks that show it.
    package var tasks: Int

    package init(_ label: TeamLabel, formerNames: [String], tasks: Int) {
        value = label.value
        description = label.description
        state = label.state
        into = label.into
        self.formerNames = formerNames
        self.tasks = tasks
    }

    enum CodingKeys: String, CodingKey {
        case value, description, state, into, tasks
        case formerNames = "former_names"
    }
}

/// A change of a label set, as its history has it.
package struct LabelChangeView: Codable, Hashable, Sendable {
    /// Of the set that it made.
    package var version: Int
    package var action: LabelAction
    package var labels: [String]
    package var into: String?
    package var description: String?
    package var changedBy: String
    package var changedAt: EventTime
    package var eventID: Identifier
    package var correlationID: String

    package init(
        version: Int, _ change: LabelChange, changedBy: String, changedAt: EventTime, eventID: Identifier,
        correlationID: String
    ) {
        self.version = version
        action = change.action
        labels = change.labels
        into = change.into
        description = change.description
        self.changedBy = changedBy
        self.changedAt = changedAt
        self.eventID = eventID
        self.correlationID = correlationID
    }

    enum CodingKeys: String, CodingKey {
        case version, action, labels, into, description
        case changedBy = "changed_by"
        case changedAt = "changed_at"
        case eventID = "event_id"
        case correlationID = "correlation_id"
    }
}

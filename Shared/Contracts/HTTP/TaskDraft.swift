/// The body of `POST /v1/tasks`.
package struct TaskDraft: Codable, Hashable, Validated {
    package static let titleCharacters = 1...500
    package static let bodyBytes = 65_536
    package static let maximumLabels = 20
    /// Unicode scalars of a tier or a group, which are on one line; what a routing table accepts as such.
    package static let routeCharacters = 1...64

    package var title: String
    package var body: String?
    package var project: String?
    package var labels: [String]?
    /// What the asking user pays for or is entitled to, in the caller's words; routes may go by it.
    package var tier: String?
    /// The experiment group that the caller put the user in; routes may go by it.
    package var group: String?
    /// The same thing in another system.
    package var reference: TaskReference?

    package init(
        title: String, body: String? = nil, project: String? = nil, labels: [String]? = nil, tier: String? = nil,
        group: String? = nil, reference: TaskReference? = nil
    ) {
        self.title = title
        self.body = body
        self.project = project
        self.labels = labels
        self.tier = tier
        self.group = group
        self.reference = reference
    }

    package static let rules: [FieldRule<TaskDraft>] =
        [
            .text("title", { $0.title }, titleCharacters, isNulReplaced: true),
            .text("body", { $0.body }, 0...bodyBytes, maximumBytes: bodyBytes, isNulReplaced: true),
            .text("project", { $0.project }, 1...100),
            .texts("labels", { $0.labels }, atMost: maximumLabels),
            .name("tier", { $0.tier }, routeCharacters),
            .name("group", { $0.group }, routeCharacters),
        ] + TaskReference.rules(under: "reference", { $0.reference })
}

extension TaskDraft {
    /// With U+FFFD for each U+0000 of its texts: pasted logs hold some, and PostgreSQL can store none.
    package var storable: TaskDraft {
        guard title.utf8.contains(0) || body?.utf8.contains(0) == true else { return self }
        var draft = self
        draft.title = title.storable
        draft.body = body?.storable
        return draft
    }
}

extension TaskEdit {
    /// As for a draft.
    package var storable: TaskEdit { TaskEdit(title: title?.storable, body: body?.storable, project: project) }
}

extension String {
    fileprivate var storable: String {
        guard utf8.contains(0) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }
}

/// The body of `PATCH /v1/tasks/{id}`: what is absent stays. Who asked, and as whom, is never changed.
package struct TaskEdit: Codable, Hashable, Validated {
    package var title: String?
    package var body: String?
    package var project: String?

    package init(title: String? = nil, body: String? = nil, project: String? = nil) {
        self.title = title
        self.body = body
        self.project = project
    }

    package static let rules: [FieldRule<TaskEdit>] = [
        .text("title", { $0.title }, TaskDraft.titleCharacters, isNulReplaced: true),
        .text("body", { $0.body }, 0...TaskDraft.bodyBytes, maximumBytes: TaskDraft.bodyBytes, isNulReplaced: true),
        .text("project", { $0.project }, 1...100),
        FieldRule(
            "",
            keywords: [
                "anyOf": .array(
                    ["title", "body", "project"].map { name in
                        [
                            "required": [.string(name)],
                            "properties": .object([name: ["type": "string"]]),
                        ]
                    })
            ]
        ) { $0 == TaskEdit() ? "must change title, body or project" : nil },
    ]
}

/// The body of `POST /v1/tasks/{id}/feedback`.
package struct FeedbackDraft: Codable, Hashable, Validated {
    package struct Field: Codable, Hashable, Sendable {
        package var field: TriageField
        package var verdict: Verdict
        /// Needed with `corrected`.
        package var value: FieldValue?

        package init(field: TriageField, verdict: Verdict, value: FieldValue? = nil) {
            self.field = field
            self.verdict = verdict
            self.value = value
        }

        /// That no field is named twice, as a schema says it.
        fileprivate static var eachOnce: JSONValue {
            .array(
                TriageField.allCases.map { field in
                    [
                        "contains": ["properties": ["field": ["const": .string(field.rawValue)]]],
                        "minContains": 0, "maxContains": 1,
                    ]
                })
        }

        /// Which values go with which field and verdict, as a schema says it.
        fileprivate static var choices: JSONValue {
            let choices = TriageField.allCases.flatMap { field in
                Verdict.allCases.map { verdict -> JSONValue in
                    var properties: [String: JSONValue] = [
                        "field": ["const": .string(field.rawValue)], "verdict": ["const": .string(verdict.rawValue)],
                    ]
                    switch verdict {
                    case .accepted: properties["value"] = ["anyOf": [["type": "null"], field.valueSchema]]
                    case .corrected: properties["value"] = field.valueSchema
                    }
                    return [
                        "properties": .object(properties), "required": verdict == .corrected ? ["value"] : [],
                    ]
                }
            }
            return ["anyOf": .array(choices)]
        }
    }

    package enum Verdict: String, Codable, CaseIterable, Sendable { case accepted, corrected }

    package var fields: [Field]

    package init(fields: [Field]) { self.fields = fields }

    package static let rules: [FieldRule<FeedbackDraft>] =
        [
            FieldRule(
                "fields", keywords: ["minItems": 1, "maxItems": 3, "items": Field.choices, "allOf": Field.eachOnce]
            ) { draft in
                guard (1...3).contains(draft.fields.count) else { return "must have 1 to 3 items" }
                guard Set(draft.fields.map(\.field)).count == draft.fields.count else {
                    return "must name each field once"
                }
                return nil
            }
        ]
        + (0..<3).map { index in
            FieldRule("fields/\(index)/value") { draft in
                guard index < draft.fields.count else { return nil }
                let field = draft.fields[index]
                guard let value = field.value else {
                    return field.verdict == .corrected ? "is needed with the verdict corrected" : nil
                }
                return field.field.fault(in: value)
            }
        }
}

/// The body of `POST /v1/rollouts`.
package struct RolloutDraft: Codable, Hashable, Validated {
    package var action: RolloutAction
    package var version: String?
    package var reason: String

    package init(action: RolloutAction, version: String? = nil, reason: String) {
        self.action = action
        self.version = version
        self.reason = reason
    }

    package static let rules: [FieldRule<RolloutDraft>] = [
        .text("reason", { $0.reason }, 1...2_000), .text("version", { $0.version }, 1...100),
        FieldRule("version") { $0.action == .promote && $0.version == nil ? "is needed to promote" : nil },
        FieldRule(
            "",
            keywords: [
                "anyOf": [
                    ["properties": ["action": ["const": "rollback"]]],
                    ["properties": ["version": ["type": "string"]], "required": ["version"]],
                ]
            ]
        ) { _ in nil },
        FieldRule("action", keywords: ["enum": ["promote", "rollback"]]) { draft in
            [.promote, .rollback].contains(draft.action) ? nil : "must be promote or rollback: only a rollout pauses"
        },
    ]
}

/// The body of `POST /v1/rollouts/{id}`.
package struct RolloutCommandDraft: Codable, Hashable, Validated {
    package var action: RolloutAction
    package var reason: String

    package init(action: RolloutAction, reason: String) {
        self.action = action
        self.reason = reason
    }

    package static let rules: [FieldRule<RolloutCommandDraft>] = [.text("reason", { $0.reason }, 1...2_000)]
}

/// The body of `POST /v1/trainings`.
package struct TrainingDraft: Codable, Hashable, Validated {
    package var reason: String
    /// Names of data checks whose failure is taken for right.
    package var accept: [String]?
    /// Whether the candidate may be rolled out though the gate finds it worse.
    package var pastGate: Bool?

    package init(reason: String, accept: [String]? = nil, pastGate: Bool? = nil) {
        self.reason = reason
        self.accept = accept
        self.pastGate = pastGate
    }

    enum CodingKeys: String, CodingKey {
        case reason, accept
        case pastGate = "past_gate"
    }

    package static let rules: [FieldRule<TrainingDraft>] = [
        .text("reason", { $0.reason }, 1...2_000), .texts("accept", { $0.accept }, atMost: 50),
        // Not so in the event: what was asked for once is carried out, whatever the checks are called by then.
        FieldRule(
            "accept", keywords: ["items": ["enum": .array(DataCheck.names.map { .string($0) })]]
        ) { draft in
            draft.accept?.lazy.compactMap { DataCheck.fault(inName: $0) }.first.map { "has an item that " + $0 }
        },
    ]
}

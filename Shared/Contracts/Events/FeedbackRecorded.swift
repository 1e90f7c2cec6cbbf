/// A person accepted or corrected what a task shows. Carries the text and the suggestions that were judged, so that the
/// training side needs no other event to learn from it.
///
/// A blind judgement is that of a person from whom suggestions are held back: it names them all the same.
package struct FeedbackRecorded: EventPayload {
    package static var eventType: EventType { .feedbackRecorded }
    package var feedbackID: Identifier
    package var task: TaskSnapshot
    /// Who judged.
    package var user: String
    package var fields: [JudgedField]
    /// The version whose suggestions were shown, or held back; `nil` when there were none.
    package var modelVersion: String?
    /// When those suggestions were made.
    package var analysedAt: EventTime?
    /// True when suggestions are held back from this person; else absent.
    package var blind: Bool?
    package var recordedAt: EventTime

    package init(
        feedbackID: Identifier, task: TaskSnapshot, user: String, fields: [JudgedField], modelVersion: String?,
        analysedAt: EventTime? = nil, blind: Bool? = nil, recordedAt: EventTime
    ) {
        self.feedbackID = feedbackID
        self.task = task
        self.user = user
        self.fields = fields
        self.modelVersion = modelVersion
        self.analysedAt = analysedAt
        self.blind = blind
        self.recordedAt = recordedAt
    }

    enum CodingKeys: String, CodingKey {
        case feedbackID = "feedback_id"
        case task, user, fields, blind
        case modelVersion = "model_version"
        case analysedAt = "analysed_at"
        case recordedAt = "recorded_at"
    }

    package static let rules: [FieldRule<FeedbackRecorded>] =
        TaskSnapshot.rules(under: "task", { $0.task }) + [
            .text("user", { $0.user }, 1...200),
            FieldRule("fields", keywords: ["minItems": 1, "maxItems": 3]) { event in
                guard (1...3).contains(event.fields.count) else { return "must have 1 to 3 items" }
                guard Set(event.fields.map(\.field)).count == event.fields.count else {
                    return "must name each field once"
                }
                if event.blind == true, !event.fields.allSatisfy({ $0.provenance == .human }) {
                    return "must all be human where the judgement is blind"
                }
                return event.fields.lazy.compactMap(\.fault).first
            },
            .text("model_version", { $0.modelVersion }, 1...100),
        ]
}

/// One field as a person judged it.
package struct JudgedField: Codable, Hashable, Sendable {
    package var field: TriageField
    package var value: FieldValue
    package var provenance: Provenance
    /// What was suggested, and how sure the model was, shown or held back; `nil` when there was no suggestion.
    package var suggested: FieldValue?
    package var confidence: Double?

    package init(
        field: TriageField, value: FieldValue, provenance: Provenance, suggested: FieldValue?, confidence: Double?
    ) {
        self.field = field
        self.value = value
        self.provenance = provenance
        self.suggested = suggested
        self.confidence = confidence
    }

    /// Whether the person said what was suggested, seen or not; `nil` where nothing was, and where no person judged.
    package var agreement: Bool? {
        switch provenance {
        case .accepted: true
        case .corrected: false
        case .human: suggested.map { field.agree(value, $0) }
        case .auto: nil
        }
    }

    /// What is wrong with it, or `nil`.
    fileprivate var fault: String? {
        if let fault = field.fault(in: value) { return "\(field.rawValue) value \(fault)" }
        if let suggested, let fault = field.fault(inSuggested: suggested) { return "\(field.rawValue) \(fault)" }
        if let confidence, !(0...1).contains(confidence) { return "\(field.rawValue) confidence must be from 0 to 1" }
        return nil
    }
}

/// How a label came to be.
package enum Provenance: String, Codable, CaseIterable, Sendable {
    /// Set without having seen a suggestion: there was none yet, or it is held back from this person.
    case human
    /// The suggestion was confirmed.
    case accepted
    /// The suggestion was replaced.
    case corrected
    /// Applied without a person; never trains alone.
    case auto
}

/// The fields that a person can judge.
package enum TriageField: String, Codable, CaseIterable, Sendable {
    case category, priority, effort

    /// What is wrong with a value for this field, or `nil`.
    package func fault(in value: FieldValue) -> String? {
        switch (self, value) {
        case (.category, .text(let label)):
            return FieldRule<String>.fault(in: label, characters: 1...50, maximumBytes: nil)
        case (.priority, .text(let label)):
            return ["high", "medium", "low"].contains(label) ? nil : "must be high, medium or low"
        case (.effort, .number(let points)):
            return (0...100).contains(points) ? nil : "must be from 0 to 100"
        case (.effort, _): return "must be a number"
        default: return "must be a string"
        }
    }

    /// Whether two values of this field say the same: labels when they are equal, efforts when they are the same card of
    /// planning poker, since nobody guesses points to the decimal.
    package func agree(_ one: FieldValue, _ other: FieldValue) -> Bool {
        switch (one, other) {
        case (.number(let one), .number(let other)): Self.card(one) == Self.card(other)
        default: one == other
        }
    }

    /// The nearest card, the larger one of two that are equally near.
    private static func card(_ points: Double) -> Double? {
        let cards: [Double] = [100, 40, 20, 13, 8, 5, 3, 2, 1, 0.5, 0]
        return cards.min { abs($0 - points) < abs($1 - points) }
    }

    /// What ``fault(in:)`` takes, as a schema says it.
    var valueSchema: JSONValue {
        switch self {
        case .category:
            JSONValue.object(["type": "string"]).merged(with: FieldRule<String>.keywords(characters: 1...50))
        case .priority: ["type": "string", "enum": ["high", "medium", "low"]]
        case .effort: ["type": "number", "minimum": 0, "maximum": 100]
        }
    }

    /// As wide as what an analysis may suggest, which a person's value need not be.
    fileprivate func fault(inSuggested value: FieldValue) -> String? {
        switch (self, value) {
        case (.effort, .number(let points)):
            (0...1_000).contains(points) ? nil : "suggestion must be from 0 to 1000"
        case (.effort, .text), (.category, .number), (.priority, .number):
            "suggestion is of the wrong kind"
        case (_, .text(let label)):
            FieldRule<String>.fault(in: label, characters: 1...100, maximumBytes: nil).map { "suggestion " + $0 }
        }
    }
}

/// A label or a number of points.
package enum FieldValue: Hashable, Sendable, CustomStringConvertible {
    case text(String)
    case number(Double)

    package var description: String {
        switch self {
        case .text(let label): label
        case .number(let points): Int(exactly: points).map(String.init) ?? String(points)
        }
    }
}

extension FieldValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let points = try? container.decode(Double.self) {  // not a number: then it must be a string
            self = .number(points)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let label): try container.encode(label)
        case .number(let points): try container.encode(points)
        }
    }
}

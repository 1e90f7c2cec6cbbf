package import Contracts

/// What a person's feedback means for a task.
package enum FeedbackDecision: Hashable, Sendable {
    /// The fields as judged, and what the task shows from now on.
    case record([JudgedField], fields: TaskFields)
    /// Broken rules: something was accepted that was never suggested.
    case refuse([BrokenRule])

    /// Reads no clock and no store: equal input gives an equal answer.
    /// - Parameters:
    ///   - fields: what people have set so far.
    ///   - analysis: what is shown for the current revision.
    package static func decide(
        on draft: FeedbackDraft, fields: TaskFields, analysis: Analysis?, user: String, at time: EventTime
    ) -> FeedbackDecision {
        var judged: [JudgedField] = []
        var fields = fields
        var broken: [BrokenRule] = []
        for (index, field) in draft.fields.enumerated() {
            let (suggested, confidence) = suggestion(of: field.field, in: analysis)
            guard let value = field.verdict == .accepted ? suggested : field.value else {
                broken.append(
                    BrokenRule(
                        pointer: "/fields/\(index)/verdict", detail: "there is no suggestion for this field to accept",
                        code: .nothingToAccept))
                continue
            }
            let provenance: Provenance =
                suggested == nil ? .human : (value == suggested ? .accepted : .corrected)
            judged.append(
                JudgedField(
                    field: field.field, value: value, provenance: provenance, suggested: suggested,
                    confidence: confidence))
            fields[field.field] = HumanField(value: value, source: provenance, user: user, at: time)
        }
        return broken.isEmpty ? .record(judged, fields: fields) : .refuse(broken)
    }

    private static func suggestion(of field: TriageField, in analysis: Analysis?) -> (FieldValue?, Double?) {
        switch field {
        case .category: (analysis?.category.map { .text($0.value) }, analysis?.category?.confidence)
        case .priority: (analysis?.priority.map { .text($0.value) }, analysis?.priority?.confidence)
        case .effort: (analysis?.effort.map { .number($0.points) }, analysis?.effort?.confidence)
        }
    }
}

package import Contracts

/// What a person's feedback means for a task.
package enum FeedbackDecision: Hashable, Sendable {
    /// The fields as judged, and what the task shows from now on.
    case record([JudgedField], fields: TaskFields)
    /// Broken rules: something was accepted that was never suggested, or is not what was.
    case refuse([BrokenRule])

    /// Reads no clock and no store: equal input gives an equal answer.
    /// - Parameters:
    ///   - fields: what people have set so far.
    ///   - analysis: what is there for the current revision.
    ///   - isBlind: whether it is held back from this user. Then nothing can be accepted, each value is the user's own,
    ///     and what was suggested is noted beside it, so that the two can be compared.
    ///   - labels: the team's categories. A name of before counts as the one of today; what is not in use is refused.
    package static func decide(
        on draft: FeedbackDraft, fields: TaskFields, analysis: Analysis?, user: String, isBlind: Bool = false,
        labels: LabelMapping = .none, at time: EventTime
    ) -> FeedbackDecision {
        var judged: [JudgedField] = []
        var fields = fields
        var broken: [BrokenRule] = []
        for (index, given) in draft.fields.enumerated() {
            var field = given
            if field.field == .category { field.value = field.value.map { current($0, labels) } }
            let (suggested, confidence) = suggestion(of: field.field, in: analysis)
            let seen = isBlind ? nil : suggested
            guard let value = field.verdict == .accepted ? seen : field.value else {
                broken.append(
                    BrokenRule(
                        pointer: "/fields/\(index)/verdict",
                        detail: isBlind
                            ? "suggestions are held back from this user: there is none to accept"
                            : "there is no suggestion for this field to accept",
                        code: .nothingToAccept))
                continue
            }
            if field.verdict == .accepted, let said = field.value, !field.field.agree(said, value) {
                broken.append(
                    BrokenRule(
                        pointer: "/fields/\(index)/value",
                        detail: "is not what is suggested: leave the value out, or say corrected"))
                continue
            }
            if field.field == .category, case .text(let label) = value,
                let refusal = LabelSet.refusal(
                    of: label, in: labels, at: "/fields/\(index)/" + (given.value == nil ? "verdict" : "value"))
            {
                broken.append(refusal)
                continue
            }
            let provenance: Provenance = seen == nil ? .human : (value == seen ? .accepted : .corrected)
            judged.append(
                JudgedField(
                    field: field.field, value: value, provenance: provenance, suggested: suggested,
                    confidence: confidence))
            fields[field.field] = HumanField(value: value, source: provenance, user: user, at: time)
        }
        return broken.isEmpty ? .record(judged, fields: fields) : .refuse(broken)
    }

    /// A category under its name of today; one that isn't in use as it was given, for the refusal.
    private static func current(_ value: FieldValue, _ labels: LabelMapping) -> FieldValue {
        guard case .text(let name) = value, case .active(let now) = labels.meaning(of: name) else { return value }
        return .text(now)
    }

    private static func suggestion(of field: TriageField, in analysis: Analysis?) -> (FieldValue?, Double?) {
        switch field {
        case .category: (analysis?.category.map { .text($0.value) }, analysis?.category?.confidence)
        case .priority: (analysis?.priority.map { .text($0.value) }, analysis?.priority?.confidence)
        case .effort: (analysis?.effort.map { .number($0.points) }, analysis?.effort?.confidence)
        }
    }
}

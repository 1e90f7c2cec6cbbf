package import Contracts

/// What the timeline and the streams tell of an event in a few words: enough for a person, no task text; of progress
/// what the model writes.
package enum Summaries {
    package static func created(_ task: TaskSnapshot) -> JSONValue {
        ["project": .string(task.project), "author": .string(task.author)]
    }

    package static func edited(_ task: TaskSnapshot) -> JSONValue {
        ["project": .string(task.project), "revision": .number(Double(task.revision))]
    }

    package static func erased(_ task: TaskErased) -> JSONValue { ["erased_by": .string(task.erasedBy)] }

    package static func completed(_ analysis: Analysis) -> JSONValue {
        var members: [String: JSONValue] = [
            "model_version": .string(analysis.modelVersion), "rung": .string(analysis.rung.rawValue),
            "degraded": .bool(analysis.degraded),
        ]
        if let category = analysis.category {
            members["category"] = .string(category.value)
            members["category_confidence"] = .number(category.confidence)
        }
        if let priority = analysis.priority { members["priority"] = .string(priority.value) }
        if let effort = analysis.effort { members["effort"] = .number(effort.points) }
        return .object(members)
    }

    package static func progressed(_ progress: AnalysisProgressed) -> JSONValue {
        [
            "rung": .string(progress.source.rung.rawValue), "provider": .string(progress.source.provider),
            "model": .string(progress.source.model), "version": .string(progress.source.version),
            "number": .number(Double(progress.number)), "text": .string(progress.text),
            "characters": .number(Double(progress.characters)),
        ]
    }

    package static func rolledOut(champion: String, reason: String) -> JSONValue {
        ["champion": .string(champion), "reason": .string(reason)]
    }

    package static func failed(_ failure: AnalysisFailed) -> JSONValue {
        ["code": .string(failure.code.rawValue), "reason": .string(failure.reason)]
    }

    package static func feedback(_ feedback: FeedbackRecorded) -> JSONValue {
        var members: [String: JSONValue] = [
            "user": .string(feedback.user),
            "fields": .array(
                feedback.fields.map { field in
                    var members: [String: JSONValue] = [
                        "field": .string(field.field.rawValue), "value": json(field.value),
                        "provenance": .string(field.provenance.rawValue),
                    ]
                    if let suggested = field.suggested { members["suggested"] = json(suggested) }
                    return .object(members)
                }),
        ]
        if feedback.blind == true { members["blind"] = .bool(true) }
        return .object(members)
    }

    private static func json(_ value: FieldValue) -> JSONValue {
        switch value {
        case .text(let text): .string(text)
        case .number(let number): .number(number)
        }
    }
}

import Contracts

/// What the members of requests and answers mean, by type. A test fails when a member has no note, or a note no member.
package enum FieldNotes {
    /// The schema of the type of that name, each of its members with its note.
    static func describing(_ schema: JSONValue, as name: String) -> JSONValue {
        guard case .object(var members) = schema, case .object(var properties)? = members["properties"] else {
            return schema
        }
        for (property, inner) in properties {
            guard let note = note(on: property, of: name), case .object(var keywords) = inner else { continue }
            keywords["description"] = .string(note)
            properties[property] = .object(keywords)
        }
        members["properties"] = .object(properties)
        return .object(members)
    }

    /// The note on a member: the type's own, or one that holds for the member wherever it is.
    package static func note(on property: String, of type: String) -> String? {
        byType[type]?[property] ?? everywhere[property]
    }

    /// By type, then by member.
    package static let byType: [String: [String: String]] = tasks.merging(answers) { $1 }.merging(learning) { $1 }
        .merging(intake) { $1 }.merging(labels) { $1 }.merging(webhooks) { $1 }.merging(identity) { $1 }

    private static let everywhere = [
        "items": "What was asked for.",
        "next_cursor": "Give it as `cursor` for the next page; null on the last one.",
        "correlation_id": "The story that this belongs to: the same in events, logs and answers.",
        "task_id": "The task.",
        "revision": "Rises by one with each edit of the task.",
        "reason": "Why, in words.",
        "created_at": "When it was created.",
        "changed_at": "When it last changed.",
        "project": "The project.",
        "version": "The name of a model version.",
    ]
}

package import Contracts

/// What is left of a task's fields and of its story for a user from whom suggestions are held back.
///
/// No value that a model suggested may be seen or inferred: not from the analysis, nor from what others made of it.
package enum HeldBackView {
    /// What people have set, without what tells of the suggestion: a value that another accepted is the suggestion, and
    /// "corrected" says what it was not.
    package static func fields(_ fields: TaskFields, for user: String) -> TaskFields {
        var left = TaskFields()
        for field in TriageField.allCases {
            guard var set = fields[field] else { continue }
            if set.user != user {
                guard set.source == .human || set.source == .corrected else { continue }
                set.source = .human
            }
            left[field] = set
        }
        return left
    }

    /// A summary of the timeline or a stream, with `held_back: true` where something was left out.
    ///
    /// Of analyses only what says who made them is kept: a member that is added later is held back until it is named here.
    package static func summary(_ summary: JSONValue, of type: EventType) -> JSONValue {
        switch type {
        case .analysisCompleted: marked(summary.only(["model_version", "rung", "degraded"]))
        case .analysisProgressed: marked(summary.only(["rung", "provider", "model", "version", "number"]))
        case .feedbackRecorded: marked(feedback(summary))
        case .taskCreated, .taskEdited, .analysisFailed, .trainingRequested, .trainingChanged, .modelRegistered,
            .rolloutRequested, .rolloutChanged, .rolloutObserved, .taskErased, .analysisErased, .trainingErased,
            .labelsChanged:
            summary
        case .replayChunk, .replayAnswered: marked([:])
        }
    }

    private static func feedback(_ summary: JSONValue) -> JSONValue {
        guard case .array(let fields)? = summary["fields"] else { return summary.only(["user"]) }
        let left = fields.map { field in
            switch field["provenance"]?.stringValue {
            case Provenance.human.rawValue?, Provenance.corrected.rawValue?: field.only(["field", "value"])
            default: field.only(["field"])
            }
        }
        return summary.only(["user"]).with("fields", .array(left))
    }

    private static func marked(_ summary: JSONValue) -> JSONValue { summary.with("held_back", .bool(true)) }
}

extension JSONValue {
    fileprivate func only(_ names: Set<String>) -> JSONValue {
        guard case .object(let members) = self else { return [:] }
        return .object(members.filter { names.contains($0.key) })
    }

    fileprivate func with(_ name: String, _ value: JSONValue) -> JSONValue {
        guard case .object(var members) = self else { return [:] }
        members[name] = value
        return .object(members)
    }
}

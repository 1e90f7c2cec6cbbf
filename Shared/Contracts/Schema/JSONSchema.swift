/// JSON Schema 2020-12, generated from the Codable types and the keywords of their rules.
package enum JSONSchema {
    /// The schema of a whole event as it stands in a message.
    package static func event<Payload: EventPayload>(_ payload: Payload.Type) -> JSONValue {
        let schema = adding(
            keywords: Payload.rules.map { ("data/" + $0.field, $0.keywords) }
                + ["source", "subject", "correlationid", "causationid"].map {
                    ($0, FieldRule<Payload>.keywords(characters: Envelope.textCharacters))
                },
            to: SchemaProbe.schema(of: CloudEvent<Payload>.self))
        guard case .object(var members) = schema else { return schema }
        members["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        members["$id"] = .string("/schemas/\(Payload.eventType.rawValue).json")
        members["title"] = .string(Payload.eventType.rawValue)
        members["description"] = .string(Payload.eventType.meaning)
        return .object(members)
    }

    /// The schema of a value that an HTTP request or answer holds: as events have it, with the rules of the type, and
    /// with `null` for what may be absent, since some answers write it and all requests may.
    package static func http(_ type: any Codable.Type) -> JSONValue {
        let schema = SchemaProbe.schema(of: type)
        guard let validated = type as? any Validated.Type else { return schema.withNullForOptional }
        return adding(keywords: keywords(of: validated), to: schema).withNullForOptional
    }

    private static func keywords<Value: Validated>(of type: Value.Type) -> [(
        path: String, keywords: [String: JSONValue]
    )] {
        type.rules.map { ($0.field, $0.keywords) }
    }

    /// Every event's schema, by type.
    package static var events: [(type: EventType, schema: JSONValue)] {
        EventType.allCases.map { type in
            switch type {
            case .taskCreated: (type, event(TaskCreated.self))
            case .taskEdited: (type, event(TaskEdited.self))
            case .taskErased: (type, event(TaskErased.self))
            case .analysisErased: (type, event(AnalysisErased.self))
            case .trainingErased: (type, event(TrainingErased.self))
            case .analysisProgressed: (type, event(AnalysisProgressed.self))
            case .analysisCompleted: (type, event(AnalysisCompleted.self))
            case .analysisFailed: (type, event(AnalysisFailed.self))
            case .feedbackRecorded: (type, event(FeedbackRecorded.self))
            case .trainingRequested: (type, event(TrainingRequested.self))
            case .trainingChanged: (type, event(TrainingChanged.self))
            case .modelRegistered: (type, event(ModelRegistered.self))
            case .rolloutRequested: (type, event(RolloutRequested.self))
            case .rolloutChanged: (type, event(RolloutChanged.self))
            case .rolloutObserved: (type, event(RolloutObserved.self))
            case .replayChunk: (type, event(ReplayChunk.self))
            case .replayAnswered: (type, event(ReplayAnswered.self))
            case .labelsChanged: (type, event(LabelsChanged.self))
            }
        }
    }

    private static func adding(keywords: [(path: String, keywords: [String: JSONValue])], to schema: JSONValue)
        -> JSONValue
    {
        keywords.reduce(schema) { schema, rule in
            rule.keywords.isEmpty ? schema : adding(rule.keywords, at: rule.path.split(separator: "/")[...], to: schema)
        }
    }

    private static func adding(
        _ keywords: [String: JSONValue], at path: ArraySlice<Substring>, to schema: JSONValue
    ) -> JSONValue {
        guard case .object(var members) = schema else { return schema }
        guard let name = path.first.map(String.init) else {
            return .object(members).merged(with: keywords)
        }
        guard case .object(var properties) = members["properties"], let property = properties[name] else {
            return schema
        }
        properties[name] = adding(keywords, at: path.dropFirst(), to: property)
        members["properties"] = .object(properties)
        return .object(members)
    }
}

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

    /// The schema of a request body.
    package static func body<Value: Codable & Validated>(_ type: Value.Type) -> JSONValue {
        adding(keywords: Value.rules.map { ($0.field, $0.keywords) }, to: SchemaProbe.schema(of: type))
    }

    /// Every event's schema, by type.
    package static var events: [(type: EventType, schema: JSONValue)] {
        EventType.allCases.map { type in
            switch type {
            case .taskCreated: (type, event(TaskCreated.self))
            case .taskEdited: (type, event(TaskEdited.self))
            case .analysisProgressed: (type, event(AnalysisProgressed.self))
            case .analysisCompleted: (type, event(AnalysisCompleted.self))
            case .analysisFailed: (type, event(AnalysisFailed.self))
            case .feedbackRecorded: (type, event(FeedbackRecorded.self))
            case .trainingRequested: (type, event(TrainingRequested.self))
            case .trainingChanged: (type, event(TrainingChanged.self))
            case .modelRegistered: (type, event(ModelRegistered.self))
            case .rolloutRequested: (type, event(RolloutRequested.self))
            case .rolloutChanged: (type, event(RolloutChanged.self))
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
            return .object(members.merging(keywords) { $1 })
        }
        guard case .object(var properties) = members["properties"], let property = properties[name] else {
            return schema
        }
        properties[name] = adding(keywords, at: path.dropFirst(), to: property)
        members["properties"] = .object(properties)
        return .object(members)
    }
}

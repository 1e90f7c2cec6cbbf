/// The answer to what people ask of the training side: the event that carries it there.
package struct RequestSent: Codable, Hashable, Sendable {
    package var eventID: Identifier
    package var correlationID: String

    package init(eventID: Identifier, correlationID: String) {
        self.eventID = eventID
        self.correlationID = correlationID
    }

    enum CodingKeys: String, CodingKey {
        case eventID = "event_id"
        case correlationID = "correlation_id"
    }
}

/// The `data:` of one event in a stream.
package struct StreamedEvent: Codable, Hashable, Sendable {
    package var eventID: Identifier
    package var type: EventType
    package var taskID: Identifier?
    package var revision: Int?
    package var time: EventTime
    package var correlationID: String
    /// The analysis that an `analysis.completed.v1` brings.
    package var analysis: Analysis?
    /// The event in brief; its members depend on the type.
    package var summary: JSONValue

    enum CodingKeys: String, CodingKey {
        case eventID = "event_id"
        case type
        case taskID = "task_id"
        case revision, time
        case correlationID = "correlation_id"
        case analysis, summary
    }
}

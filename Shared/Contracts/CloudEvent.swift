/// A structured CloudEvent 1.0 in JSON, with our extensions.
package struct CloudEvent<Payload: EventPayload>: Hashable, Sendable {
    package var id: Identifier
    package var source: String
    package var type: EventType { Payload.eventType }
    /// The id of the task, model or training that the event is about.
    package var subject: String
    package var time: EventTime
    /// The same for a whole story, from the first request on.
    package var correlationID: String
    /// The id of the event that directly caused this one.
    package var causationID: String?
    /// The revision of the subject.
    package var sequence: Int?
    package var traceparent: String?
    package var data: Payload

    package init(
        id: Identifier = Identifier(), source: ServiceName, subject: String, time: EventTime = .now,
        story: Story, sequence: Int? = nil, data: Payload
    ) {
        self.id = id
        self.source = "/services/" + source.rawValue
        self.subject = subject
        self.time = time
        correlationID = story.correlationID
        causationID = story.causationID
        traceparent = story.trace.traceparent
        self.sequence = sequence
        self.data = data
    }

    /// What an event that this one causes carries on.
    package var story: Story {
        Story(
            correlationID: correlationID, causationID: id.description,
            trace: traceparent.flatMap { TraceContext(traceparent: $0) } ?? TraceContext())
    }
}

/// The thread through one story: who began it, what came directly before, which trace it is in.
package struct Story: Hashable, Sendable {
    package var correlationID: String
    package var causationID: String?
    package var trace: TraceContext

    package init(correlationID: String, causationID: String? = nil, trace: TraceContext = TraceContext()) {
        self.correlationID = correlationID
        self.causationID = causationID
        self.trace = trace
    }
}

extension CloudEvent: Codable {
    private enum CodingKeys: String, CodingKey {
        case specversion, id, source, type, subject, time, datacontenttype, correlationid, causationid, sequence
        case traceparent, data
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let version = try container.decode(String.self, forKey: .specversion)
        guard version == "1.0" else {
            throw DecodingError.dataCorruptedError(
                forKey: .specversion, in: container, debugDescription: "must be 1.0")
        }
        let type = try container.decode(String.self, forKey: .type)
        guard type == Payload.eventType.rawValue else {
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "must be \(Payload.eventType.rawValue)")
        }
        id = try container.decode(Identifier.self, forKey: .id)
        source = try container.decode(String.self, forKey: .source)
        subject = try container.decode(String.self, forKey: .subject)
        time = try container.decode(EventTime.self, forKey: .time)
        correlationID = try container.decode(String.self, forKey: .correlationid)
        causationID = try container.decodeIfPresent(String.self, forKey: .causationid)
        sequence = try container.decodeIfPresent(String.self, forKey: .sequence).flatMap { Int($0) }
        traceparent = try container.decodeIfPresent(String.self, forKey: .traceparent)
        data = try container.decode(Payload.self, forKey: .data)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("1.0", forKey: .specversion)
        try container.encode(id, forKey: .id)
        try container.encode(source, forKey: .source)
        try container.encode(type.rawValue, forKey: .type)
        try container.encode(subject, forKey: .subject)
        try container.encode(time, forKey: .time)
        try container.encode("application/json", forKey: .datacontenttype)
        try container.encode(correlationID, forKey: .correlationid)
        try container.encodeIfPresent(causationID, forKey: .causationid)
        try container.encodeIfPresent(sequence.map(String.init), forKey: .sequence)
        try container.encodeIfPresent(traceparent, forKey: .traceparent)
        try container.encode(data, forKey: .data)
    }
}

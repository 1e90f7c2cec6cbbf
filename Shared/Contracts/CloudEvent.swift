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

    /// The story as this event itself tells it; for its log lines.
    package var ownStory: Story {
        Story(
            correlationID: correlationID, causationID: causationID,
            trace: traceparent.flatMap { TraceContext(traceparent: $0) } ?? TraceContext())
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
        _ = try container.decode(Fixed<VersionText>.self, forKey: .specversion)
        _ = try container.decode(Fixed<TypeText<Payload>>.self, forKey: .type)
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

extension CloudEvent {
    /// Every broken rule of the envelope and of the payload, as pointers into the event.
    package func brokenRules() -> [BrokenRule] {
        var broken: [BrokenRule] = []
        func check(_ name: String, _ text: String?) {
            guard let text, let fault = FieldRule<String>.fault(in: text, characters: Envelope.textCharacters) else {
                return
            }
            broken.append(BrokenRule(pointer: "/" + name, detail: fault))
        }
        check("source", source)
        check("subject", subject)
        check("correlationid", correlationID)
        check("causationid", causationID)
        return broken + data.brokenRules(under: "/data")
    }
}

/// What an envelope may hold, whatever its payload: bounds for what is stored and logged.
package enum Envelope {
    /// Of `source`, `subject`, `correlationid` and `causationid`, in Unicode scalars.
    package static let textCharacters = 1...200
}

/// A string member that has only one right value.
struct Fixed<Text: FixedText>: Decodable {
    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard try container.decode(String.self) == Text.value else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be \(Text.value)")
        }
    }
}

protocol FixedText {
    static var value: String { get }
}

enum VersionText: FixedText { static var value: String { "1.0" } }

enum TypeText<Payload: EventPayload>: FixedText { static var value: String { Payload.eventType.rawValue } }

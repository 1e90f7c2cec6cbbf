/// Events to and from the bytes of a message: hand-written for the two hottest types, Codable for the rest.
package enum EventCoder {
    /// Why a message is not an event that may pass.
    package struct Rejection: Error, Hashable, Sendable {
        package let code: ErrorCode
        package let reason: String
        package let brokenRules: [BrokenRule]

        package init(code: ErrorCode, reason: String, brokenRules: [BrokenRule] = []) {
            self.code = code
            self.reason = reason
            self.brokenRules = brokenRules
        }
    }

    /// The event's JSON, checked against the rules of its type first: what breaks one never leaves a service.
    package static func encode<Payload: EventPayload>(_ event: CloudEvent<Payload>) throws -> [UInt8] {
        let broken = event.brokenRules()
        guard broken.isEmpty else { throw rejection(of: Payload.eventType, broken: broken) }
        if let hot = event.data as? any HotPayload { return encodeHot(event, hot) }
        return try ContractJSON.encode(event)
    }

    /// The event in a message's body, checked against the rules of its type.
    package static func decode<Payload: EventPayload>(
        _ type: Payload.Type, from bytes: [UInt8]
    ) throws(Rejection) -> CloudEvent<Payload> {
        let event: CloudEvent<Payload>
        if let fast = decodeFast(type, from: bytes) {
            event = fast
        } else {
            do {
                event = try ContractJSON.decode(CloudEvent<Payload>.self, from: bytes)
            } catch {
                let rule = ContractJSON.brokenRule(from: error)
                throw Rejection(
                    code: rule.code == .malformedJSON ? .undecodableEvent : .invalidEvent,
                    reason: "\(type.eventType.rawValue): \(rule.text)", brokenRules: [rule])
            }
        }
        let broken = event.brokenRules()
        guard broken.isEmpty else { throw rejection(of: Payload.eventType, broken: broken) }
        return event
    }

    private static func rejection(of type: EventType, broken: [BrokenRule]) -> Rejection {
        let list = broken.map(\.text).joined(separator: "; ")
        return Rejection(code: .invalidEvent, reason: "\(type.rawValue): \(list)", brokenRules: broken)
    }

    private static func encodeHot(_ event: CloudEvent<some EventPayload>, _ payload: any HotPayload) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_536)
        writer.beginObject()
        writer.key("specversion")
        writer.string("1.0")
        writer.key("id")
        writer.string(event.id)
        writer.key("source")
        writer.string(event.source)
        writer.key("type")
        writer.string(event.type.rawValue)
        writer.key("subject")
        writer.string(event.subject)
        writer.key("time")
        writer.string(event.time)
        writer.key("datacontenttype")
        writer.string("application/json")
        writer.key("correlationid")
        writer.string(event.correlationID)
        if let causationID = event.causationID {
            writer.key("causationid")
            writer.string(causationID)
        }
        if let sequence = event.sequence {
            writer.key("sequence")
            writer.string(String(sequence))
        }
        if let traceparent = event.traceparent {
            writer.key("traceparent")
            writer.string(traceparent)
        }
        writer.key("data")
        payload.write(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// The event by the hand-written reader, its rules not yet checked. `nil` where the type has none or the text is
    /// not what that reader expects: Codable then says why, or takes it after all.
    package static func decodeFast<Payload: EventPayload>(
        _ type: Payload.Type, from bytes: [UInt8]
    ) -> CloudEvent<Payload>? {
        guard let hot = Payload.self as? any HotPayload.Type else { return nil }
        return bytes.withUnsafeBufferPointer { text in
            // A mismatch is no error here, only the slow path's turn.
            try? EnvelopeReader.read(text, type, hot)
        }
    }
}

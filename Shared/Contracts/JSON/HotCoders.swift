/// A payload with a hand-written coder, tested to agree with its Codable one.
protocol HotPayload {
    init(from reader: inout JSONReader) throws(JSONReader.Mismatch)
    func write(to writer: inout JSONWriter)
}

enum EnvelopeReader {
    static func read<Payload: EventPayload>(
        _ text: UnsafeBufferPointer<UInt8>, _ type: Payload.Type, _ hot: any HotPayload.Type
    ) throws(JSONReader.Mismatch) -> CloudEvent<Payload> {
        var reader = JSONReader(text)
        var id: Identifier?
        var source, subject, correlation, causation, sequence, traceparent: String?
        var time: EventTime?
        var data: Payload?
        var version, name: String?
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "specversion":
                try seen.insert(0)
                version = try reader.string()
            case "type":
                try seen.insert(1)
                name = try reader.string()
            case "id":
                try seen.insert(2)
                id = try reader.identifier()
            case "source":
                try seen.insert(3)
                source = try reader.string()
            case "subject":
                try seen.insert(4)
                subject = try reader.string()
            case "time":
                try seen.insert(5)
                time = try reader.time()
            case "correlationid":
                try seen.insert(6)
                correlation = try reader.string()
            case "causationid":
                try seen.insert(7)
                causation = try reader.null() ? nil : reader.string()
            case "sequence":
                try seen.insert(8)
                sequence = try reader.null() ? nil : reader.string()
            case "traceparent":
                try seen.insert(9)
                traceparent = try reader.null() ? nil : reader.string()
            case "data":
                try seen.insert(10)
                data = try hot.init(from: &reader) as? Payload
            default: try reader.skip()
            }
        }
        try reader.end()
        guard version == VersionText.value, name == Payload.eventType.rawValue, let id, let source, let subject,
            let correlation, let time, let data
        else {
            throw JSONReader.Mismatch()
        }
        var event = CloudEvent(
            id: id, source: .taskAPI, subject: subject, time: time,
            story: Story(correlationID: correlation, causationID: causation, trace: .none),
            sequence: sequence.flatMap { Int($0) }, data: data)
        event.source = source
        event.traceparent = traceparent
        return event
    }
}

extension JSONReader {
    mutating func array<Element>(
        _ element: (inout JSONReader) throws(Mismatch) -> Element
    ) throws(Mismatch) -> [Element] {
        var elements: [Element] = []
        try beginArray()
        while try nextElement() { elements.append(try element(&self)) }
        return elements
    }

    mutating func strings() throws(Mismatch) -> [String] {
        try array { reader throws(Mismatch) in try reader.string() }
    }

    mutating func numbers() throws(Mismatch) -> [String: Double] {
        var values: [String: Double] = [:]
        try beginObject()
        while let key = try nextKey() {
            guard let name = String(validating: key, as: UTF8.self), values[name] == nil else { throw Mismatch() }
            values[name] = try number()
        }
        return values
    }
}

extension JSONWriter {
    package mutating func strings(_ values: [String]) {
        beginArray()
        for value in values { string(value) }
        endArray()
    }
}

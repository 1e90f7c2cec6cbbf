/// One event of a `text/event-stream`.
package struct ServerSentEvent: Equatable, Sendable {
    /// The last id seen, which may be an earlier event's; empty when there was none.
    package var id: String
    /// `message` when the stream names none.
    package var event: String
    package var data: String

    package init(id: String = "", event: String = "message", data: String) {
        self.id = id
        self.event = event
        self.data = data
    }
}

/// The WHATWG's "interpreting an event stream", from bytes in any chunks.
package struct ServerSentEventParser: Sendable {
    private let maximumEventBytes: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var event = ""
    private var lastID = ""
    private var isAfterCarriageReturn = false
    private var isFirstLine = true
    /// The reconnection time the stream asked for, in milliseconds.
    package private(set) var retryMilliseconds: Int?

    /// - Parameter maximumEventBytes: a longer line, or event, is an error.
    package init(maximumEventBytes: Int = 1 << 20) { self.maximumEventBytes = maximumEventBytes }

    /// The events that these bytes complete. An event without its closing blank line is never one.
    package mutating func consume(_ bytes: some Sequence<UInt8>) throws(HTTPClientError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let isSecondHalf = isAfterCarriageReturn && byte == 0x0A
            isAfterCarriageReturn = byte == 0x0D
            if isSecondHalf { continue }
            guard byte == 0x0A || byte == 0x0D else {
                line.append(byte)
                if line.count + data.count > maximumEventBytes {
                    throw .tooLarge("an event of more than \(maximumEventBytes) bytes")
                }
                continue
            }
            if let event = endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        if line.isEmpty { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        // A comment has an empty name and falls through, as any unknown field does.
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data":
            if hasData { data.append(0x0A) }
            data.append(contentsOf: value)
            hasData = true
        case "event": event = String(decoding: value, as: UTF8.self)
        case "id" where !value.contains(0): lastID = String(decoding: value, as: UTF8.self)
        case "retry" where !value.isEmpty && value.allSatisfy({ (0x30...0x39).contains($0) }):
            retryMilliseconds = Int(String(decoding: value, as: UTF8.self))
        default: break
        }
        return nil
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            data.removeAll(keepingCapacity: true)
            hasData = false
            event = ""
        }
        guard hasData else { return nil }
        return ServerSentEvent(
            id: lastID, event: event.isEmpty ? "message" : event, data: String(decoding: data, as: UTF8.self))
    }
}

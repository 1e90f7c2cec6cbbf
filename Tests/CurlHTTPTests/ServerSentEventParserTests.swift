import CurlHTTP
import Testing

struct StreamCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let events: [ServerSentEvent]

    init(_ name: String, _ text: String, _ events: [ServerSentEvent]) {
        (testDescription, self.text, self.events) = (name, text, events)
    }
}

let streamCases = [
    StreamCase("one line", "data: a\n\n", [.init(data: "a")]),
    StreamCase("only one blank after the colon goes", "data:  a\n\ndata:b\n\n", [.init(data: " a"), .init(data: "b")]),
    StreamCase("several data lines", "data: a\ndata\ndata: c\n\n", [.init(data: "a\n\nc")]),
    StreamCase("an empty data field is an event", "data\n\ndata:\n\n", [.init(data: ""), .init(data: "")]),
    StreamCase("no data, no event", "event: x\nid: 7\n\ndata: a\n\n", [.init(id: "7", data: "a")]),
    StreamCase(
        "the id stays", "id: 1\ndata: a\n\ndata: b\n\n", [.init(id: "1", data: "a"), .init(id: "1", data: "b")]),
    StreamCase(
        "an empty id resets", "id: 1\ndata: a\n\nid\ndata: b\n\n", [.init(id: "1", data: "a"), .init(data: "b")]),
    StreamCase("an id with NUL is ignored", "id: 1\u{0}2\ndata: a\n\n", [.init(data: "a")]),
    StreamCase(
        "the event type doesn't stay", "event: x\ndata: a\n\ndata: b\n\n",
        [.init(event: "x", data: "a"), .init(data: "b")]),
    StreamCase("comments and unknown fields", ": ping\n\nfoo: bar\ndata: a\n:\n\n", [.init(data: "a")]),
    StreamCase("carriage returns", "data: a\rdata: b\r\rdata: c\r\n\r\n", [.init(data: "a\nb"), .init(data: "c")]),
    StreamCase("a byte order mark", "\u{FEFF}data: a\n\n", [.init(data: "a")]),
    StreamCase("cut off", "data: a\n\ndata: b\n", [.init(data: "a")]),
    StreamCase("letters of several bytes", "data: żółw 🐢\n\n", [.init(data: "żółw 🐢")]),
]

@Suite struct ServerSentEventParserTests {
    @Test(arguments: streamCases)
    func `the stream gives the standard's events, in chunks of any size`(_ example: StreamCase) throws {
        let bytes = Array(example.text.utf8)
        for size in [1, 2, 3, 7, bytes.count] {
            var parser = ServerSentEventParser()
            var events: [ServerSentEvent] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                events += try parser.consume(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(events == example.events, "in chunks of \(size)")
        }
    }

    @Test func `the reconnection time is kept`() throws {
        var parser = ServerSentEventParser()
        _ = try parser.consume(Array("retry: 2500\nretry: soon\n\n".utf8))
        #expect(parser.retryMilliseconds == 2_500)
    }

    @Test func `an endless event is an error`() {
        var parser = ServerSentEventParser(maximumEventBytes: 100)
        #expect(throws: HTTPClientError.self) { try parser.consume([UInt8](repeating: 65, count: 101)) }
        var lines = ServerSentEventParser(maximumEventBytes: 100)
        #expect(throws: HTTPClientError.self) {
            for _ in 0..<20 { _ = try lines.consume(Array("data: 0123456789\n".utf8)) }
        }
    }
}

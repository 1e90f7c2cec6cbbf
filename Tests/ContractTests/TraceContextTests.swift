import Contracts
import Testing

/// W3C Trace Context, sections 3.2.2 to 3.2.4 and the flags of level 2.
struct TraceContextTests {
    static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    static let span = "00f067aa0ba902b7"

    @Test(arguments: [
        ("00-\(trace)-\(span)-00", false), ("00-\(trace)-\(span)-01", true), ("00-\(trace)-\(span)-02", false),
        ("00-\(trace)-\(span)-03", true), ("00-\(trace)-\(span)-0a", false), ("00-\(trace)-\(span)-0b", true),
        ("00-\(trace)-\(span)-ff", true), ("00-\(trace)-\(span)-fe", false),
        // A later version is read by the rules of this one, whatever it adds behind a dash.
        ("01-\(trace)-\(span)-01", true), ("cc-\(trace)-\(span)-01-what-the-future-will-be-like", true),
    ])
    func `a valid header is read`(header: String, isSampled: Bool) throws {
        let context = try #require(TraceContext(traceparent: header))
        #expect(context.traceID == Self.trace)
        #expect(context.spanID == Self.span)
        #expect(context.isSampled == isSampled)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0", "00-\(trace)-\(span)-010",
        "00-\(trace)-\(span)-01-more", "ff-\(trace)-\(span)-01", "0-\(trace)-\(span)-01", "00_\(trace)_\(span)_01",
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-\(span)-01", "00-\(trace)-00F067AA0BA902B7-01", "0G-\(trace)-\(span)-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-\(span)-01", "00-\(trace)-\(span)-0x", " 00-\(trace)-\(span)-01",
        "00-\(trace)-\(span)-01 ", "cc-\(trace)-\(span)-01.what", "cc-\(trace)-\(span)-0100",
        "00-\(trace)é-\(span)-01",
    ])
    func `an invalid header is refused`(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test(arguments: [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("fd", "01"), ("ff", "03")])
    func `known flags are passed on unchanged, unknown ones not at all`(received: String, sent: String) throws {
        let context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-\(received)"))
        #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-\(sent)")
    }

    @Test func `a new trace is random, sampled and valid`() {
        let contexts = (0..<1_000).map { _ in TraceContext() }
        #expect(Set(contexts.map(\.traceID)).count == 1_000)
        for context in contexts {
            #expect(context.traceparent.hasSuffix("-03"))
            #expect(TraceContext(traceparent: context.traceparent) == context)
        }
    }

    @Test func `a child keeps the trace and the flags and has a span of its own`() throws {
        let parent = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-00"))
        let child = parent.child()
        #expect(child.traceID == parent.traceID && child.spanID != parent.spanID)
        #expect(child.traceparent.hasSuffix("-00"))
    }
}

import TaskAPICore
import Testing

@Suite struct LineSplitterTests {
    private static let text = Array("{\"a\":1}\r\n\n  \n{\"b\":2}\n123456789\n{\"c\":\"é\"}".utf8)
    private static let lines: [LineSplitter.Line] = [
        .text(Array("{\"a\":1}\r".utf8)), .text(Array("{\"b\":2}".utf8)), .tooLong, .text(Array("{\"c\":\"é\"}".utf8)),
    ]

    @Test(arguments: [1, 2, 3, 7, 1_000]) func `lines are the same however the stream is cut`(size: Int) {
        var splitter = LineSplitter(limit: 12)
        var lines: [LineSplitter.Line] = []
        // Longer than the limit, so that the middle line is too long in every cut.
        let text = Self.text.split(separator: UInt8(ascii: "9")).joined(separator: Array("9abcdefgh".utf8))
        let bytes = Array(text)
        for start in stride(from: 0, to: bytes.count, by: size) {
            lines += splitter.feed(bytes[start..<min(start + size, bytes.count)])
        }
        if let last = splitter.finish() { lines.append(last) }
        #expect(lines == Self.lines)
    }

    @Test func `a stream that ends with a line's end has no further line`() {
        var splitter = LineSplitter(limit: 10)
        #expect(splitter.feed(Array("a\n".utf8)) == [.text([97])])
        #expect(splitter.finish() == nil)
        #expect(splitter.feed([]) == [])
    }
}

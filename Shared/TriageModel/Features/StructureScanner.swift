/// What a text looks like: lengths, code, questions, headings, boxes, traces, pictures.
struct StructureScanner {
    private let title: UnsafeBufferPointer<UInt8>
    private let body: UnsafeBufferPointer<UInt8>
    private let text: UnsafeBufferPointer<UInt8>
    private var questionMarks = 0
    private var newlines = 0
    private var headings = 0
    private var checkboxes = 0
    private var hasTrace = false
    private var hasImage = false

    /// - Parameter scratch: with a prepared body.
    init(title: UnsafeBufferPointer<UInt8>, body: UnsafeBufferPointer<UInt8>, _ scratch: borrowing FeatureScratch) {
        self.title = title
        self.body = body
        text = UnsafeBufferPointer(rebasing: scratch.prose.prefix(scratch.proseCount))
    }

    /// Leaves the hashes of the features.
    mutating func scan(into scratch: inout FeatureScratch) {
        beginLine(at: 0, &scratch)
        for position in text.indices {
            switch text[position] {
            case UInt8(ascii: "\n"):
                newlines += 1
                beginLine(at: position + 1, &scratch)
            case UInt8(ascii: "?"): questionMarks += 1
            case UInt8(ascii: "-"):
                if text.matches("- [x]", at: position) || text.matches("- [X]", at: position) { checkboxes += 1 }
            case UInt8(ascii: "!"): hasImage = hasImage || text.matches("![", at: position)
            case UInt8(ascii: "<"): hasImage = hasImage || text.matches("<img", at: position)
            case UInt8(ascii: "."):
                hasImage = hasImage || text.matches(".png", at: position) || text.matches(".gif", at: position)
            case UInt8(ascii: "T"): hasTrace = hasTrace || text.matches("Traceback", at: position)
            case UInt8(ascii: "E"):
                hasTrace = hasTrace || text.matches("Exception", at: position) || text.matches("Error:", at: position)
            case UInt8(ascii: "s"): hasTrace = hasTrace || text.matches("stack", at: position)
            case UInt8(ascii: "a"): hasTrace = hasTrace || isFrame(at: position)
            default: break
            }
        }
        add(&scratch)
    }

    private func add(_ scratch: inout FeatureScratch) {
        func put(_ kind: UInt64, _ value: Int) { scratch.addStructure(FeatureHash.joining(kind, UInt64(value))) }
        put(1, Self.log2(text.count))
        put(2, min(4, codeMarks() / 2))
        put(3, min(4, questionMarks))
        put(4, Self.log2(newlines))
        put(5, min(8, headings))
        put(6, min(3, checkboxes))
        if hasTrace { put(7, 1) }
        if hasImage { put(8, 1) }
        put(9, title.count / 15)
        if title.contains(UInt8(ascii: "?")) { put(10, 1) }
    }

    /// In the whole body, comments included.
    private func codeMarks() -> Int {
        var found = 0
        var position = 0
        while let next = body.find("```", from: position) {
            found += 1
            position = next + 3
        }
        return found
    }

    /// A line of a stack trace: `at name(`.
    private func isFrame(at start: Int) -> Bool {
        guard text.matches("at ", at: start) else { return false }
        var position = start + 3
        while position < text.count, text[position] > 0x20 {
            if position > start + 3, text[position] == UInt8(ascii: "(") { return true }
            position += 1
        }
        return false
    }

    private mutating func beginLine(at start: Int, _ scratch: inout FeatureScratch) {
        var position = start
        while position < text.count, text[position] == UInt8(ascii: "#") { position += 1 }
        let isHeading = position > start && position < text.count && text[position] == UInt8(ascii: " ")
        if isHeading { headings += 1 }
        let first = isHeading ? position + 1 : start + 2
        guard isHeading || text.matches("**", at: start) else { return }
        var end = first
        while end < text.count, end < first + TextLimit.headingBytes, text[end] != UInt8(ascii: "\n") { end += 1 }
        guard end - first >= 3 else { return }
        scratch.addStructure(heading(first..<end, scratch))
    }

    /// The words of a heading, the first 50 bytes of them.
    private func heading(_ range: Range<Int>, _ scratch: borrowing FeatureScratch) -> UInt64 {
        var words = Tokeniser(text, into: scratch.headingTokens, limit: scratch.headingTokens.count, takesCode: false)
        words.scan(range)
        var hash = FeatureHash.joining(11, FeatureHash.seed)
        var length = 0
        for index in 0..<words.count {
            let token = scratch.headingTokens[index]
            hash = FeatureHash.joining(hash, token.hash)
            length += Int(token.end - token.start) + 1
            if length > TextLimit.headingNameBytes { break }
        }
        return hash
    }

    private static func log2(_ value: Int) -> Int { Int.bitWidth - 1 - (value + 1).leadingZeroBitCount }
}

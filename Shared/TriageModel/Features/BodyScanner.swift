/// One pass over a body: its words, sentence starts, questions, comments and what its layout looks like.
struct BodyScanner {
    private let source: UnsafeBufferPointer<UInt8>
    private var words: Tokeniser
    private var comments: Tokeniser
    private var sentenceTokens = 0
    private var sentenceHash: UInt64 = 0
    private var sentences = 0
    private var sentenceStart = 0
    private var lineIsHeading = false
    private var headingHash: UInt64 = 0
    private var codeBlocks = 0
    private var questionMarks = 0
    private var newlines = 0
    private var headings = 0
    private var checkboxes = 0
    private var commentBytes = 0
    private var hasTrace = false
    private var hasImage = false
    /// Once a closing mark was searched in vain it is not searched again: the pass stays linear.
    private var noMoreComments = false
    private var noMoreCode = false

    init(_ source: UnsafeBufferPointer<UInt8>, scratch: borrowing FeatureScratch) {
        self.source = source
        words = Tokeniser(source, into: scratch.bodyTokens, limit: TextLimit.storedTokens)
        comments = Tokeniser(source, into: scratch.commentTokens, limit: TextLimit.commentTokens)
    }

    /// Reads the body into `scratch`.
    mutating func scan(into scratch: inout FeatureScratch) {
        var position = 0
        beginLine(at: 0)
        while position < source.count {
            let byte = source[position]
            switch byte {
            case UInt8(ascii: "<"): position = afterComment(at: position)
            case UInt8(ascii: "`"): position = afterCode(at: position)
            case UInt8(ascii: "\n"):
                newlines += 1
                endSentence()
                endHeading(&scratch)
                position &+= 1
                beginLine(at: position)
            case UInt8(ascii: "."):
                if matches(".png", position) || matches(".gif", position) || matches(".jpg", position) {
                    hasImage = true
                }
                endSentence()
                position &+= 1
            case UInt8(ascii: "?"), UInt8(ascii: "!"):
                position = afterMark(byte, at: position, &scratch)
            default:
                let found = words.found
                let next = words.step(at: position)
                if words.found != found { tookTokens(endingAt: next, &scratch) }
                position = next
            }
        }
        endHeading(&scratch)
        scratch.bodyTokenCount = words.count
        scratch.commentTokenCount = comments.count
        addStructure(&scratch)
    }

    private func matches(_ text: StaticString, _ position: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= source.count else { return false }
        for index in 0..<count where source[position + index] != text.utf8Start[index] { return false }
        return true
    }

    private func find(_ text: StaticString, from start: Int) -> Int? {
        var position = start
        while position < source.count {
            if source[position] == text.utf8Start[0], matches(text, position) { return position }
            position &+= 1
        }
        return nil
    }

    private mutating func afterComment(at position: Int) -> Int {
        if matches("<img", position) { hasImage = true }
        guard !noMoreComments, matches("<!--", position) else { return position &+ 1 }
        guard let end = find("-->", from: position + 4) else {
            noMoreComments = true
            return position &+ 1
        }
        comments.scan(position..<end)
        commentBytes += end + 3 - position
        return end + 3
    }

    private mutating func afterCode(at position: Int) -> Int {
        guard !noMoreCode, matches("```", position) else { return position &+ 1 }
        guard let end = find("```", from: position + 3) else {
            noMoreCode = true
            return position + 3
        }
        codeBlocks += 1
        words.add(Placeholder.code, position, end + 3)
        for index in position..<end where source[index] == UInt8(ascii: "\n") { newlines += 1 }
        return end + 3
    }

    private mutating func afterMark(_ byte: UInt8, at position: Int, _ scratch: inout FeatureScratch) -> Int {
        if byte == UInt8(ascii: "?") {
            questionMarks += 1
            if words.count > sentenceStart, scratch.questionCount < TextLimit.questions {
                scratch.questions[scratch.questionCount] = (sentenceStart, words.count)
                scratch.questionCount += 1
            }
        } else if position + 1 < source.count, source[position + 1] == UInt8(ascii: "[") {
            hasImage = true
        }
        let next = words.step(at: position)
        endSentence()
        return next
    }

    @inline(__always) private mutating func tookTokens(endingAt end: Int, _ scratch: inout FeatureScratch) {
        let hash = words.last
        if hash == Placeholder.traceback || hash == Placeholder.exception || hash == Placeholder.stack {
            hasTrace = true
        }
        if end < source.count, source[end] == UInt8(ascii: ":"), end >= 5, matches("Error", end - 5) { hasTrace = true }
        if lineIsHeading { headingHash = FeatureHash.joining(headingHash, hash) }
        guard sentenceTokens < 3, sentences < TextLimit.sentences else { return }
        sentenceHash = sentenceTokens == 0 ? hash : FeatureHash.joining(sentenceHash, hash)
        sentenceTokens += 1
        scratch.addStart(sentenceHash)
    }

    private mutating func endSentence() {
        if sentenceTokens > 0 { sentences += 1 }
        sentenceTokens = 0
        sentenceStart = words.count
    }

    private mutating func beginLine(at position: Int) {
        var hashes = position
        while hashes < source.count, source[hashes] == UInt8(ascii: "#") { hashes += 1 }
        let isHash = hashes > position && hashes < source.count && source[hashes] == UInt8(ascii: " ")
        if isHash { headings += 1 }
        lineIsHeading = isHash || matches("**", position)
        headingHash = 0
        if matches("- [x]", position) || matches("- [X]", position) { checkboxes += 1 }
    }

    private mutating func endHeading(_ scratch: inout FeatureScratch) {
        if lineIsHeading, headingHash != 0 { scratch.addStructure(FeatureHash.joining(11, headingHash)) }
        lineIsHeading = false
    }

    private func addStructure(_ scratch: inout FeatureScratch) {
        let text = source.count - commentBytes
        scratch.addStructure(FeatureHash.joining(1, UInt64(Self.log2(text))))
        scratch.addStructure(FeatureHash.joining(2, UInt64(min(4, codeBlocks))))
        scratch.addStructure(FeatureHash.joining(3, UInt64(min(4, questionMarks))))
        scratch.addStructure(FeatureHash.joining(4, UInt64(Self.log2(newlines))))
        scratch.addStructure(FeatureHash.joining(5, UInt64(min(8, headings))))
        scratch.addStructure(FeatureHash.joining(6, UInt64(min(3, checkboxes))))
        if hasTrace { scratch.addStructure(FeatureHash.joining(7, 1)) }
        if hasImage { scratch.addStructure(FeatureHash.joining(8, 1)) }
    }

    private static func log2(_ value: Int) -> Int {
        Int.bitWidth - 1 - (value + 1).leadingZeroBitCount
    }
}

/// Prepares a body for the scanners: one copy without comments, and one without comments and code.
///
/// Both lie in the scratch. `plain` is as long as the body, so that a token's place in it is its place in the body:
/// comments and code blocks are blanks, and the first byte of a code block is `Placeholder.codeMark`. In `prose` each
/// comment is one blank and code is kept. A mark without its end is text.
struct BodyText {
    private let body: UnsafeBufferPointer<UInt8>

    init(_ body: UnsafeBufferPointer<UInt8>) { self.body = body }

    /// Fills `scratch.plain`, `scratch.prose` and the tokens of the comments.
    func prepare(_ scratch: inout FeatureScratch) {
        removeComments(&scratch)
        blankCode(scratch)
    }

    private func removeComments(_ scratch: inout FeatureScratch) {
        var comments = Tokeniser(body, into: scratch.commentTokens, limit: TextLimit.commentTokens)
        let plain = scratch.plain
        let prose = scratch.prose
        var written = 0
        var position = 0
        var hasMore = true
        while position < body.count {
            let byte = body[position]
            if byte == UInt8(ascii: "<"), hasMore, body.matches("<!--", at: position) {
                if let end = body.find("-->", from: position + 4) {
                    comments.scan(position..<end)
                    for index in position..<(end + 3) { plain[index] = 0x20 }
                    prose[written] = 0x20
                    written &+= 1
                    position = end + 3
                    continue
                }
                hasMore = false
            }
            // The mark is no text of anybody's.
            let kept = byte == Placeholder.codeMark ? 0x20 : byte
            plain[position] = kept
            prose[written] = kept
            written &+= 1
            position &+= 1
        }
        scratch.plainCount = body.count
        scratch.proseCount = written
        scratch.commentTokenCount = comments.count
    }

    private func blankCode(_ scratch: borrowing FeatureScratch) {
        let plain = UnsafeMutableBufferPointer(rebasing: scratch.plain.prefix(scratch.plainCount))
        let text = UnsafeBufferPointer(plain)
        var position = 0
        while let start = text.find("```", from: position) {
            guard let end = text.find("```", from: start + 3) else { return }
            plain[start] = Placeholder.codeMark
            for index in (start + 1)..<(end + 3) { plain[index] = 0x20 }
            position = end + 3
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes of an ASCII text stand at a place.
    @inline(__always) func matches(_ text: StaticString, at position: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard position &+ length <= count else { return false }
        for index in 0..<length where self[position &+ index] != text.utf8Start[index] { return false }
        return true
    }

    /// The first place of an ASCII text from `start` on.
    func find(_ text: StaticString, from start: Int) -> Int? {
        let first = text.utf8Start[0]
        var position = start
        while position < count {
            if self[position] == first, matches(text, at: position) { return position }
            position &+= 1
        }
        return nil
    }
}

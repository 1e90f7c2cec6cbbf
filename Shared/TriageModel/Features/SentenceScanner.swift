/// How sentences begin, and the questions: sentences end at line breaks, full stops, question and exclamation marks.
struct SentenceScanner {
    private let text: UnsafeBufferPointer<UInt8>

    /// - Parameter scratch: with a prepared body.
    init(_ scratch: borrowing FeatureScratch) {
        text = UnsafeBufferPointer(rebasing: scratch.plain.prefix(scratch.plainCount))
    }

    @inline(__always) private func isEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "?")
            || byte == UInt8(ascii: "!")
    }

    /// Leaves the hashes of the first one, two and three words of each sentence and the tokens of each question.
    func scan(into scratch: inout FeatureScratch) {
        var start = 0
        var sentences = 0
        var questions = 0
        while start <= text.count, sentences < TextLimit.sentences || questions < TextLimit.questions {
            var end = start
            while end < text.count, !isEnd(text[end]) { end &+= 1 }
            if sentences < TextLimit.sentences { addStart(start..<end, &scratch) }
            sentences += 1
            if end > start, end < text.count, text[end] == UInt8(ascii: "?"), questions < TextLimit.questions {
                addQuestion(start..<(end + 1), &scratch)
                questions += 1
            }
            // A run of marks is one end.
            start = end + 1
            while start < text.count, isEnd(text[start]) { start &+= 1 }
        }
    }

    private func addStart(_ range: Range<Int>, _ scratch: inout FeatureScratch) {
        var words = Tokeniser(text, into: scratch.sentenceTokens, limit: 3, takesCode: false)
        words.scan(range)
        guard words.count > 0 else { return }
        var hash = scratch.sentenceTokens[0].hash
        // The one, two and three first words, which are the same where there are no more.
        for length in 1...3 {
            if length > 1, length <= words.count {
                hash = FeatureHash.joining(hash, scratch.sentenceTokens[length - 1].hash)
            }
            scratch.addStart(hash)
        }
    }

    private func addQuestion(_ range: Range<Int>, _ scratch: inout FeatureScratch) {
        let first = scratch.questionTokenCount
        let room = UnsafeMutableBufferPointer(rebasing: scratch.questionTokens.dropFirst(first))
        var words = Tokeniser(text, into: room, limit: room.count, takesCode: false)
        words.scan(range)
        scratch.questions[scratch.questionCount] = (first, first + words.count)
        scratch.questionCount += 1
        scratch.questionTokenCount = first + words.count
    }
}

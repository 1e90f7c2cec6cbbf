/// The words by which two tasks are compared: lower-cased, cut to their stems, without stop words.
enum TermScanner {
    struct Term {
        /// Of stem and scope.
        var hash: UInt32
        /// How much a match counts: more in a title.
        var weight: Float
        /// Byte range in `isTitle ? title : body`; empty for pairs of words.
        var start: UInt32
        var end: UInt32
        var isTitle: Bool
    }

    static let titleTokens = 40
    static let bodyTokens = 120
    static let titleWeight: Float = 2
    static let pairWeight: Float = 1.5
    static let maximumTerms = 96

    /// The distinct terms of a task, by hash, at most `maximumTerms`; those of the title first.
    static func terms(_ text: TaskText, scope: UInt64) -> [Term] {
        var terms: [Term] = []
        terms.reserveCapacity(maximumTerms + 8)
        var seen = Set<UInt32>(minimumCapacity: maximumTerms * 2)
        func add(_ term: Term) {
            guard terms.count < maximumTerms, seen.insert(term.hash).inserted else { return }
            terms.append(term)
        }
        scan(text.title, limit: titleTokens, bytes: TextLimit.titleBytes) { stem, previous, token in
            let hash = self.hash(stem, scope)
            add(Term(hash: hash, weight: titleWeight, start: token.start, end: token.end, isTitle: true))
            guard let previous else { return }
            let pair = self.hash(FeatureHash.joining(previous, stem), scope)
            add(Term(hash: pair, weight: pairWeight, start: 0, end: 0, isTitle: true))
        }
        scan(text.body, limit: bodyTokens, bytes: 4_096) { stem, _, token in
            add(Term(hash: hash(stem, scope), weight: 1, start: token.start, end: token.end, isTitle: false))
        }
        return terms.sorted { $0.hash < $1.hash }
    }

    private static func hash(_ stem: UInt64, _ scope: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: FeatureHash.finished(FeatureHash.joining(scope, stem)) >> 32)
    }

    private static func scan(
        _ text: String, limit: Int, bytes: Int, _ body: (UInt64, UInt64?, Token) -> Void
    ) {
        var text = text
        text.withUTF8 { all in
            let source = UnsafeBufferPointer(rebasing: all.prefix(bytes))
            withUnsafeTemporaryAllocation(of: Token.self, capacity: limit) { tokens in
                var tokeniser = Tokeniser(source, into: tokens, limit: limit)
                tokeniser.scan(0..<source.count)
                var previous: UInt64?
                for index in 0..<tokeniser.count {
                    let token = tokens[index]
                    guard !ignored.contains(token.hash) else { continue }
                    let stem = stem(source, token)
                    body(stem, previous, token)
                    previous = stem
                }
            }
        }
    }

    /// The hash of a word without its English ending: "crashes", "crashed" and "crashing" are one term.
    private static func stem(_ source: UnsafeBufferPointer<UInt8>, _ token: Token) -> UInt64 {
        let start = Int(token.start)
        var end = Int(token.end)
        func ends(_ text: StaticString) -> Bool {
            let count = text.utf8CodeUnitCount
            guard end - start >= count + 3 else { return false }
            return (0..<count).allSatisfy { lowered(source[end - count + $0]) == text.utf8Start[$0] }
        }
        if ends("ing") {
            end -= 3
        } else if ends("ed") || ends("es") {
            end -= 2
        } else if ends("s"), !ends("ss") {
            end -= 1
        }
        if ends("e") { end -= 1 }
        // "running" and "run" meet.
        if end < Int(token.end) - 1, end - start > 3, source[end - 1] == source[end - 2] { end -= 1 }
        var hash = FeatureHash.seed
        for index in start..<end { hash = FeatureHash.adding(lowered(source[index]), to: hash) }
        return hash
    }

    /// Words that say nothing about the subject, and placeholders.
    private static let ignored: Set<UInt64> = {
        let words = """
            a an and are as at be been but by can cannot could did do does doesn't don't for from get had has have i if \
            in into is it it's its me my no not of on or our out please should so some than that the their them then \
            there these they this to up us was we were what when where which while who why will with would you your \
            der die das und ist nicht ein eine zu mit auf den im le la les et est pas un une de des du el los en que no
            """
        var hashes: Set<UInt64> = [
            Placeholder.url, Placeholder.code, Placeholder.number, Placeholder.version, Placeholder.question,
            Placeholder.exclamation,
        ]
        for word in words.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            hashes.insert(word.utf8.reduce(FeatureHash.seed) { FeatureHash.adding($1, to: $0) })
        }
        return hashes
    }()
}

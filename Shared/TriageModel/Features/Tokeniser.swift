/// What the scanner makes of a byte outside of words.
@inline(__always) private func isLower(_ byte: UInt8) -> Bool { (byte >= 0x61 && byte <= 0x7a) || byte >= 0x80 }
@inline(__always) private func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5a }
@inline(__always) private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
@inline(__always) private func isWordStart(_ byte: UInt8) -> Bool {
    isLower(byte) || isUpper(byte) || byte == UInt8(ascii: "_")
}
@inline(__always) private func isWord(_ byte: UInt8) -> Bool { isWordStart(byte) || byte == UInt8(ascii: "'") }
@inline(__always) func lowered(_ byte: UInt8) -> UInt8 { isUpper(byte) ? byte &+ 32 : byte }

/// Hashes of the placeholders.
enum Placeholder {
    static let url = FeatureHash.word("_url_")
    static let code = FeatureHash.word("_code_")
    static let number = FeatureHash.word("_num_")
    static let version = FeatureHash.word("_ver_")
    static let question = FeatureHash.word("?")
    static let exclamation = FeatureHash.word("!")
    static let traceback = FeatureHash.word("traceback")
    static let exception = FeatureHash.word("exception")
    static let stack = FeatureHash.word("stack")

    private static let fillers: Set<UInt64> = {
        let words =
            "a an and are as at be been by for from i in is it it's its me my of on or our s so t that the their "
            + "them then there these they this those to us was we were with you your am has have had do did"
        return Set(
            words.split(separator: " ").map { $0.utf8.reduce(FeatureHash.seed) { FeatureHash.adding($1, to: $0) } })
    }()

    /// Whether a word explains nothing to a reader, though its place may tell the model something.
    static func isFiller(_ hash: UInt64) -> Bool { fillers.contains(hash) }

    /// Whether a token stands for something that is no word.
    static func isPlaceholder(_ hash: UInt64) -> Bool {
        hash == url || hash == code || hash == number || hash == version
    }
}

/// The words of one piece of text, found in one pass over its bytes.
///
/// A word is a run of letters, `_`, `'` and every byte above 127; camelCase and snake_case come split and whole,
/// URLs, numbers, versions and code as placeholders. Any bytes are welcome, valid UTF-8 or not.
struct Tokeniser {
    let source: UnsafeBufferPointer<UInt8>
    let tokens: UnsafeMutableBufferPointer<Token>
    /// Tokens that fit; more are counted but not kept.
    let limit: Int
    var count = 0
    /// The last token's hash, kept or not.
    var last: UInt64 = 0
    /// How many tokens were found.
    var found = 0

    init(_ source: UnsafeBufferPointer<UInt8>, into tokens: UnsafeMutableBufferPointer<Token>, limit: Int) {
        self.source = source
        self.tokens = tokens
        self.limit = Swift.min(limit, tokens.count)
    }

    @inline(__always) mutating func add(_ hash: UInt64, _ start: Int, _ end: Int) {
        last = hash
        found &+= 1
        guard count < limit else { return }
        tokens[count] = Token(
            hash: hash, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end))
        count &+= 1
    }

    @inline(__always) private func hash(_ start: Int, _ end: Int) -> UInt64 {
        var hash = FeatureHash.seed
        for index in start..<end { hash = FeatureHash.adding(lowered(source[index]), to: hash) }
        return hash
    }

    /// Reads the token at `position`, if one starts there, and answers where to go on.
    @inline(__always) mutating func step(at position: Int) -> Int {
        let byte = source[position]
        if isWordStart(byte) {
            if byte | 0x20 == UInt8(ascii: "h"), let end = endOfURL(at: position) {
                add(Placeholder.url, position, end)
                return end
            }
            return word(at: position)
        }
        if isDigit(byte) { return number(at: position) }
        if byte == UInt8(ascii: "?") { add(Placeholder.question, position, position &+ 1) }
        if byte == UInt8(ascii: "!") { add(Placeholder.exclamation, position, position &+ 1) }
        return position &+ 1
    }

    /// Reads all tokens of a range.
    mutating func scan(_ range: Range<Int>) {
        var position = range.lowerBound
        while position < range.upperBound, count < limit { position = step(at: position) }
    }

    private func endOfURL(at start: Int) -> Int? {
        guard start + 8 < source.count, source[start] == UInt8(ascii: "h"), source[start + 1] == UInt8(ascii: "t"),
            source[start + 2] == UInt8(ascii: "t"), source[start + 3] == UInt8(ascii: "p")
        else { return nil }
        var position = start + 4
        if source[position] == UInt8(ascii: "s") { position += 1 }
        guard position + 3 < source.count, source[position] == UInt8(ascii: ":"),
            source[position + 1] == UInt8(ascii: "/"), source[position + 2] == UInt8(ascii: "/")
        else { return nil }
        position += 3
        while position < source.count, source[position] > 0x20 { position &+= 1 }
        return position
    }

    private mutating func number(at start: Int) -> Int {
        var position = start
        var isVersion = false
        while position < source.count {
            if isDigit(source[position]) {
                position &+= 1
            } else if source[position] == UInt8(ascii: "."), position + 1 < source.count, isDigit(source[position + 1])
            {
                isVersion = true
                position &+= 2
            } else {
                break
            }
        }
        add(isVersion ? Placeholder.version : Placeholder.number, start, position)
        return position
    }

    @inline(__always) private mutating func word(at start: Int) -> Int {
        var position = start
        var hash = FeatureHash.seed
        var isCompound = false
        while position < source.count, isWord(source[position]) {
            let byte = source[position]
            if byte == UInt8(ascii: "_") || (isUpper(byte) && position > start) { isCompound = true }
            hash = FeatureHash.adding(lowered(byte), to: hash)
            position &+= 1
        }
        if isCompound { addCompound(start, position, whole: hash) } else { add(hash, start, position) }
        return position
    }

    private mutating func addCompound(_ start: Int, _ end: Int, whole: UInt64) {
        if source[start] != UInt8(ascii: "_"), (start..<end).contains(where: { source[$0] == UInt8(ascii: "_") }) {
            var from = start
            for position in start...end where position == end || source[position] == UInt8(ascii: "_") {
                if position > from { add(hash(from, position), from, position) }
                from = position + 1
            }
            return
        }
        // Counted first: a word of one part comes only whole.
        var parts = 0
        forEachPart(start, end) { _, _ in parts += 1 }
        if parts > 1 {
            var position = start
            while let (from, to) = part(from: position, end: end) {
                add(hash(from, to), from, to)
                position = to
            }
        }
        add(whole, start, end)
    }

    private func forEachPart(_ start: Int, _ end: Int, _ body: (Int, Int) -> Void) {
        var position = start
        while let (from, to) = part(from: position, end: end) {
            body(from, to)
            position = to
        }
    }

    /// The next part of a camelCase word: a run of capitals, or a capital and what follows it.
    private func part(from start: Int, end: Int) -> (Int, Int)? {
        var from = start
        while from < end, !isUpper(source[from]), !isLower(source[from]), source[from] != UInt8(ascii: "'") {
            from += 1
        }
        guard from < end else { return nil }
        var to = from
        while to < end, isUpper(source[to]) { to += 1 }
        let capitals = to - from
        let lowerFollows = to < end && (isLower(source[to]) || source[to] == UInt8(ascii: "'"))
        if capitals > 1, lowerFollows { return (from, to - 1) }
        if capitals > 0, !lowerFollows { return (from, to) }
        while to < end, isLower(source[to]) || source[to] == UInt8(ascii: "'") { to += 1 }
        return (from, to)
    }
}

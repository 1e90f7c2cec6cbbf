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
    /// Stands in a prepared body for a block of code; no text has it, see `BodyText`.
    static let codeMark: UInt8 = 0x01

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
/// A word is a run of letters, `_`, `'` and every byte above 127; camelCase comes split and whole, snake_case split,
/// URLs, numbers, versions and code as placeholders. Any bytes are welcome, valid UTF-8 or not. The same tokens as the
/// recipe's reference (`toks`), but for letters outside of ASCII, which the reference takes for blanks.
struct Tokeniser {
    let source: UnsafeBufferPointer<UInt8>
    let tokens: UnsafeMutableBufferPointer<Token>
    /// Tokens that fit; more are not kept.
    let limit: Int
    /// Whether a block of code is a token.
    let takesCode: Bool
    var count = 0

    init(
        _ source: UnsafeBufferPointer<UInt8>, into tokens: UnsafeMutableBufferPointer<Token>, limit: Int,
        takesCode: Bool = true
    ) {
        self.source = source
        self.tokens = tokens
        self.limit = Swift.min(limit, tokens.count)
        self.takesCode = takesCode
    }

    /// Reads the tokens of a range until the limit is reached.
    mutating func scan(_ range: Range<Int>) {
        var position = range.lowerBound
        while position < range.upperBound, count < limit { position = step(at: position, range.upperBound) }
    }

    /// Reads what stands at a place, some tokens or none, and answers where to go on.
    @inline(__always) mutating func step(at position: Int, _ end: Int) -> Int {
        let byte = source[position]
        if isWordStart(byte) { return word(at: position, end) }
        if isDigit(byte) { return number(at: position, end) }
        if byte == UInt8(ascii: "?") { add(Placeholder.question, position, position &+ 1) }
        if byte == UInt8(ascii: "!") { add(Placeholder.exclamation, position, position &+ 1) }
        if byte == Placeholder.codeMark, takesCode { add(Placeholder.code, position, position &+ 1) }
        return position &+ 1
    }

    @inline(__always) private mutating func add(_ hash: UInt64, _ start: Int, _ end: Int) {
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

    private mutating func number(at start: Int, _ end: Int) -> Int {
        var position = start
        var isVersion = false
        while position < end {
            if isDigit(source[position]) {
                position &+= 1
            } else if source[position] == UInt8(ascii: "."), position + 1 < end, isDigit(source[position + 1]) {
                isVersion = true
                position &+= 2
            } else {
                break
            }
        }
        add(isVersion ? Placeholder.version : Placeholder.number, start, position)
        return position
    }

    @inline(__always) private mutating func word(at start: Int, _ end: Int) -> Int {
        var position = start
        var hash = FeatureHash.seed
        var isCompound = false
        while position < end, isWord(source[position]) {
            let byte = source[position]
            if byte == UInt8(ascii: "_") || isUpper(byte) { isCompound = isCompound || position > start }
            hash = FeatureHash.adding(lowered(byte), to: hash)
            position &+= 1
        }
        if position < end, source[position] == UInt8(ascii: ":"), let scheme = scheme(start, position, end) {
            if scheme > start { wordToken(start, scheme) }
            var close = position + 3
            while close < end, source[close] > 0x20 { close &+= 1 }
            add(Placeholder.url, scheme, close)
            return close
        }
        if isCompound || source[start] == UInt8(ascii: "_") || position &- start > 1 && isApostropheNext(start) {
            wordToken(start, position)
        } else {
            add(hash, start, position)
        }
        return position
    }

    /// A capital before an apostrophe is a part of its own, as in `I'm`.
    @inline(__always) private func isApostropheNext(_ start: Int) -> Bool {
        isUpper(source[start]) && source[start + 1] == UInt8(ascii: "'")
    }

    /// Where `http` or `https` starts, if the word from `start` ends with it and `://` and a byte follow.
    private func scheme(_ start: Int, _ colon: Int, _ end: Int) -> Int? {
        guard colon + 3 < end, source[colon + 1] == UInt8(ascii: "/"), source[colon + 2] == UInt8(ascii: "/"),
            source[colon + 3] > 0x20
        else { return nil }
        let last = source[colon - 1] == UInt8(ascii: "s") ? colon - 1 : colon
        guard last - 4 >= start, source[last - 4] == UInt8(ascii: "h"), source[last - 3] == UInt8(ascii: "t"),
            source[last - 2] == UInt8(ascii: "t"), source[last - 1] == UInt8(ascii: "p")
        else { return nil }
        return last - 4
    }

    /// Adds a word that may have parts.
    private mutating func wordToken(_ start: Int, _ end: Int) {
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
        var position = start
        while let (_, to) = part(from: position, end: end) {
            parts += 1
            position = to
        }
        if parts > 1 {
            position = start
            while let (from, to) = part(from: position, end: end) {
                add(hash(from, to), from, to)
                position = to
            }
        }
        add(hash(start, end), start, end)
    }

    /// Where a name between two underscores ends, such as `_foo_`.
    private func closedName(_ start: Int, _ end: Int) -> Int? {
        var position = start + 1
        while position < end, source[position] >= 0x61, source[position] <= 0x7a { position += 1 }
        return position > start + 1 && position < end && source[position] == UInt8(ascii: "_") ? position + 1 : nil
    }

    /// The next part of a camelCase word: a run of capitals, or a capital and the small letters after it.
    private func part(from start: Int, end: Int) -> (Int, Int)? {
        var from = start
        while from < end, source[from] == UInt8(ascii: "_") {
            if let close = closedName(from, end) { return (from, close) }
            from += 1
        }
        guard from < end else { return nil }
        var to = from
        while to < end, isUpper(source[to]) { to += 1 }
        let capitals = to - from
        // The last capital of a run belongs to the small letters after it.
        if to < end, isLower(source[to]) {
            if capitals > 1 { return (from, to - 1) }
        } else if capitals > 0 {
            return (from, to)
        }
        while to < end, isLower(source[to]) || source[to] == UInt8(ascii: "'") { to += 1 }
        return (from, to)
    }
}

/// The words and character sequences by which a task is compared; its memory is used again for the next task.
struct TermReader: Sendable {
    /// A distinct stem of one task.
    struct Word: Sendable {
        /// Of stem and scope.
        var hash: UInt64
        /// Occurrences; one in the title counts as several.
        var count: Int
        var isInTitle: Bool
        /// Byte range of the first occurrence, in `isInTitle ? title : body`.
        var start: UInt32
        var end: UInt32
    }

    /// Distinct stems in the order of their first occurrence.
    private(set) var words: [Word] = []
    /// Distinct character sequences: level (2 bits), bucket (14 bits); by level.
    private(set) var grams: [UInt16] = []
    /// Sum of the words' counts.
    private(set) var wordLength = 0
    /// Sum of the character sequences' counts.
    private(set) var gramLength = 0

    private static let slotCount = 512
    private static let stepTokens = 32
    private static let maximumCount = 127
    /// Places in `words`, plus one, by hash.
    private var slots = [UInt16](repeating: 0, count: TermReader.slotCount)
    /// Buckets in the order of their first occurrence.
    private var unordered: [UInt16] = []
    private var gramCounts = [UInt8](repeating: 0, count: SimilarityRecipe.gramBuckets)

    /// Reads a task; what was read before is forgotten.
    mutating func read(_ text: TaskText, scope: UInt64) {
        words.removeAll(keepingCapacity: true)
        grams.removeAll(keepingCapacity: true)
        wordLength = 0
        gramLength = 0
        for index in slots.indices { slots[index] = 0 }
        var title = text.title
        var body = text.body
        title.withUTF8 { bytes in
            readWords(bytes, isTitle: true, scope: scope)
            readGrams(
                UnsafeBufferPointer(rebasing: bytes.prefix(SimilarityRecipe.titleGramBytes)),
                repeats: SimilarityRecipe.titleRepeats)
        }
        body.withUTF8 { bytes in
            readWords(bytes, isTitle: false, scope: scope)
            readGrams(UnsafeBufferPointer(rebasing: bytes.prefix(SimilarityRecipe.bodyGramBytes)), repeats: 1)
        }
        finishGrams()
    }

    private mutating func readWords(_ bytes: UnsafeBufferPointer<UInt8>, isTitle: Bool, scope: UInt64) {
        let limit = isTitle ? SimilarityRecipe.titleWords : SimilarityRecipe.bodyWords
        let length = isTitle ? SimilarityRecipe.titleBytes : SimilarityRecipe.bodyBytes
        let source = UnsafeBufferPointer(rebasing: bytes.prefix(length))
        withUnsafeTemporaryAllocation(of: Token.self, capacity: Self.stepTokens) { tokens in
            var tokeniser = Tokeniser(source, into: tokens, limit: Self.stepTokens)
            var position = 0
            var left = limit
            while position < source.count, left > 0 {
                position = tokeniser.step(at: position, source.count)
                for index in 0..<tokeniser.count where left > 0 {
                    left -= add(tokens[index], source, isTitle: isTitle, scope: scope)
                }
                tokeniser.count = 0
            }
        }
    }

    /// Adds a token, if it says something, and answers how many words it was.
    private mutating func add(
        _ token: Token, _ source: UnsafeBufferPointer<UInt8>, isTitle: Bool, scope: UInt64
    ) -> Int {
        let start = Int(token.start)
        let end = Int(token.end)
        guard end - start > 1, token.hash != Placeholder.url, !StopWords.contains(token.hash) else { return 0 }
        if let step = Ideographs.characterBytes(source[start]) {
            return addIdeographs(source, start, end, step: step, isTitle: isTitle, scope: scope)
        }
        add(Stemmer.stem(source, start, end), start, end, isTitle: isTitle, scope: scope)
        return 1
    }

    /// Scripts without spaces: each pair of neighbouring characters is a word.
    private mutating func addIdeographs(
        _ source: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, step: Int, isTitle: Bool, scope: UInt64
    ) -> Int {
        var position = start
        var added = 0
        repeat {
            let stop = min(end, position + 2 * step)
            var hash = FeatureHash.seed
            for index in position..<stop { hash = FeatureHash.adding(source[index], to: hash) }
            add(hash, position, stop, isTitle: isTitle, scope: scope)
            added += 1
            position += step
        } while position + 2 * step <= end && added < SimilarityRecipe.titleWords
        return added
    }

    private mutating func add(_ stem: UInt64, _ start: Int, _ end: Int, isTitle: Bool, scope: UInt64) {
        let hash = FeatureHash.finished(FeatureHash.joining(scope, stem))
        let count = isTitle ? SimilarityRecipe.titleRepeats : 1
        var slot = Int(truncatingIfNeeded: hash & UInt64(Self.slotCount - 1))
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if words[index].hash == hash {
                let room = Self.maximumCount - words[index].count
                words[index].count += min(count, room)
                wordLength += min(count, room)
                return
            }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
        // At most titleWords + bodyWords + a run of ideographs: the table never fills.
        words.append(
            Word(
                hash: hash, count: count, isInTitle: isTitle, start: UInt32(truncatingIfNeeded: start),
                end: UInt32(truncatingIfNeeded: end)))
        slots[slot] = UInt16(words.count)
        wordLength += count
    }

    /// Sequences of four bytes within each word and the spaces around it; shorter words whole.
    private mutating func readGrams(_ source: UnsafeBufferPointer<UInt8>, repeats: Int) {
        var window: UInt32 = 0x20
        var length = 1
        for index in 0...source.count {
            let byte = index < source.count ? lowered(source[index]) : 0x20
            guard byte <= 0x20 else {
                window = window << 8 | UInt32(byte)
                length += 1
                if length >= 4 { addGram(window, repeats) }
                continue
            }
            if length > 1 {
                window = window << 8 | 0x20
                length += 1
                addGram(window, repeats)
            }
            window = 0x20
            length = 1
        }
    }

    @inline(__always) private mutating func addGram(_ window: UInt32, _ repeats: Int) {
        let bucket = Int(truncatingIfNeeded: (window &* 0x9e37_79b1) >> UInt32(32 - SimilarityRecipe.gramBits))
        let count = gramCounts[bucket]
        if count == 0 { grams.append(UInt16(truncatingIfNeeded: bucket)) }
        gramCounts[bucket] = UInt8(min(Int(count) + repeats, 255))
        gramLength += repeats
    }

    /// Puts the sequences in the order of their levels, and the counts back to zero.
    private mutating func finishGrams() {
        unordered.removeAll(keepingCapacity: true)
        swap(&unordered, &grams)
        for level in 0..<UInt16(SimilarityRecipe.gramLevels.count) {
            for bucket in unordered where Self.level(gramCounts[Int(bucket)]) == level {
                grams.append(level << UInt16(SimilarityRecipe.gramBits) | bucket)
            }
        }
        for bucket in unordered { gramCounts[Int(bucket)] = 0 }
    }

    /// The place of a count in `SimilarityRecipe.gramLevels`.
    @inline(__always) private static func level(_ count: UInt8) -> UInt16 {
        switch count {
        case ...1: 0
        case 2: 1
        case 3...4: 2
        default: 3
        }
    }
}

/// Scripts that write words without spaces between them.
enum Ideographs {
    /// Bytes of a character of Chinese, Japanese or Korean that starts with this byte; nil for other scripts.
    @inline(__always) static func characterBytes(_ byte: UInt8) -> Int? { byte >= 0xe3 && byte <= 0xed ? 3 : nil }
}

/// One feature of one task.
struct FeatureEntry {
    var bucket: UInt32
    /// 1 + ln(count), before IDF and norm, which each head has of its own.
    var frequency: Float
    /// Its place among the features that a packed model knows; see `TermTable.place`.
    var place: UInt32 = 0
}

/// A word of the text.
struct Token {
    /// Of the lower-cased bytes.
    var hash: UInt64
    /// Byte range in the source text.
    var start: UInt32
    var end: UInt32
}

/// Memory that a prediction needs, made once and used again; one at a time.
package struct FeatureScratch: ~Copyable, @unchecked Sendable {
    // @unchecked: the pointers are owned by this value alone, which can't be copied; nothing else reaches them.
    /// The features of the last task, field after field.
    var entries: UnsafeMutableBufferPointer<FeatureEntry>
    var entryCount = 0
    /// The index by which the entries have their places.
    var placedBy: UnsafeRawPointer?
    /// The weight of each entry for the head at hand.
    var values: UnsafeMutableBufferPointer<Float>
    /// The print of each entry; only where every feature is known.
    var prints: UnsafeMutableBufferPointer<UInt8>
    /// Where each field ends in `entries`.
    var fieldEnds: UnsafeMutableBufferPointer<Int>
    /// How often each bucket occurs in the current field; all zero between fields.
    let counts: UnsafeMutableBufferPointer<UInt8>
    /// The buckets of the current field in the order of their first occurrence.
    let touched: UnsafeMutableBufferPointer<UInt32>
    let touchedPrints: UnsafeMutableBufferPointer<UInt8>
    var touchedCount = 0
    let titleTokens: UnsafeMutableBufferPointer<Token>
    var titleTokenCount = 0
    let bodyTokens: UnsafeMutableBufferPointer<Token>
    var bodyTokenCount = 0
    let commentTokens: UnsafeMutableBufferPointer<Token>
    var commentTokenCount = 0
    /// The first tokens of the body without code.
    let headTokens: UnsafeMutableBufferPointer<Token>
    /// Of the sentence at hand.
    let sentenceTokens: UnsafeMutableBufferPointer<Token>
    /// Of all questions, one after the other.
    let questionTokens: UnsafeMutableBufferPointer<Token>
    var questionTokenCount = 0
    /// Of the heading at hand.
    let headingTokens: UnsafeMutableBufferPointer<Token>
    /// The body without comments and code, byte for byte where it was; see `BodyText`.
    let plain: UnsafeMutableBufferPointer<UInt8>
    var plainCount = 0
    /// The body without comments.
    let prose: UnsafeMutableBufferPointer<UInt8>
    var proseCount = 0
    /// Features found while scanning, for the fields that are not n-grams of tokens.
    let startHashes: UnsafeMutableBufferPointer<UInt64>
    var startHashCount = 0
    let structureHashes: UnsafeMutableBufferPointer<UInt64>
    var structureHashCount = 0
    /// Token ranges of question sentences.
    let questions: UnsafeMutableBufferPointer<(Int, Int)>
    var questionCount = 0
    /// Lower-cased text with single spaces, for character sequences.
    let characters: UnsafeMutableBufferPointer<UInt8>
    var characterCount = 0
    /// Room for the logits of one head.
    let logits: UnsafeMutableBufferPointer<Float>

    static let touchedCapacity = 16_384
    static let startCapacity = 256
    static let structureCapacity = 256
    static let maximumLabels = 256

    package init() {
        entries = .allocate(capacity: 32_768)
        values = .allocate(capacity: entries.count)
        prints = .allocate(capacity: entries.count)
        prints.initialize(repeating: 0)
        fieldEnds = .allocate(capacity: TextField.allCases.count)
        fieldEnds.initialize(repeating: 0)
        counts = .allocate(capacity: 1 << 21)
        counts.initialize(repeating: 0)
        touched = .allocate(capacity: Self.touchedCapacity)
        touchedPrints = .allocate(capacity: Self.touchedCapacity)
        titleTokens = .allocate(capacity: TextLimit.titleTokens)
        bodyTokens = .allocate(capacity: TextLimit.storedTokens)
        commentTokens = .allocate(capacity: TextLimit.commentTokens)
        headTokens = .allocate(capacity: TextLimit.headTokens)
        sentenceTokens = .allocate(capacity: 3)
        questionTokens = .allocate(capacity: TextLimit.questionTokens)
        headingTokens = .allocate(capacity: TextLimit.headingBytes)
        plain = .allocate(capacity: TextLimit.bodyBytes)
        prose = .allocate(capacity: TextLimit.bodyBytes)
        startHashes = .allocate(capacity: Self.startCapacity)
        structureHashes = .allocate(capacity: Self.structureCapacity)
        questions = .allocate(capacity: TextLimit.questions)
        characters = .allocate(capacity: max(TextLimit.bodyCharacterBytes, TextLimit.titleCharacterBytes) + 2)
        logits = .allocate(capacity: Self.maximumLabels)
    }

    deinit {
        entries.deallocate()
        values.deallocate()
        fieldEnds.deallocate()
        counts.deallocate()
        touched.deallocate()
        touchedPrints.deallocate()
        prints.deallocate()
        titleTokens.deallocate()
        bodyTokens.deallocate()
        commentTokens.deallocate()
        headTokens.deallocate()
        sentenceTokens.deallocate()
        questionTokens.deallocate()
        headingTokens.deallocate()
        plain.deallocate()
        prose.deallocate()
        startHashes.deallocate()
        structureHashes.deallocate()
        questions.deallocate()
        characters.deallocate()
        logits.deallocate()
    }

    /// Forgets the last task.
    mutating func reset() {
        entryCount = 0
        placedBy = nil
        touchedCount = 0
        titleTokenCount = 0
        bodyTokenCount = 0
        commentTokenCount = 0
        questionTokenCount = 0
        plainCount = 0
        proseCount = 0
        startHashCount = 0
        structureHashCount = 0
        questionCount = 0
        characterCount = 0
    }

    /// Makes room for so many entries; those that are there stay.
    mutating func reserve(_ count: Int) {
        guard count > entries.count else { return }
        let capacity = count * 2
        let larger = UnsafeMutableBufferPointer<FeatureEntry>.allocate(capacity: capacity)
        let morePrints = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: capacity)
        morePrints.initialize(repeating: 0)
        for index in 0..<entryCount {
            larger.initializeElement(at: index, to: entries[index])
            morePrints[index] = prints[index]
        }
        entries.deallocate()
        entries = larger
        prints.deallocate()
        prints = morePrints
        values.deallocate()
        values = .allocate(capacity: capacity)
    }

    @inline(__always) mutating func addStart(_ hash: UInt64) {
        guard startHashCount < Self.startCapacity else { return }
        startHashes[startHashCount] = hash
        startHashCount &+= 1
    }

    @inline(__always) mutating func addStructure(_ hash: UInt64) {
        guard structureHashCount < Self.structureCapacity else { return }
        structureHashes[structureHashCount] = hash
        structureHashCount &+= 1
    }
}

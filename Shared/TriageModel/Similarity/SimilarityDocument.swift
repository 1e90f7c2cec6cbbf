import struct FoundationEssentials.UUID

/// What the index keeps of a task.
struct SimilarityDocument: Sendable {
    let id: UUID
    let title: String
    /// Hash of the scope.
    let scope: UInt64
    /// Word number (24 bits), in the title or not (1), count (7); ascending.
    let words: [UInt32]
    /// Character sequences: level (2 bits), bucket (14); by level.
    let grams: [UInt16]
    /// Sums of the counts.
    let wordLength: UInt16
    let gramLength: UInt16
    let embedding: TextEmbedding?

    static func packed(_ number: UInt32, isInTitle: Bool, count: Int) -> UInt32 {
        number << 8 | (isInTitle ? 0x80 : 0) | UInt32(truncatingIfNeeded: count)
    }

    @inline(__always) static func number(_ word: UInt32) -> UInt32 { word >> 8 }
    @inline(__always) static func isInTitle(_ word: UInt32) -> Bool { word & 0x80 != 0 }
    @inline(__always) static func count(_ word: UInt32) -> Int { Int(word & 0x7f) }

    /// Whether the task has the word.
    func has(_ number: UInt32) -> Bool {
        var low = 0
        var high = words.count
        while low < high {
            let middle = (low + high) / 2
            if Self.number(words[middle]) < number { low = middle + 1 } else { high = middle }
        }
        return low < words.count && Self.number(words[low]) == number
    }

    /// Bytes held, without the allocator's own.
    var memoryBytes: Int {
        var bytes = 64 + words.capacity * 4 + grams.capacity * 2
        if title.utf8.count > 15 { bytes += 32 + title.utf8.count }
        if let embedding { bytes += 32 + embedding.values.count }
        return bytes
    }
}

/// Sums over the tasks of one scope.
struct ScopeTotals: Sendable {
    var documents = 0
    var wordLength = 0

    mutating func add(_ document: SimilarityDocument) {
        documents += 1
        wordLength += Int(document.wordLength)
    }
}

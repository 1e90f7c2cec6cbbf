package import struct FoundationEssentials.UUID

/// The latest tasks by their words: finds those that resemble a new one.
///
/// Tasks of one scope never meet those of another. Memory is bounded: beyond `capacity` the oldest task makes room.
/// A query reads the lists of its most telling words, then compares the best candidates exactly; see
/// `SimilarityRecipe` for the score.
package struct SimilarityIndex: Sendable {
    /// Most tasks that are kept.
    package let capacity: Int
    /// How far the owner has read its source of tasks; kept in a snapshot, not interpreted.
    package var sourcePosition: Int64 = 0
    /// By age; nil where a task is gone, until the next sweep.
    var documents: [SimilarityDocument?] = []
    /// Sum of word counts by position; 0 where a task is gone.
    var wordLengths: [UInt16] = []
    var positions: [UUID: UInt32] = [:]
    var vocabulary = Vocabulary()
    var scopes: [UInt64: ScopeTotals] = [:]
    /// Tasks that have each bucket of character sequences.
    var gramDocuments = [UInt32](repeating: 0, count: SimilarityRecipe.gramBuckets)
    var gramLength = 0
    var sketches = EmbeddingSketches()
    /// No task lives before it.
    private var oldest = 0
    var reader = TermReader()
    var scratch = QueryScratch()

    package init(capacity: Int) { self.capacity = min(max(1, capacity), 1 << 29) }

    /// Tasks in the index.
    package var count: Int { positions.count }
    /// Distinct words in the index.
    package var termCount: Int { vocabulary.count }

    /// Adds a task or replaces the one with the same id, which makes it the newest; scope is usually the tenant.
    package mutating func add(
        id: UUID, scope: String, title: String, text: TaskText, embedding: TextEmbedding? = nil
    ) {
        remove(id)
        if count >= capacity { removeOldest() }
        if documents.count >= 2 * capacity + 64 { sweep() }
        let scope = FeatureHash.text(scope)
        reader.read(text, scope: scope)
        let position = UInt32(documents.count)
        var words: [UInt32] = []
        words.reserveCapacity(reader.words.count)
        for word in reader.words {
            guard let number = vocabulary.add(word.hash, position: position, isInTitle: word.isInTitle) else {
                continue
            }
            words.append(SimilarityDocument.packed(number, isInTitle: word.isInTitle, count: word.count))
        }
        words.sort()
        append(
            SimilarityDocument(
                id: id, title: title, scope: scope, words: words, grams: reader.grams.map(\.self),
                wordLength: UInt16(clamping: reader.wordLength), gramLength: UInt16(clamping: reader.gramLength),
                embedding: embedding))
    }

    /// Forgets a task; unknown ids are fine.
    package mutating func remove(_ id: UUID) {
        guard let position = positions.removeValue(forKey: id), let document = documents[Int(position)] else { return }
        documents[Int(position)] = nil
        wordLengths[Int(position)] = 0
        for word in document.words {
            vocabulary.remove(SimilarityDocument.number(word)) { [documents] in documents[Int($0)] != nil }
        }
        for gram in document.grams { gramDocuments[Self.bucket(gram)] -= 1 }
        gramLength -= Int(document.gramLength)
        guard var totals = scopes[document.scope] else { return }
        totals.documents -= 1
        totals.wordLength -= Int(document.wordLength)
        scopes[document.scope] = totals.documents > 0 ? totals : nil
    }

    @inline(__always) static func bucket(_ gram: UInt16) -> Int { Int(gram) & (SimilarityRecipe.gramBuckets - 1) }

    /// Puts a task last; its words are in the vocabulary already.
    mutating func append(_ document: SimilarityDocument) {
        let position = UInt32(documents.count)
        positions[document.id] = position
        if let embedding = document.embedding { sketches.add(embedding, position: position) }
        documents.append(document)
        wordLengths.append(document.wordLength)
        gramDocuments.withUnsafeMutableBufferPointer { counts in
            document.grams.withUnsafeBufferPointer { grams in
                for gram in grams { counts[Self.bucket(gram)] &+= 1 }
            }
        }
        gramLength += Int(document.gramLength)
        scopes[document.scope, default: ScopeTotals()].add(document)
    }

    /// Makes room for so many tasks of a snapshot; the index is empty.
    mutating func reserve(_ count: Int, hashes: [UInt64], documents: [UInt32]) {
        vocabulary = Vocabulary(hashes: hashes, documents: documents)
        self.documents.reserveCapacity(count)
        wordLengths.reserveCapacity(count)
        positions.reserveCapacity(count)
    }

    /// Adds a task of a snapshot; false when its id is there already.
    mutating func restore(_ document: SimilarityDocument) -> Bool {
        guard positions[document.id] == nil else { return false }
        vocabulary.restore(document.words, position: UInt32(documents.count))
        append(document)
        return true
    }

    private mutating func removeOldest() {
        while oldest < documents.count {
            defer { oldest += 1 }
            guard let document = documents[oldest] else { continue }
            remove(document.id)
            return
        }
    }

    /// Closes the gaps that removed tasks left; every position changes.
    private mutating func sweep() {
        var moved = [UInt32](repeating: .max, count: documents.count)
        var kept: [SimilarityDocument?] = []
        kept.reserveCapacity(2 * capacity + 64)
        for (position, document) in documents.enumerated() {
            guard let document else { continue }
            moved[position] = UInt32(kept.count)
            positions[document.id] = UInt32(kept.count)
            kept.append(document)
        }
        documents = kept
        sketches = EmbeddingSketches()
        for (position, document) in kept.enumerated() {
            if let embedding = document?.embedding { sketches.add(embedding, position: UInt32(position)) }
        }
        wordLengths = kept.map { $0?.wordLength ?? 0 }
        oldest = 0
        vocabulary.move { moved[Int($0)] == .max ? nil : moved[Int($0)] }
    }

    /// Bytes held, without the allocator's own.
    package var memoryBytes: Int {
        var bytes = vocabulary.memoryBytes + documents.capacity * MemoryLayout<SimilarityDocument?>.stride
        bytes += wordLengths.capacity * 2 + positions.capacity * 21 * 4 / 3 + scopes.capacity * 25
        bytes += gramDocuments.count * 4 + scratch.memoryBytes + sketches.memoryBytes
        for document in documents { bytes += document?.memoryBytes ?? 0 }
        return bytes
    }
}

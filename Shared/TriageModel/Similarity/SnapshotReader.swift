import FoundationEssentials

extension SimilarityIndex {
    /// Reads an index back; anything but a whole and unharmed one of this format is an error.
    ///
    /// - Parameter capacity: may differ from that of the index that was written; the newest tasks that fit are kept.
    package static func load(path: String, capacity: Int) throws(SnapshotError) -> SimilarityIndex {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw SnapshotError(code: .unreadable, reason: "\(path): \(error)")
        }
        let result = data.withUnsafeBytes { bytes in
            Result { () throws(SnapshotError) in try load(bytes, capacity: capacity) }
        }
        return try result.get()
    }

    /// Reads an index from bytes.
    package static func load(bytes: [UInt8], capacity: Int) throws(SnapshotError) -> SimilarityIndex {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(SnapshotError) in try load(bytes, capacity: capacity) }
        }
        return try result.get()
    }

    private static func load(_ bytes: UnsafeRawBufferPointer, capacity: Int) throws(SnapshotError) -> SimilarityIndex {
        guard bytes.count >= Snapshot.headerBytes + Snapshot.checksumBytes else {
            throw SnapshotError(code: .tooSmall, reason: "\(bytes.count) bytes are no index")
        }
        guard bytes.prefix(Snapshot.magic.count).elementsEqual(Snapshot.magic) else {
            throw SnapshotError(code: .notASnapshot, reason: "the first bytes are not those of an index")
        }
        let format = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        let recipe = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        guard format == Snapshot.formatVersion, recipe == Snapshot.recipeVersion else {
            throw SnapshotError(
                code: .unsupportedFormat,
                reason: "format \(format).\(recipe), this program reads "
                    + "\(Snapshot.formatVersion).\(Snapshot.recipeVersion)")
        }
        let content = UnsafeRawBufferPointer(rebasing: bytes.dropLast(Snapshot.checksumBytes))
        let written = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: content.count, as: UInt64.self))
        guard Checksum.sum(content) == written else {
            throw SnapshotError(code: .checksumMismatch, reason: "the bytes were changed or cut off")
        }
        return try SnapshotColumns(content).index(capacity: capacity)
    }
}

/// The columns of a snapshot, checked against each other.
private struct SnapshotColumns {
    private var sourcePosition: Int64 = 0
    private var hashes: [UInt64] = []
    private var ids: [UInt8] = []
    private var scopes: [UInt64] = []
    private var lengths: [UInt16] = []
    /// Per task: words, character sequences, bytes of the title, numbers of the embedding.
    private var counts: [UInt32] = []
    private var words: [UInt32] = []
    private var grams: [UInt16] = []
    private var titles: [UInt8] = []
    private var models: [UInt64] = []
    private var vectors: [Int8] = []

    init(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
        var offset = Snapshot.headerBytes
        func column<Value: BitwiseCopyable>(_ zero: Value) throws(SnapshotError) -> [Value] {
            guard bytes.count - offset >= 8 else { throw Self.malformed("ends too early") }
            let count = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
            let size = MemoryLayout<Value>.size
            guard count <= UInt64((bytes.count - offset) / size) else { throw Self.malformed("a column is too long") }
            defer { offset += Int(count) * size }
            return [Value](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
                let source = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + Int(count) * size)])
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
                initialized = Int(count)
            }
        }
        let position = try column(Int64(0))
        guard position.count == 1 else { throw Self.malformed("no source position") }
        sourcePosition = position[0]
        hashes = try column(0)
        ids = try column(0)
        scopes = try column(0)
        lengths = try column(0)
        counts = try column(0)
        words = try column(0)
        grams = try column(0)
        titles = try column(0)
        models = try column(0)
        vectors = try column(0)
        guard offset == bytes.count else { throw Self.malformed("bytes after the last column") }
        try check()
    }

    private static func malformed(_ reason: String) -> SnapshotError { SnapshotError(code: .malformed, reason: reason) }

    private func check() throws(SnapshotError) {
        let tasks = scopes.count
        guard ids.count == 16 * tasks, lengths.count == 2 * tasks, counts.count == 4 * tasks,
            hashes.count <= Vocabulary.maximumTerms
        else { throw Self.malformed("columns of different lengths") }
        var sums = SIMD4<UInt64>()
        var embeddings = 0
        for task in 0..<tasks {
            for kind in 0..<4 { sums[kind] += UInt64(counts[4 * task + kind]) }
            if counts[4 * task + 3] > 0 { embeddings += 1 }
        }
        let found: SIMD4<UInt64> = [
            UInt64(words.count), UInt64(grams.count), UInt64(titles.count), UInt64(vectors.count),
        ]
        guard sums == found, embeddings == models.count else { throw Self.malformed("counts and columns differ") }
        guard words.allSatisfy({ Int(SimilarityDocument.number($0)) < hashes.count }) else {
            throw Self.malformed("a word has no hash")
        }
    }

    /// Builds the index of the newest `capacity` tasks.
    func index(capacity: Int) throws(SnapshotError) -> SimilarityIndex {
        var index = SimilarityIndex(capacity: capacity)
        index.sourcePosition = sourcePosition
        let skipped = max(0, scopes.count - index.capacity)
        index.restore(hashes: hashes, documents: documentsByWord(skipping: skipped))
        var word = 0
        var gram = 0
        var title = 0
        var vector = 0
        var model = 0
        for task in scopes.indices {
            let ends = (0..<4).map { Int(counts[4 * task + $0]) }
            defer {
                word += ends[0]
                gram += ends[1]
                title += ends[2]
                vector += ends[3]
                model += ends[3] > 0 ? 1 : 0
            }
            guard task >= skipped else { continue }
            let own = Array(words[word..<(word + ends[0])])
            guard
                zip(own, own.dropFirst()).allSatisfy({ SimilarityDocument.number($0) < SimilarityDocument.number($1) })
            else { throw Self.malformed("the words of a task are not in order") }
            let embedding =
                ends[3] == 0
                ? nil : TextEmbedding(values: Array(vectors[vector..<(vector + ends[3])]), model: models[model])
            let isNew = index.restore(
                SimilarityDocument(
                    id: id(task), title: String(decoding: titles[title..<(title + ends[2])], as: UTF8.self),
                    scope: scopes[task], words: own, grams: Array(grams[gram..<(gram + ends[1])]),
                    wordLength: lengths[2 * task], gramLength: lengths[2 * task + 1], embedding: embedding))
            guard isNew else { throw Self.malformed("a task comes twice") }
        }
        return index
    }

    private func id(_ task: Int) -> UUID {
        ids.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(fromByteOffset: 16 * task, as: uuid_t.self)) }
    }

    private func documentsByWord(skipping skipped: Int) -> [UInt32] {
        var documents = [UInt32](repeating: 0, count: hashes.count)
        let first = (0..<skipped).reduce(0) { $0 + Int(counts[4 * $1]) }
        for word in words[first...] { documents[Int(SimilarityDocument.number(word))] += 1 }
        return documents
    }
}

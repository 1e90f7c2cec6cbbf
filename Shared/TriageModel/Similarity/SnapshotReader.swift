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

/// A count and so many values in a snapshot's bytes, wherever they lie; valid as long as the bytes are lent.
private struct Column<Value: BitwiseCopyable> {
    private let bytes: UnsafeRawBufferPointer
    let count: Int

    /// Reads the column at `offset`, which then is that of the next one.
    init(_ all: UnsafeRawBufferPointer, at offset: inout Int) throws(SnapshotError) {
        guard all.count - offset >= 8 else { throw SnapshotColumns.malformed("ends too early") }
        let count = UInt64(littleEndian: all.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset += 8
        let size = MemoryLayout<Value>.size
        guard count <= UInt64((all.count - offset) / size) else {
            throw SnapshotColumns.malformed("a column is too long")
        }
        self.count = Int(count)
        bytes = UnsafeRawBufferPointer(rebasing: all[offset..<(offset + self.count * size)])
        offset += self.count * size
    }

    @inline(__always) subscript(place: Int) -> Value {
        bytes.loadUnaligned(fromByteOffset: place * MemoryLayout<Value>.size, as: Value.self)
    }

    /// A copy of `length` values.
    func values(from start: Int, _ length: Int) -> [Value] {
        let size = MemoryLayout<Value>.size
        let source = UnsafeRawBufferPointer(rebasing: bytes[(start * size)..<((start + length) * size)])
        return [Value](unsafeUninitializedCapacity: length) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
            initialized = length
        }
    }
}

/// The columns of a snapshot, checked against each other.
private struct SnapshotColumns {
    private let sourcePosition: Column<Int64>
    private let hashes: Column<UInt64>
    private let ids: Column<UInt8>
    private let scopes: Column<UInt64>
    private let lengths: Column<UInt16>
    /// Per task: words, character sequences, bytes of the title, numbers of the embedding.
    private let counts: Column<UInt32>
    private let words: Column<UInt32>
    private let grams: Column<UInt16>
    private let titles: Column<UInt8>
    private let models: Column<UInt64>
    private let vectors: Column<Int8>

    init(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
        var offset = Snapshot.headerBytes
        sourcePosition = try Column(bytes, at: &offset)
        hashes = try Column(bytes, at: &offset)
        ids = try Column(bytes, at: &offset)
        scopes = try Column(bytes, at: &offset)
        lengths = try Column(bytes, at: &offset)
        counts = try Column(bytes, at: &offset)
        words = try Column(bytes, at: &offset)
        grams = try Column(bytes, at: &offset)
        titles = try Column(bytes, at: &offset)
        models = try Column(bytes, at: &offset)
        vectors = try Column(bytes, at: &offset)
        guard offset == bytes.count else { throw Self.malformed("bytes after the last column") }
        try check()
    }

    static func malformed(_ reason: String) -> SnapshotError { SnapshotError(code: .malformed, reason: reason) }

    private func check() throws(SnapshotError) {
        let tasks = scopes.count
        guard sourcePosition.count == 1, ids.count == 16 * tasks, lengths.count == 2 * tasks, counts.count == 4 * tasks,
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
        for place in 0..<words.count where SimilarityDocument.number(words[place]) >= hashes.count {
            throw Self.malformed("a word has no hash")
        }
    }

    /// Builds the index of the newest `capacity` tasks.
    func index(capacity: Int) throws(SnapshotError) -> SimilarityIndex {
        var index = SimilarityIndex(capacity: capacity)
        index.sourcePosition = sourcePosition[0]
        let skipped = max(0, scopes.count - index.capacity)
        index.reserve(
            scopes.count - skipped, hashes: hashes.values(from: 0, hashes.count),
            documents: documentsByWord(skipping: skipped))
        // Where the task's words, character sequences, title and embedding start.
        var starts = SIMD4<Int>()
        var model = 0
        for task in 0..<scopes.count {
            let own = SIMD4<Int>(
                Int(counts[4 * task]), Int(counts[4 * task + 1]), Int(counts[4 * task + 2]), Int(counts[4 * task + 3]))
            defer {
                starts &+= own
                model += own[3] > 0 ? 1 : 0
            }
            guard task >= skipped else { continue }
            for place in (starts[0] + 1)..<max(starts[0] + own[0], starts[0] + 1)
            where SimilarityDocument.number(words[place - 1]) >= SimilarityDocument.number(words[place]) {
                throw Self.malformed("the words of a task are not in order")
            }
            var embedding: TextEmbedding?
            if own[3] > 0 {
                embedding = TextEmbedding(values: vectors.values(from: starts[3], own[3]), model: models[model])
            }
            let isNew = index.restore(
                SimilarityDocument(
                    id: UUID(uuid: id(task)),
                    title: String(decoding: titles.values(from: starts[2], own[2]), as: UTF8.self),
                    scope: scopes[task], words: words.values(from: starts[0], own[0]),
                    grams: grams.values(from: starts[1], own[1]), wordLength: lengths[2 * task],
                    gramLength: lengths[2 * task + 1], embedding: embedding))
            guard isNew else { throw Self.malformed("a task comes twice") }
        }
        return index
    }

    private func id(_ task: Int) -> uuid_t {
        ids.values(from: 16 * task, 16).withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) }
    }

    private func documentsByWord(skipping skipped: Int) -> [UInt32] {
        var documents = [UInt32](repeating: 0, count: hashes.count)
        let first = (0..<skipped).reduce(0) { $0 + Int(counts[4 * $1]) }
        for place in first..<words.count { documents[Int(SimilarityDocument.number(words[place]))] += 1 }
        return documents
    }
}

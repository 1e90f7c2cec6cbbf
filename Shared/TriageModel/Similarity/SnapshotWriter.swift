import FoundationEssentials

/// The file format of a similarity index.
///
/// `TRIAGESX`, format version (4 bytes), recipe version (4), then columns, each a count (8) and its values: the words'
/// hashes; of each task its id, scope, lengths and counts; all words, character sequences, titles and embeddings end to
/// end; last a checksum (8) of all before. Numbers are little-endian. Lists of tasks by word are not kept: they come
/// from the tasks' words.
enum Snapshot {
    static let magic: [UInt8] = Array("TRIAGESX".utf8)
    static let formatVersion: UInt32 = 1
    /// Raised whenever the same text would give other words or sequences: older files are then indexed again.
    static let recipeVersion: UInt32 = 1
    static let headerBytes = 16
    static let checksumBytes = 8
}

extension SimilarityIndex {
    /// The index as bytes, the oldest task first.
    package func serialized() -> [UInt8] {
        let living = documents.compactMap(\.self)
        var writer = SnapshotWriter()
        writer.bytes.reserveCapacity(Snapshot.headerBytes + living.count * 1_024)
        writer.bytes += Snapshot.magic
        writer.bytes.append(Snapshot.formatVersion)
        writer.bytes.append(Snapshot.recipeVersion)
        writer.column([sourcePosition])
        writer.column(vocabulary.hashes)
        writer.column(living.flatMap { withUnsafeBytes(of: $0.id.uuid) { Array($0) } })
        writer.column(living.map(\.scope))
        writer.column(living.flatMap { [$0.wordLength, $0.gramLength] })
        writer.column(
            living.flatMap { document in
                [
                    UInt32(document.words.count), UInt32(document.grams.count), UInt32(document.title.utf8.count),
                    UInt32(document.embedding?.values.count ?? 0),
                ]
            })
        writer.column(living.flatMap(\.words))
        writer.column(living.flatMap(\.grams))
        writer.column(living.flatMap { Array($0.title.utf8) })
        writer.column(living.compactMap { $0.embedding?.model })
        writer.column(living.flatMap { $0.embedding?.values ?? [] })
        writer.bytes.append(writer.bytes.withUnsafeBytes(Checksum.sum))
        return writer.bytes
    }

    /// Writes the index to a file: to a new one beside it first, which then takes its name.
    package func write(to path: String) throws(SnapshotError) {
        do {
            try Data(serialized()).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw SnapshotError(code: .unwritable, reason: "\(path): \(error)")
        }
    }
}

private struct SnapshotWriter {
    var bytes: [UInt8] = []

    /// Appends a count and the values as they lie in memory: every machine we run on is little-endian.
    mutating func column<Value: BitwiseCopyable>(_ values: [Value]) {
        bytes.append(UInt64(values.count))
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
}

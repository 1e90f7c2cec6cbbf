import FoundationEssentials

/// Reads artifacts of format 1, which came before this one, into the form of format 2.
///
/// `TRIAGEML`, format version (4 bytes), header length (4), header as JSON, three bucket counts, heads, SHA-256. The weights
/// are the same bytes as today's; IDFs are stored as runs and rows by their distance from the row before. The model's bytes
/// and checksum stay those of the file; `annotated` and a training on top write format 2.
enum FormatOne {
    static let version: UInt32 = 1
    /// Of the feature scanner that wrote them.
    private static let features = 1

    static func decode(_ memory: ArtifactMemory, digest: String) throws(ArtifactError) -> TriageModel {
        var reader = ByteReader([UInt8](memory.bytes[12..<(memory.count - ArtifactCodec.digestBytes)])[...])
        let json = try reader.slice(try reader.count(upTo: ArtifactJSON.maximumBytes))
        var header = try ArtifactJSON.decode(ArtifactHeader.self, from: ArtifactSlice(copying: Array(json)), "header")
        header.sha256 = digest
        let settings = ModelSettings(
            features: features, wordBits: Int(try reader.byte()), characterBits: Int(try reader.byte()),
            copyBits: Int(try reader.byte()), heads: Int(try reader.byte()))
        let layout = try settings.layout()
        var heads: [Head] = []
        for _ in 0..<settings.heads {
            let head = try head(&reader, layout, header)
            guard !heads.contains(where: { $0.kind == head.kind }) else { throw .malformed("a head comes twice") }
            heads.append(head)
        }
        guard reader.remaining == 0 else { throw .malformed("bytes after the last head") }
        return TriageModel(ModelParts(layout: layout, heads: heads), header: header, memory: memory)
    }

    private static func head(
        _ reader: inout ByteReader, _ layout: BucketLayout, _ header: ArtifactHeader
    ) throws(ArtifactError) -> Head {
        guard let kind = HeadKind(rawValue: try reader.byte()) else { throw .malformed("unknown head") }
        let flags = try reader.byte()
        let labels = try header.labels(of: kind)
        guard try reader.count(upTo: ArtifactCodec.maximumLabels) == labels.count, flags < 4 else {
            throw .malformed("labels of the \(kind.name) head don't fit")
        }
        let calibration = try self.calibration(&reader, labels.count)
        let foreignCalibration = try self.calibration(&reader, labels.count)
        let prior = try floats(&reader, labels.count)
        var projects: Set<UInt64> = []
        for _ in 0..<(try reader.count(upTo: ArtifactCodec.maximumProjects)) { projects.insert(try reader.uint64()) }
        let documents = Int(try reader.uint32())
        let idf = try self.idf(&reader, count: layout.featureCount)
        let usesCharacters = flags & 1 != 0
        let rowCount = Head.tableRows(layout, usesCharacters: usesCharacters)
        let packed = try weights(&reader, labels.count, rowCount: rowCount)
        let settings = HeadSettings(
            kind: kind.name, usesCharacters: usesCharacters, usesCopies: flags & 2 != 0, documents: documents,
            largestWeight: packed.largest, prior: prior, calibration: calibration,
            foreignCalibration: foreignCalibration, options: HeadOptions(), requires: [])
        try settings.check(labels: labels.count)
        return Head(
            kind: kind, labels: labels, layout: layout, terms: TermWeights(idf: idf, documents: documents),
            usesCharacters: usesCharacters, usesCopies: settings.usesCopies, projects: projects.sorted(), prior: prior,
            calibration: calibration, foreignCalibration: foreignCalibration,
            weights: try WeightTable(
                WeightTable.Rows(rowCount: rowCount, featureRows: 0, known: nil),
                index: RankIndex(rowCount: rowCount, rows: packed.rows), labels: labels.count,
                largest: packed.largest, values: packed.values))
    }

    private static func calibration(_ reader: inout ByteReader, _ labels: Int) throws(ArtifactError) -> Calibration {
        Calibration(
            scale: try reader.float(), offsets: try floats(&reader, labels), automatic: Double(try reader.float()),
            suggestion: Double(try reader.float()))
    }

    private static func floats(_ reader: inout ByteReader, _ count: Int) throws(ArtifactError) -> [Float] {
        var values: [Float] = []
        for _ in 0..<count { values.append(try reader.float()) }
        return values
    }

    /// A gap of unknown buckets, then a run of known ones, in turn.
    private static func idf(_ reader: inout ByteReader, count: Int) throws(ArtifactError) -> [UInt8] {
        var idf: [UInt8] = []
        idf.reserveCapacity(count)
        while idf.count < count {
            let gap = try reader.variable()
            let run = try reader.variable()
            guard gap + run > 0, idf.count + gap + run <= count else {
                throw .malformed("a run of features is out of range")
            }
            idf += repeatElement(0, count: gap)
            idf += try reader.slice(run)
        }
        return idf
    }

    private static func weights(
        _ reader: inout ByteReader, _ labels: Int, rowCount: Int
    ) throws(ArtifactError) -> PackedWeights {
        let largest = try reader.float()
        let count = try reader.count(upTo: rowCount)
        // A file that names rows must hold them: memory is not taken on the word of a small file.
        guard count * (labels + 1) <= reader.remaining else { throw .malformed("fewer weights than rows") }
        var rows: [UInt32] = []
        rows.reserveCapacity(count)
        var bytes = [UInt8](repeating: 0, count: labels)
        bytes.reserveCapacity((count + 1) * labels + WeightTable.padding)
        var row = -1
        for _ in 0..<count {
            row += try reader.variable() + 1
            guard row < rowCount else { throw .malformed("a row is out of range") }
            rows.append(UInt32(row))
            bytes += try reader.slice(labels)
        }
        bytes += repeatElement(0, count: WeightTable.padding)
        return PackedWeights(rows: rows, largest: largest, values: ArtifactSlice(copying: bytes))
    }
}

import Crypto
import FoundationEssentials

/// The file format of a model, version 2: made to be used where it lies, without decoding.
///
/// | bytes | what |
/// |---|---|
/// | 8 | `TRIAGEML` |
/// | 4 | format version |
/// | 4 | number of sections |
/// | 8 | length of the file |
/// | 8 | zero |
/// | 24 each | a section: kind (4), head (4), offset (8), length (8); see `SectionKind` |
/// | | the sections, each at a multiple of 64, with zeros between them |
/// | 32 | SHA-256 of all before |
///
/// Numbers are little-endian. Everything is checked when a file is loaded; what is read later can't lead out of it. A file of
/// format 1 was trained with features that no longer exist and is refused. New settings need no new format: see
/// `HeadSettings`.
enum ArtifactCodec {
    static let magic: [UInt8] = Array("TRIAGEML".utf8)
    static let formatVersion: UInt32 = 2
    static let maximumBytes = 64 << 20
    static let digestBytes = 32
    static let preambleBytes = 32
    static let maximumLabels = FeatureScratch.maximumLabels
    static let maximumProjects = 1 << 16

    /// Writes a model; `header.sha256` is filled in. Heads in `kept` come from another artifact and lose no more rows.
    static func encode(_ parts: ModelParts, header: ArtifactHeader, recipe: Recipe, kept: Set<HeadKind>)
        throws(ArtifactError) -> TriageModel
    {
        try encode(parts, header: header) { kept.contains($0) ? 0 : recipe[$0].pruning }
    }

    /// - Parameter pruning: for each head the share of its largest weight up to which rows are left out.
    static func encode(_ parts: ModelParts, header: ArtifactHeader, pruning: (HeadKind) -> Float)
        throws(ArtifactError) -> TriageModel
    {
        var header = header
        header.sha256 = ""
        var writer = SectionWriter()
        writer.add(.header, try ArtifactJSON.encode(header))
        writer.add(
            .model,
            try ArtifactJSON.encode(
                ModelSettings(
                    features: FeatureSpace.version, wordBits: parts.vocabulary.layout.wordBits,
                    characterBits: parts.vocabulary.layout.characterBits, copyBits: parts.vocabulary.layout.copyBits,
                    heads: parts.heads.count)))
        let heads = parts.heads.map { head in
            (head, PackedWeights(head.weights, labels: head.labels.count, pruning: pruning(head.kind)))
        }
        let known = HeadSections.writeKnown(heads, parts.vocabulary.layout, to: &writer)
        HeadSections.write(parts.vocabulary, known, to: &writer)
        for (number, (head, packed)) in heads.enumerated() {
            try HeadSections.write(head, number: number, packed: packed, known: known, to: &writer)
        }
        var bytes = writer.file(
            preamble: { sections, length in
                var preamble = magic
                preamble.append(formatVersion)
                preamble.append(UInt32(sections))
                preamble.append(UInt64(length + digestBytes))
                preamble.append(UInt64(0))
                return preamble
            }, preambleBytes: preambleBytes)
        bytes += SHA256.hash(data: bytes)
        // Read at once: what serves is what was written, to the bit.
        return try decode(ArtifactMemory(copying: bytes))
    }

    /// Changes nothing but the header.
    static func replacingMetrics(
        of model: TriageModel, adding metrics: [String: Double]
    ) throws(ArtifactError) -> TriageModel {
        var header = model.header
        header.metrics.merge(metrics) { $1 }
        return try encode(ModelParts(vocabulary: model.vocabulary, heads: model.heads), header: header) { _ in 0 }
    }

    /// Reads a model in place.
    static func decode(_ memory: ArtifactMemory) throws(ArtifactError) -> TriageModel {
        guard memory.count <= maximumBytes else {
            throw ArtifactError(code: .tooLarge, reason: "\(memory.count) bytes, at most \(maximumBytes)")
        }
        guard memory.count >= magic.count + 8 + digestBytes else {
            throw ArtifactError(code: .tooSmall, reason: "\(memory.count) bytes are no artifact")
        }
        guard memory.bytes.starts(with: magic) else {
            throw ArtifactError(code: .notAnArtifact, reason: "the first bytes are not those of an artifact")
        }
        let version = UInt32(littleEndian: memory.start.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        switch version {
        case formatVersion: return try decodeSections(memory)
        default:
            throw ArtifactError(
                code: .unsupportedFormat,
                reason:
                    "format \(version), this program reads \(formatVersion): "
                    + (version > formatVersion ? "update the program" : "train the model again with this program"))
        }
    }

    private static func decodeSections(_ memory: ArtifactMemory) throws(ArtifactError) -> TriageModel {
        guard memory.count >= preambleBytes + digestBytes else {
            throw ArtifactError(code: .truncated, reason: "cut off within the first \(preambleBytes) bytes")
        }
        let length = UInt64(littleEndian: memory.start.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        guard length <= UInt64(memory.count) else {
            throw ArtifactError(code: .truncated, reason: "\(memory.count) of \(length) bytes")
        }
        guard length == UInt64(memory.count) else { throw .malformed("bytes after the end") }
        let digest = try digest(memory)
        let count = UInt32(littleEndian: memory.start.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        let sections = try SectionTable(
            memory, count: Int(count), start: preambleBytes, end: memory.count - digestBytes)
        var header = try ArtifactJSON.decode(ArtifactHeader.self, from: try sections.section(.header), "header")
        header.sha256 = digest
        let settings = try ArtifactJSON.decode(
            ModelSettings.self, from: try sections.section(.model), "settings of the model")
        guard settings.heads > 0 else { throw .malformed("a model without heads") }
        let layout = try settings.layout()
        let known = try HeadSections.known(sections, layout)
        var heads: [Head] = []
        for number in 0..<settings.heads {
            let head = try HeadSections.read(sections, number: number, layout, known: known, header)
            guard !heads.contains(where: { $0.kind == head.kind }) else { throw .malformed("a head comes twice") }
            heads.append(head)
        }
        let vocabulary = try HeadSections.vocabulary(sections, layout, known)
        return TriageModel(ModelParts(vocabulary: vocabulary, heads: heads), header: header, memory: memory)
    }

    /// The checksum in hexadecimal digits.
    /// - Throws: `checksumMismatch` if it isn't that of the bytes before it.
    private static func digest(_ memory: ArtifactMemory) throws(ArtifactError) -> String {
        let end = memory.count - digestBytes
        var hash = SHA256()
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: memory.bytes[0..<end]))
        let digest = Array(hash.finalize())
        guard memory.bytes.suffix(digestBytes).elementsEqual(digest) else {
            throw ArtifactError(code: .checksumMismatch, reason: "the bytes were changed or cut off")
        }
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

import Crypto
import FoundationEssentials

/// The file format of a model.
///
/// `TRIAGEML`, format version (4 bytes), header length (4), header as JSON, heads, SHA-256 (32)
/// of all before. Numbers are little-endian. Weights are one byte each: sign(q) * (q / 127)^2 * the head's largest.
enum ArtifactCodec {
    static let magic: [UInt8] = Array("TRIAGEML".utf8)
    static let formatVersion: UInt32 = 1
    static let maximumBytes = 64 << 20
    static let digestBytes = 32
    static let maximumLabels = FeatureScratch.maximumLabels
    static let maximumProjects = 1 << 16

    /// Writes a model; `header.sha256` is filled in. Heads in `kept` come from another artifact and lose no more rows.
    static func encode(_ parts: ModelParts, header: ArtifactHeader, recipe: Recipe, kept: Set<HeadKind>)
        throws(ArtifactError) -> TriageModel
    {
        var bytes = try preamble(header)
        let layout = parts.layout
        bytes += [UInt8(layout.wordBits), UInt8(layout.characterBits), UInt8(layout.copyBits)]
        bytes.append(UInt8(parts.heads.count))
        for head in parts.heads {
            HeadCodec.encode(head, pruning: kept.contains(head.kind) ? 0 : recipe[head.kind].pruning, into: &bytes)
        }
        bytes += SHA256.hash(data: bytes)
        // Decoded at once: what serves is what was written, to the bit.
        return try decode(bytes)
    }

    /// Changes nothing but the header.
    static func replacingMetrics(
        of model: TriageModel, adding metrics: [String: Double]
    ) throws(ArtifactError) -> TriageModel {
        var header = model.header
        header.metrics.merge(metrics) { $1 }
        let old = model.serialized()
        var reader = ByteReader(old[(magic.count + 4)...])
        let start = magic.count + 8 + Int(try reader.uint32())
        var bytes = try preamble(header)
        bytes += old[start..<(old.count - digestBytes)]
        bytes += SHA256.hash(data: bytes)
        return try decode(bytes)
    }

    /// Magic, format and header.
    private static func preamble(_ header: ArtifactHeader) throws(ArtifactError) -> [UInt8] {
        var header = header
        header.sha256 = ""
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.dateEncodingStrategy = .iso8601
        let json: [UInt8]
        do {
            json = [UInt8](try encoder.encode(header))
        } catch {
            throw ArtifactError(code: .malformed, reason: "the header can't be written: \(error)")
        }
        var bytes = magic
        bytes.append(formatVersion)
        bytes.append(UInt32(json.count))
        return bytes + json
    }

    static func decode(_ bytes: [UInt8]) throws(ArtifactError) -> TriageModel {
        guard bytes.count <= maximumBytes else {
            throw ArtifactError(code: .tooLarge, reason: "\(bytes.count) bytes, at most \(maximumBytes)")
        }
        guard bytes.count >= magic.count + 8 + digestBytes else {
            throw ArtifactError(code: .tooSmall, reason: "\(bytes.count) bytes are no artifact")
        }
        guard bytes.starts(with: magic) else {
            throw ArtifactError(code: .notAnArtifact, reason: "the first bytes are not those of an artifact")
        }
        var reader = ByteReader(bytes[magic.count..<(bytes.count - digestBytes)])
        let version = try reader.uint32()
        guard version == formatVersion else {
            throw ArtifactError(
                code: .unsupportedFormat, reason: "format \(version), this program reads \(formatVersion)")
        }
        let digest = Array(SHA256.hash(data: bytes[0..<(bytes.count - digestBytes)]))
        guard bytes.suffix(digestBytes).elementsEqual(digest) else {
            throw ArtifactError(code: .checksumMismatch, reason: "the bytes were changed or cut off")
        }
        let header = try decodeHeader(&reader, digest: digest)
        let parts = try decodeParts(&reader, header)
        return TriageModel(parts, header: header, bytes: bytes)
    }

    private static func decodeHeader(_ reader: inout ByteReader, digest: [UInt8]) throws(ArtifactError)
        -> ArtifactHeader
    {
        let json = try reader.slice(try reader.count(upTo: 1 << 20))
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            var header = try decoder.decode(ArtifactHeader.self, from: Data(json))
            header.sha256 = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return header
        } catch {
            throw ArtifactError(code: .malformed, reason: "the header is not readable")
        }
    }

    private static func decodeParts(_ reader: inout ByteReader, _ header: ArtifactHeader) throws(ArtifactError)
        -> ModelParts
    {
        let bits = (try reader.byte(), try reader.byte(), try reader.byte())
        guard (4...20).contains(bits.0), (4...20).contains(bits.1), (4...20).contains(bits.2) else {
            throw ArtifactError(code: .malformed, reason: "bucket counts out of range")
        }
        let layout = BucketLayout(wordBits: Int(bits.0), characterBits: Int(bits.1), copyBits: Int(bits.2))
        var heads: [Head] = []
        for _ in 0..<(try reader.byte()) {
            let head = try HeadCodec.decode(&reader, layout, header)
            guard !heads.contains(where: { $0.kind == head.kind }) else {
                throw ArtifactError(code: .malformed, reason: "a head comes twice")
            }
            heads.append(head)
        }
        guard reader.remaining == 0 else {
            throw ArtifactError(code: .malformed, reason: "bytes after the last head")
        }
        return ModelParts(layout: layout, heads: heads)
    }
}

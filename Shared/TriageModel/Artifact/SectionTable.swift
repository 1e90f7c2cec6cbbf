/// What a section of an artifact holds; a reader passes over kinds that it doesn't know.
enum SectionKind: UInt32, CaseIterable {
    /// `ArtifactHeader` as JSON.
    case header = 1
    /// `ModelSettings` as JSON.
    case model = 2
    /// `RankIndex` of the buckets that any head knows: a bucket's slot is the place of its feature.
    case knownBits = 3
    case knownRanks = 4
    /// A zero byte, then the print of each of those features.
    case printValues = 5
    /// `HeadSettings` as JSON; this and all that follow once for each head.
    case head = 16
    /// Hashes of the head's projects, 64 bits each, ascending.
    case projects = 17
    /// `RankIndex` of the places that have an IDF; missing where every place has a byte.
    case termBits = 18
    case termRanks = 19
    /// A zero byte, then the IDF bytes of those places; or a byte for every place, 0 being none.
    case termValues = 20
    /// `RankIndex` of the rows that have weights: place 0, which has none, the other places, copies and biases.
    case weightBits = 21
    case weightRanks = 22
    /// For no row and then for each row with weights a signed byte per label; three zero bytes at the end.
    case weightValues = 23
    /// `EmbeddingSections.Settings` as JSON; it and the next two only where a head has weights for vectors.
    case embedding = 24
    /// Hashes of the projects with weights of their own for vectors, 64 bits each, ascending.
    case embeddingProjects = 25
    /// A signed byte for each number of a vector, for each label, for all projects and then for each.
    case embeddingValues = 26
}

/// Where the sections of an artifact are, each checked against the file.
struct SectionTable {
    static let entryBytes = 24
    static let maximumSections = 1_024

    private struct Key: Hashable {
        let kind: UInt32
        let head: UInt32
    }

    private let memory: ArtifactMemory
    private var ranges: [Key: Range<Int>] = [:]

    /// - Parameters:
    ///   - start: where the table is.
    ///   - end: where the sections end.
    init(_ memory: ArtifactMemory, count: Int, start: Int, end: Int) throws(ArtifactError) {
        self.memory = memory
        guard count <= Self.maximumSections, count * Self.entryBytes <= end - start else {
            throw .malformed("the table of sections is longer than the file")
        }
        var free = start + count * Self.entryBytes
        for number in 0..<count {
            let entry = memory.start + start + number * Self.entryBytes
            let key = Key(
                kind: UInt32(littleEndian: entry.loadUnaligned(as: UInt32.self)),
                head: UInt32(littleEndian: entry.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
            let offset = UInt64(littleEndian: entry.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            let length = UInt64(littleEndian: entry.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            // In this order no sum can overflow. Sections come one after the other, none within another.
            guard offset <= UInt64(end), length <= UInt64(end) - offset, offset >= UInt64(free),
                offset % UInt64(ArtifactMemory.alignment) == 0
            else { throw .malformed("section \(number) is not within the file") }
            let range = Int(offset)..<Int(offset + length)
            guard ranges.updateValue(range, forKey: key) == nil else { throw .malformed("a section comes twice") }
            free = range.upperBound
        }
    }

    /// A section that may be missing.
    func optional(_ kind: SectionKind, head: Int = 0) -> ArtifactSlice? {
        ranges[Key(kind: kind.rawValue, head: UInt32(head))].map { ArtifactSlice(memory, $0) }
    }

    /// A section that no artifact goes without.
    func section(_ kind: SectionKind, head: Int = 0) throws(ArtifactError) -> ArtifactSlice {
        guard let slice = optional(kind, head: head) else { throw .malformed("the section \(kind) is missing") }
        return slice
    }
}

/// Collects sections and lays them out as a file.
struct SectionWriter {
    private var sections: [(kind: SectionKind, head: Int, bytes: [UInt8])] = []

    mutating func add(_ kind: SectionKind, head: Int = 0, _ bytes: [UInt8]) {
        sections.append((kind, head, bytes))
    }

    mutating func add(_ kind: SectionKind, head: Int = 0, _ slice: ArtifactSlice) {
        add(kind, head: head, [UInt8](slice.bytes))
    }

    /// The table and the sections; `preamble` gets the number of sections and the length of all but the checksum.
    func file(preamble: (Int, Int) -> [UInt8], preambleBytes: Int) -> [UInt8] {
        func aligned(_ offset: Int) -> Int { (offset + ArtifactMemory.alignment - 1) & ~(ArtifactMemory.alignment - 1) }
        var end = preambleBytes + sections.count * SectionTable.entryBytes
        var table: [UInt8] = []
        for section in sections {
            let offset = aligned(end)
            table.append(section.kind.rawValue)
            table.append(UInt32(section.head))
            table.append(UInt64(offset))
            table.append(UInt64(section.bytes.count))
            end = offset + section.bytes.count
        }
        var bytes = preamble(sections.count, end)
        bytes.reserveCapacity(end + 32)
        bytes += table
        for section in sections {
            bytes += repeatElement(0, count: aligned(bytes.count) - bytes.count)
            bytes += section.bytes
        }
        return bytes
    }
}

/// Damage within the pieces of an artifact, which is then put together rightly: it reaches the last checks and, where those
/// pass, predictions from arbitrary numbers.
enum SectionDamage {
    private static let json: Set<UInt32> = [1, 2, 16, 24]
    /// Bits of an index with its counts and its values.
    private static let indexes: [(bits: UInt32, ranks: UInt32, values: UInt32)] = [
        (3, 4, 0), (18, 19, 20), (21, 22, 23),
    ]
    private static let tokens = [
        "0", "1", "-1", "255", "256", "1e308", "1e999", "-1e38", "3.5e38", "1e-320", "4294967296",
        "18446744073709551616",
        "9223372036854775807", "null", "true", "false", "[]", "{}", "\"\"", "\"x\"", "[[", "0.5", "2", "3", "20",
        "1000000",
    ].map { Array($0.utf8) }

    static func apply(to pieces: inout ArtifactSections, _ random: inout FuzzRandom) {
        guard !pieces.sections.isEmpty else { return }
        let place = random.below(pieces.sections.count)
        switch random.below(12) {
        case 0: pieces.sections.remove(at: place)
        case 1: pieces.sections.insert(pieces.sections[place], at: random.below(pieces.sections.count))
        case 2: pieces.sections[place].kind = UInt32(random.below(30))
        case 3: pieces.sections[place].head = UInt32(random.below(5))
        case 4: resize(&pieces.sections[place].bytes, &random)
        case 5, 6: scatter(&pieces.sections[place].bytes, &random)
        case 7, 8: index(&pieces, &random)
        default:
            let texts = pieces.sections.indices.filter { json.contains(pieces.sections[$0].kind) }
            if let text = texts.isEmpty ? nil : random.element(texts) { token(&pieces.sections[text].bytes, &random) }
        }
    }

    private static func resize(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        if random.chance(oneIn: 2) {
            bytes.removeLast(random.below(bytes.count + 1))
        } else {
            for _ in 0...random.below(70) { bytes.append(random.byte()) }
        }
    }

    private static func scatter(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        guard !bytes.isEmpty else { return }
        for _ in 0...random.below(8) { bytes[random.below(bytes.count)] = random.byte() }
    }

    /// Other rows; sometimes with the counts put right, and sometimes as many values as the rows need.
    private static func index(_ pieces: inout ArtifactSections, _ random: inout FuzzRandom) {
        let kinds = random.element(indexes)
        let places = pieces.sections.indices.filter { pieces.sections[$0].kind == kinds.bits }
        guard !places.isEmpty else { return }
        let place = random.element(places)
        let head = pieces.sections[place].head
        for _ in 0...random.below(3) where !pieces.sections[place].bytes.isEmpty {
            let position = random.below(pieces.sections[place].bytes.count)
            pieces.sections[place].bytes[position] = random.element([0, 0xff, random.byte()])
        }
        guard !random.chance(oneIn: 3),
            let ranks = pieces.sections.firstIndex(where: { $0.kind == kinds.ranks && $0.head == head }),
            pieces.sections[ranks].bytes.count > headerBytes
        else { return }
        var (bits, counts) = (pieces.sections[place].bytes, pieces.sections[ranks].bytes)
        let count = repair(&bits, &counts, &random)
        pieces.sections[place].bytes = bits
        pieces.sections[ranks].bytes = counts
        for other in pieces.sections.indices
        where pieces.sections[other].head == head && pieces.sections[other].kind == kinds.values
            && random.chance(oneIn: 2)
        {
            let labels = kinds.values == 20 ? 1 : random.element([3, 8])
            var values = [UInt8](repeating: 0, count: (count + 1) * labels + (labels == 1 ? 0 : 3))
            for position in labels..<max(labels, values.count) { values[position] = random.byte() }
            pieces.sections[other].bytes = values
        }
    }

    /// Before the counts of an index: its form and width.
    private static let headerBytes = 8

    /// Makes the counts of an index right; answers how many rows it has.
    private static func repair(_ bits: inout [UInt8], _ ranks: inout [UInt8], _ random: inout FuzzRandom) -> Int {
        let header = ranks[0..<headerBytes]
        let numbers = (ranks.count - headerBytes) / 4
        ranks = Array(header)
        guard header[0] == 1 else {
            var rank: UInt64 = 1
            for start in stride(from: 0, to: bits.count, by: 8) {
                ArtifactSections.append(rank, bytes: 4, to: &ranks)
                rank += UInt64(bits[start..<min(bits.count, start + 8)].reduce(0) { $0 + $1.nonzeroBitCount })
            }
            return Int(rank) - 1
        }
        bits = []
        for _ in 1..<max(2, numbers) {
            ArtifactSections.append(UInt64(bits.count), bytes: 4, to: &ranks)
            let places = Set((0..<random.below(4)).map { _ in random.byte() & (1 << (header[4] & 7) &- 1) })
            bits += places.sorted()
        }
        ArtifactSections.append(UInt64(bits.count), bytes: 4, to: &ranks)
        let count = bits.count
        bits += repeatElement(0, count: 7)
        return count
    }

    /// Another value in place of a number, or another byte.
    private static func token(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        guard !bytes.isEmpty else { return }
        let isNumber = { (byte: UInt8) in (0x30...0x39).contains(byte) || byte == 0x2e || byte == 0x2d }
        let start = random.below(bytes.count)
        guard !random.chance(oneIn: 6), let from = bytes[start...].firstIndex(where: isNumber) else {
            bytes[start] = random.chance(oneIn: 2) ? random.byte() : random.element(Array("{}[]\",:0e-".utf8))
            return
        }
        let to = bytes[from...].firstIndex { !isNumber($0) } ?? bytes.count
        bytes.replaceSubrange(from..<to, with: random.element(tokens))
    }
}

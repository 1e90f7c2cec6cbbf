/// Damages real artifacts in the ways that a reader may trip over; input n of a seed is always the same.
///
/// Most inputs get a right checksum afterwards: without it nothing behind the checksum would ever be reached.
package struct ArtifactMutator {
    private let seed: UInt64
    private let originals: [[UInt8]]
    private let taken: [ArtifactSections]

    /// - Parameter originals: whole artifacts, small ones.
    package init(_ originals: [[UInt8]], seed: UInt64) {
        self.seed = seed
        self.originals = originals
        taken = originals.compactMap { ArtifactSections($0) }
    }

    /// Puts input `number` into `bytes`.
    package func make(_ number: UInt64, into bytes: inout [UInt8]) {
        var random = FuzzRandom(seed: seed, number: number)
        let kind = random.below(16)
        if kind >= 8, !taken.isEmpty {
            var pieces = random.element(taken)
            for _ in 0...random.below(3) { SectionDamage.apply(to: &pieces, &random) }
            pieces.file(into: &bytes)
            return
        }
        bytes.removeAll(keepingCapacity: true)
        bytes += random.element(originals)
        switch kind {
        case 0: cut(&bytes, &random)
        case 1: noise(&bytes, &random)
        case 2: splice(&bytes, &random)
        case 3, 4: table(&bytes, &random)
        default: overwrite(&bytes, &random)
        }
        if !random.chance(oneIn: 8) { ArtifactSections.seal(&bytes) }
    }

    /// Cut off, or longer than it should be; sometimes with the length put right.
    private func cut(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        if random.chance(oneIn: 4) {
            for _ in 0...random.below(200) { bytes.append(random.byte()) }
        } else {
            bytes.removeLast(random.below(bytes.count + 1))
        }
        if random.chance(oneIn: 2) { ArtifactSections.set(UInt64(bytes.count), at: 16, bytes: 8, in: &bytes) }
    }

    /// Random bytes, some behind the first bytes of an artifact.
    private func noise(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        let kept = random.element([0, 8, 12, 32])
        bytes.removeLast(bytes.count - min(kept, bytes.count))
        for _ in 0..<random.below(600) { bytes.append(random.byte()) }
        if random.chance(oneIn: 2) { ArtifactSections.set(UInt64(bytes.count), at: 16, bytes: 8, in: &bytes) }
    }

    /// Bytes of one artifact in another, or of one place in another.
    private func splice(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        let other = random.element(originals)
        let from = random.below(other.count)
        let piece = other[from..<min(other.count, from + 1 + random.below(400))]
        let to = random.below(bytes.count)
        bytes.replaceSubrange(to..<min(bytes.count, to + (random.chance(oneIn: 2) ? piece.count : 0)), with: piece)
        if random.chance(oneIn: 2) { ArtifactSections.set(UInt64(bytes.count), at: 16, bytes: 8, in: &bytes) }
    }

    /// Numbers of the preamble and of the table of sections.
    private func table(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        for _ in 0...random.below(3) {
            let entry = ArtifactSections.preambleBytes + random.below(30) * ArtifactSections.entryBytes
            let length = bytes.count
            switch random.below(7) {
            case 0: ArtifactSections.set(random.hostile(near: length), at: 12, bytes: 4, in: &bytes)
            case 1: ArtifactSections.set(random.hostile(near: length), at: 16, bytes: 8, in: &bytes)
            case 2: ArtifactSections.set(UInt64(random.below(30)), at: entry, bytes: 4, in: &bytes)
            case 3: ArtifactSections.set(UInt64(random.below(5)), at: entry + 4, bytes: 4, in: &bytes)
            case 4, 5: ArtifactSections.set(random.hostile(near: length), at: entry + 8, bytes: 8, in: &bytes)
            default: ArtifactSections.set(random.hostile(near: length), at: entry + 16, bytes: 8, in: &bytes)
            }
        }
    }

    /// Single bytes and numbers anywhere.
    private func overwrite(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        for _ in 0...random.below(6) {
            let position = random.below(bytes.count)
            switch random.below(4) {
            case 0: bytes[position] ^= 1 << UInt8(random.below(8))
            case 1: bytes[position] = random.element([0, 1, 0x7f, 0x80, 0xff])
            case 2: ArtifactSections.set(random.hostile(near: bytes.count), at: position, bytes: 4, in: &bytes)
            default: bytes[position] = random.byte()
            }
        }
    }
}

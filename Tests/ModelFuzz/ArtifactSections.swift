import Crypto

/// An artifact of format 2 taken to pieces and put together again, without the reader that is under test.
struct ArtifactSections {
    struct Section {
        var kind: UInt32
        var head: UInt32
        var bytes: [UInt8]
    }

    static let preambleBytes = 32
    static let entryBytes = 24
    static let digestBytes = 32

    var sections: [Section] = []

    /// Of a whole artifact; nil for another format.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > Self.preambleBytes, bytes[8] == 2 else { return nil }
        for number in 0..<Int(Self.number(bytes, 12, bytes: 4)) {
            let entry = Self.preambleBytes + number * Self.entryBytes
            let offset = Int(Self.number(bytes, entry + 8, bytes: 8))
            let length = Int(Self.number(bytes, entry + 16, bytes: 8))
            sections.append(
                Section(
                    kind: UInt32(Self.number(bytes, entry, bytes: 4)),
                    head: UInt32(Self.number(bytes, entry + 4, bytes: 4)),
                    bytes: Array(bytes[offset..<(offset + length)])))
        }
    }

    /// A file with a right length and checksum.
    func file(into bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        bytes += "TRIAGEML".utf8
        Self.append(2, bytes: 4, to: &bytes)
        Self.append(UInt64(sections.count), bytes: 4, to: &bytes)
        Self.append(0, bytes: 16, to: &bytes)
        var end = Self.preambleBytes + sections.count * Self.entryBytes
        for section in sections {
            let offset = (end + 63) & ~63
            Self.append(UInt64(section.kind), bytes: 4, to: &bytes)
            Self.append(UInt64(section.head), bytes: 4, to: &bytes)
            Self.append(UInt64(offset), bytes: 8, to: &bytes)
            Self.append(UInt64(section.bytes.count), bytes: 8, to: &bytes)
            end = offset + section.bytes.count
        }
        for section in sections {
            bytes += repeatElement(0, count: ((bytes.count + 63) & ~63) - bytes.count)
            bytes += section.bytes
        }
        bytes += repeatElement(0, count: Self.digestBytes)
        Self.set(UInt64(bytes.count), at: 16, bytes: 8, in: &bytes)
        Self.seal(&bytes)
    }

    /// Makes the checksum right, whatever the bytes are.
    static func seal(_ bytes: inout [UInt8]) {
        guard bytes.count >= digestBytes else { return }
        let end = bytes.count - digestBytes
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[0..<end])) }
        for (position, byte) in hash.finalize().enumerated() { bytes[end + position] = byte }
    }

    static func number(_ bytes: [UInt8], _ position: Int, bytes count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
    }

    static func append(_ value: UInt64, bytes count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    static func set(_ value: UInt64, at position: Int, bytes count: Int, in bytes: inout [UInt8]) {
        for index in 0..<count where position + index < bytes.count {
            bytes[position + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }
}

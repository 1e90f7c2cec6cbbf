/// A ZIP archive of files as they are, without compression (APPNOTE.TXT 6.3.10, method 0). The same files give the same
/// bytes.
package struct ZipArchive: Sendable {
    /// Bytes of an archive without ZIP64, and a bit less.
    package static let maximumBytes = 1 << 31

    private struct Entry {
        let name: [UInt8]
        let checksum: UInt32
        let count: UInt32
        let offset: UInt32
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    package init() {}

    /// Bytes so far.
    package var count: Int { bytes.count }

    /// Adds a file. Everything together must stay below `maximumBytes`.
    package mutating func add(_ name: String, _ content: [UInt8]) {
        precondition(bytes.count + content.count < Self.maximumBytes, "the caller bounds the archive")
        let entry = Entry(
            name: Array(name.utf8), checksum: Self.checksum(content), count: UInt32(content.count),
            offset: UInt32(bytes.count))
        entries.append(entry)
        put(UInt32(0x0403_4b50))
        putCommon(entry)
        bytes += entry.name
        bytes += content
    }

    /// The whole archive.
    package func finished() -> [UInt8] {
        var archive = self
        let start = archive.bytes.count
        for entry in entries {
            archive.put(UInt32(0x0201_4b50))
            // Made on Unix, which the file's mode below is for.
            archive.put(UInt16(3 << 8 | 20))
            archive.putCommon(entry)
            // No comment, first disk, no internal attributes; a plain file that all may read.
            archive.put(UInt16(0))
            archive.put(UInt16(0))
            archive.put(UInt16(0))
            archive.put(UInt32(0o100_644) << 16)
            archive.put(entry.offset)
            archive.bytes += entry.name
        }
        let size = archive.bytes.count - start
        archive.put(UInt32(0x0605_4b50))
        archive.put(UInt16(0))
        archive.put(UInt16(0))
        archive.put(UInt16(entries.count))
        archive.put(UInt16(entries.count))
        archive.put(UInt32(size))
        archive.put(UInt32(start))
        archive.put(UInt16(0))
        return archive.bytes
    }

    /// What the header before the content and the one at the end have in common.
    private mutating func putCommon(_ entry: Entry) {
        // Version 2.0; names are UTF-8; stored; midnight of 1980-01-01.
        put(UInt16(20))
        put(UInt16(1 << 11))
        put(UInt16(0))
        put(UInt16(0))
        put(UInt16(1 << 5 | 1))
        put(entry.checksum)
        put(entry.count)
        put(entry.count)
        put(UInt16(entry.name.count))
        put(UInt16(0))
    }

    private mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    /// CRC-32 (ISO 3309), by tables of a byte.
    static func checksum(_ content: [UInt8]) -> UInt32 {
        ~content.reduce(~UInt32(0)) { crc, byte in crc >> 8 ^ table[Int((crc ^ UInt32(byte)) & 0xff)] }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
}

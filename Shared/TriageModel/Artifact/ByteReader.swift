/// Reads numbers from bytes; every step past the end is an error, never a trap.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var remaining: Int { bytes.endIndex - position }

    mutating func byte() throws(ArtifactError) -> UInt8 {
        guard position < bytes.endIndex else {
            throw ArtifactError.malformed("ends too early")
        }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func slice(_ count: Int) throws(ArtifactError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw ArtifactError.malformed("ends too early")
        }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    mutating func uint32() throws(ArtifactError) -> UInt32 {
        var value: UInt32 = 0
        for shift in 0..<4 { value |= UInt32(try byte()) << UInt32(8 * shift) }
        return value
    }

    mutating func uint64() throws(ArtifactError) -> UInt64 {
        var value: UInt64 = 0
        for shift in 0..<8 { value |= UInt64(try byte()) << UInt64(8 * shift) }
        return value
    }

    /// A finite number.
    mutating func float() throws(ArtifactError) -> Float {
        let value = Float(bitPattern: try uint32())
        guard value.isFinite else { throw ArtifactError(code: .malformed, reason: "a number is not finite") }
        return value
    }

    /// A number below 2^28 in groups of seven bits.
    mutating func variable() throws(ArtifactError) -> Int {
        var value = 0
        for shift in 0..<4 {
            let next = try byte()
            value |= Int(next & 0x7f) << (7 * shift)
            if next & 0x80 == 0 { return value }
        }
        throw ArtifactError(code: .malformed, reason: "a number is too long")
    }

    /// A count of at most `limit`.
    mutating func count(upTo limit: Int) throws(ArtifactError) -> Int {
        let value = Int(try uint32())
        guard value <= limit else { throw ArtifactError(code: .malformed, reason: "a count is out of range") }
        return value
    }
}

extension [UInt8] {
    mutating func append(_ value: UInt32) {
        for shift in 0..<4 { append(UInt8(truncatingIfNeeded: value >> UInt32(8 * shift))) }
    }
    mutating func append(_ value: UInt64) {
        for shift in 0..<8 { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
    }
}

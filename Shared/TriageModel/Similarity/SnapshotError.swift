/// Why a file is no similarity index that we can use; the remedy is always to index the tasks again.
package struct SnapshotError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case unreadable, unwritable, tooSmall, notASnapshot, unsupportedFormat, checksumMismatch, malformed
    }

    package let code: Code
    package let reason: String

    package var description: String { "\(code.rawValue): \(reason)" }
}

/// A 64-bit sum over bytes that finds damage, not malice: four lanes of multiply and rotate, a word of each at a time.
package enum Checksum {
    /// The sum of `bytes`; the same on every machine.
    package static func sum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var lanes: SIMD4<UInt64> = [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0xd6e8_feb8]
        let blocks = bytes.count / 32
        for block in 0..<blocks {
            for lane in 0..<4 {
                let word = UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: block * 32 + lane * 8, as: UInt64.self))
                lanes[lane] = rotated((lanes[lane] ^ word) &* 0x9fb2_1c65_1e98_df25)
            }
        }
        var sum = UInt64(truncatingIfNeeded: bytes.count)
        for lane in 0..<4 { sum = FeatureHash.joining(sum, lanes[lane]) }
        for index in (blocks * 32)..<bytes.count { sum = FeatureHash.joining(sum, UInt64(bytes[index])) }
        return FeatureHash.finished(sum)
    }

    @inline(__always) private static func rotated(_ value: UInt64) -> UInt64 { value &<< 29 | value &>> 35 }
}

/// The hash of features: 64-bit, the same on every machine and in every version of format 1.
enum FeatureHash {
    /// The start value of a word's hash.
    @inline(__always) static var seed: UInt64 { 0xcbf2_9ce4_8422_2325 }

    /// Adds one byte to a word's hash.
    @inline(__always) static func adding(_ byte: UInt8, to hash: UInt64) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    /// The hash of a sequence: order matters.
    @inline(__always) static func joining(_ first: UInt64, _ second: UInt64) -> UInt64 {
        var mixed = (first &* 0x9e37_79b9_7f4a_7c15) ^ second
        mixed ^= mixed &>> 29
        return mixed &* 0xbf58_476d_1ce4_e5b9
    }

    /// Spreads a hash over all 64 bits; the upper ones choose the bucket.
    @inline(__always) static func finished(_ hash: UInt64) -> UInt64 {
        var mixed = hash
        mixed ^= mixed &>> 32
        mixed = mixed &* 0xd6e8_feb8_6659_fd93
        mixed ^= mixed &>> 32
        return mixed &* 0xd6e8_feb8_6659_fd93
    }

    /// The hash of a fixed word.
    static func word(_ text: StaticString) -> UInt64 {
        var hash = seed
        for index in 0..<text.utf8CodeUnitCount { hash = adding(text.utf8Start[index], to: hash) }
        return hash
    }

    /// The hash of any text's bytes.
    static func text(_ text: String) -> UInt64 {
        var hash = seed
        for byte in text.utf8 { hash = adding(byte, to: hash) }
        return finished(hash)
    }
}

/// A small seeded generator: input n is the same bytes on every machine, so a number names a failure.
struct FuzzRandom {
    private var state: UInt64

    init(seed: UInt64, number: UInt64) {
        state = seed ^ (number &* 0xd6e8_feb8_6659_fd93)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0 to `limit` - 1; 0 for a limit below 2.
    mutating func below(_ limit: Int) -> Int { limit < 2 ? 0 : Int(next() % UInt64(limit)) }

    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }

    mutating func chance(oneIn count: Int) -> Bool { below(count) == 0 }

    mutating func element<T>(_ values: [T]) -> T { values[below(values.count)] }

    /// Numbers at the edges of what a reader may add, multiply or allocate.
    mutating func hostile(near length: Int) -> UInt64 {
        switch below(9) {
        case 0: 0
        case 1: UInt64(below(256))
        case 2: UInt64(bitPattern: Int64(length + below(129) - 64))
        case 3: UInt64(below(length + 64)) & ~63
        case 4: UInt64.max - UInt64(below(129))
        case 5: UInt64(Int64.max) - UInt64(below(129))
        case 6: 1 << UInt64(below(64))
        case 7: UInt64(UInt32.max) &- UInt64(below(3))
        default: next()
        }
    }
}

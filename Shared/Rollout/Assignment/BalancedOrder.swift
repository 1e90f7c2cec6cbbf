/// In which order consecutive users get the hundred percentages of an experiment: shuffled, and yet even at any time.
///
/// Permuted blocks, as clinical trials use them, nested: of every 10 users in a row each tenth is given once, of every 100
/// each percentage once. So a share of whole percents that is one range from 0 is never off by more than 6 users, however
/// many there are. Within that, the order follows from the experiment's name alone: nobody can tell it from chance, and
/// two experiments have orders that have nothing to do with each other.
package struct BalancedOrder: Sendable, Hashable {
    private let seed: UInt64

    package init(experiment: String) {
        let bytes = Array(experiment.utf8)
        seed = UInt64(Murmur3.hash(bytes, seed: 1)) << 32 | UInt64(Murmur3.hash(bytes, seed: 2))
    }

    /// The percentage, 0 to 99, of the user with this ordinal, counted from 0.
    package func percent(of ordinal: Int) -> Int {
        precondition(ordinal >= 0, "ordinals count from 0")
        let (block, place) = ordinal.quotientAndRemainder(dividingBy: 100)
        let (ten, placeInTen) = place.quotientAndRemainder(dividingBy: 10)
        // Which tenth comes at this place of these ten users…
        let tenth = shuffledTen(block * 10 + ten, stream: 10)[placeInTen]
        // …and which percentage of that tenth these ten users get: each once in the ten tens of a block.
        return tenth * 10 + shuffledTen(block, stream: tenth)[ten]
    }

    /// 0 to 9 in an order that follows from the seed, the index and the stream (0 to 10).
    private func shuffledTen(_ index: Int, stream: Int) -> [Int] {
        var order = Array(0..<10)
        var state = mixed(seed &+ mixed(UInt64(truncatingIfNeeded: index) &* 11 &+ UInt64(stream)))
        for last in (1..<10).reversed() {
            state = mixed(state &+ 0x9E37_79B9_7F4A_7C15)
            // Multiplied and shifted: the high bits choose.
            let other = Int(((state >> 32) &* UInt64(last + 1)) >> 32)
            order.swapAt(last, other)
        }
        return order
    }

    /// The finalizer of SplitMix64.
    private func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

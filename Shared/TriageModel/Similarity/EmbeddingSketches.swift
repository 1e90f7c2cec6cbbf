/// The signs of the tasks' embeddings, a bit each: finds tasks that mean the same without a word in common.
///
/// How many signs differ grows with the angle between two vectors (Charikar 2002); of long vectors 256 evenly spaced
/// numbers count. The few nearest are then compared exactly.
struct EmbeddingSketches: Sendable {
    private var positions: [UInt32] = []
    private var signs: [SIMD4<UInt64>] = []

    /// Notes the vector of the task at `position`; later tasks come later.
    mutating func add(_ embedding: TextEmbedding, position: UInt32) {
        positions.append(position)
        signs.append(embedding.signs)
    }

    /// Offers the nearest among the newest `budget` tasks to `best`.
    ///
    /// - Parameter isWanted: asked only of tasks that are near enough.
    func offerNearest(
        to embedding: TextEmbedding, budget: Int, _ best: inout BestCandidates, isWanted: (UInt32) -> Bool
    ) {
        let asked = embedding.signs
        signs.withUnsafeBufferPointer { signs in
            for place in max(0, signs.count - budget)..<signs.count {
                let likeness = -Float((signs[place] ^ asked).nonzeroBitCount.wrappedSum())
                let position = positions[place]
                if best.accepts(likeness, position), isWanted(position) { best.offer(likeness, position) }
            }
        }
    }

    /// Bytes held, without the allocator's own.
    var memoryBytes: Int { positions.capacity * 4 + signs.capacity * 32 }
}

extension TextEmbedding {
    /// A bit for each number, set when it is not negative.
    var signs: SIMD4<UInt64> {
        var signs = SIMD4<UInt64>()
        let bits = min(values.count, 256)
        for bit in 0..<bits where values[bit * values.count / bits] >= 0 { signs[bit / 64] |= 1 << UInt64(bit % 64) }
        return signs
    }
}

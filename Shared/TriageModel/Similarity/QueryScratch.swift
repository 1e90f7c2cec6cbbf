/// Memory of a query, used again for the next one; all zero between queries.
struct QueryScratch: Sendable {
    /// What each word of the asking task is worth, by word number.
    var wordWeights: [Float] = []
    /// What each character sequence of the asking task is worth, by bucket.
    var gramWeights = [Float](repeating: 0, count: SimilarityRecipe.gramBuckets)
    /// What each task has in common with the asking one so far, by position.
    var sums: [Float] = []
    /// Positions whose sum is not zero.
    var touched: [UInt32] = []
    var best = BestCandidates()
    /// Positions of the tasks that are compared exactly.
    var candidates: [UInt32] = []
    /// The tasks whose embeddings are nearest.
    var nearest = BestCandidates()

    var memoryBytes: Int {
        (wordWeights.capacity + gramWeights.capacity + sums.capacity + touched.capacity) * 4
    }
}

/// The candidates with the highest sums; among equals the newest.
struct BestCandidates: Sendable {
    /// A heap, the lowest first.
    private(set) var entries: [(sum: Float, position: UInt32)] = []
    private var limit = 0

    mutating func reset(limit: Int) {
        entries.removeAll(keepingCapacity: true)
        self.limit = limit
    }

    /// Whether `offer` would take it.
    @inline(__always) func accepts(_ sum: Float, _ position: UInt32) -> Bool {
        guard entries.count >= limit, let lowest = entries.first else { return true }
        return Self.isLower(lowest, (sum, position))
    }

    @inline(__always) mutating func offer(_ sum: Float, _ position: UInt32) {
        if entries.count < limit {
            entries.append((sum, position))
            siftUp(entries.count - 1)
        } else if let lowest = entries.first, Self.isLower(lowest, (sum, position)) {
            entries[0] = (sum, position)
            siftDown()
        }
    }

    @inline(__always) private static func isLower(
        _ first: (sum: Float, position: UInt32), _ second: (sum: Float, position: UInt32)
    ) -> Bool {
        first.sum < second.sum || (first.sum == second.sum && first.position < second.position)
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.isLower(entries[child], entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var lowest = parent
            let left = 2 * parent + 1
            if left < entries.count, Self.isLower(entries[left], entries[lowest]) { lowest = left }
            if left + 1 < entries.count, Self.isLower(entries[left + 1], entries[lowest]) { lowest = left + 1 }
            guard lowest != parent else { return }
            entries.swapAt(parent, lowest)
            parent = lowest
        }
    }
}

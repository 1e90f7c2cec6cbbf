/// Which of very many rows are there and where: a bit a row, and for each 64 rows how many come before them.
///
/// Most rows of a hashed table are empty. The index is small enough to stay in the processor's cache, where a table with
/// room for every row would not, and lies in the artifact as it is used (Jacobson's rank, 1989).
struct RankIndex: Sendable {
    /// Rows, there or not.
    let rowCount: Int
    /// Rows that are there.
    let count: Int
    /// A bit a row, in 64-bit words; none behind the last row.
    let bits: ArtifactSlice
    /// For each word of `bits` a 32-bit number: one more than the rows before it, because slot 0 is that of no row.
    let ranks: ArtifactSlice

    static func wordCount(rows: Int) -> Int { (rows + 63) / 64 }

    /// - Parameter rows: ascending, below `rowCount`.
    init(rowCount: Int, rows: [UInt32]) {
        var bits = [UInt64](repeating: 0, count: Self.wordCount(rows: rowCount))
        for row in rows { bits[Int(row >> 6)] |= 1 << UInt64(row & 63) }
        var rank: UInt32 = 1
        let ranks = bits.map { word in
            defer { rank += UInt32(word.nonzeroBitCount) }
            return rank
        }
        self.rowCount = rowCount
        count = Int(rank) - 1
        self.bits = ArtifactSlice(copying: bits)
        self.ranks = ArtifactSlice(copying: ranks)
    }

    /// The index of a file, every number of it checked.
    init(rowCount: Int, bits: ArtifactSlice, ranks: ArtifactSlice) throws(ArtifactError) {
        let words = Self.wordCount(rows: rowCount)
        guard bits.count == words * 8, ranks.count == words * 4 else {
            throw ArtifactError(code: .malformed, reason: "an index is not as long as its rows")
        }
        let bitWords = bits.numbers(UInt64.self)
        let rankWords = ranks.numbers(UInt32.self)
        var rank: UInt32 = 1
        for word in 0..<words {
            guard rankWords[word] == rank else {
                throw ArtifactError(code: .malformed, reason: "an index counts wrongly")
            }
            rank &+= UInt32(truncatingIfNeeded: bitWords[word].nonzeroBitCount)
        }
        guard rowCount % 64 == 0 || bitWords[words - 1] >> UInt64(rowCount % 64) == 0 else {
            throw ArtifactError(code: .malformed, reason: "an index has rows behind the last one")
        }
        self.rowCount = rowCount
        count = Int(rank) - 1
        self.bits = bits
        self.ranks = ranks
    }

    /// The rows that are there, ascending.
    var rows: [UInt32] {
        var rows: [UInt32] = []
        rows.reserveCapacity(count)
        for (word, bits) in bits.numbers(UInt64.self).enumerated() {
            var rest = bits
            while rest != 0 {
                rows.append(UInt32(word * 64 + rest.trailingZeroBitCount))
                rest &= rest &- 1
            }
        }
        return rows
    }

    /// The index as pointers; only within the life of the index.
    @inline(__always) var view: View {
        View(bits: bits.numbers(UInt64.self), ranks: ranks.numbers(UInt32.self), last: count)
    }

    struct View {
        let bits: UnsafeBufferPointer<UInt64>
        let ranks: UnsafeBufferPointer<UInt32>
        /// The highest slot: nothing read from a file leads beyond it.
        let last: Int

        /// Where a row stands, from 1 on; 0 for a row that isn't there.
        @inline(__always) func slot(_ row: Int) -> Int {
            let word = bits[row &>> 6]
            let shift = UInt64(truncatingIfNeeded: row)
            // `&<<` and `&>>` take the shift modulo 64.
            let before = (word & ((1 &<< shift) &- 1)).nonzeroBitCount
            let slot = Int(truncatingIfNeeded: (word &>> shift) & 1) &* (Int(ranks[row &>> 6]) &+ before)
            return min(slot, last)
        }
    }
}

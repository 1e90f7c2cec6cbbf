/// The weights of a head: `lanes` vectors of four labels for each row that has any; most rows have none.
///
/// A bit per row says whether it has weights, and a count per 32 rows where they stand: small enough to stay in the
/// processor's cache, where a table with room for every row would not, and one memory access per row.
struct WeightTable: Sendable {
    /// Rows, with weights or without.
    let rowCount: Int
    let lanes: Int
    /// For each 32 rows: a bit per row in the lower half, and in the upper half the rows with weights before them plus
    /// one, because the first vector is zero and stands for all other rows.
    private let index: [UInt64]
    /// The zero row, then the rows with weights in ascending order.
    let vectors: [SIMD4<Float>]

    /// - Parameters:
    ///   - rows: ascending, below `rowCount`.
    ///   - vectors: `lanes` for each of `rows`.
    init(rowCount: Int, lanes: Int, rows: [UInt32], vectors: [SIMD4<Float>]) {
        self.rowCount = rowCount
        self.lanes = lanes
        var index = [UInt64](repeating: 0, count: rowCount / 32 + 1)
        for row in rows { index[Int(row >> 5)] |= 1 << UInt64(row & 31) }
        var rank: UInt64 = 1
        for word in index.indices {
            let count = index[word].nonzeroBitCount
            index[word] |= rank << 32
            rank += UInt64(count)
        }
        self.index = index
        self.vectors = [SIMD4<Float>](repeating: .zero, count: lanes) + vectors
    }

    /// The rows with weights, ascending.
    var rows: [UInt32] {
        index.indices.flatMap { word in
            (0..<32).compactMap { index[word] >> UInt64($0) & 1 == 1 ? UInt32(word * 32 + $0) : nil }
        }
    }

    /// One label's weight in a row.
    func weight(row: Int, label: Int) -> Float {
        withView { $0.vectors[$0.slot(row) &* lanes &+ label / 4][label % 4] }
    }

    /// Lends the table as pointers, for the loops that read thousands of rows.
    @inline(__always) func withView<R>(_ body: (View) -> R) -> R {
        index.withUnsafeBufferPointer { index in
            vectors.withUnsafeBufferPointer { vectors in
                body(View(index: index, vectors: vectors))
            }
        }
    }

    struct View {
        fileprivate let index: UnsafeBufferPointer<UInt64>
        let vectors: UnsafeBufferPointer<SIMD4<Float>>

        /// Where a row's vectors stand, in units of `lanes`; 0 for a row without weights.
        @inline(__always) func slot(_ row: Int) -> Int {
            let word = index[row &>> 5]
            let bits = UInt32(truncatingIfNeeded: word)
            let bit = UInt32(truncatingIfNeeded: row)
            // The bits before this row; `&<<` takes the shift modulo 32.
            let before = (bits & ((1 &<< bit) &- 1)).nonzeroBitCount
            return Int(truncatingIfNeeded: (bits &>> bit) & 1) &* (Int(truncatingIfNeeded: word &>> 32) &+ before)
        }
    }
}

/// The weights of a head: a number per label for each row that has any; most rows have none.
///
/// While a head is trained they are floats. In an artifact they are a signed byte each, and are read as such: `q` stands
/// for `sign(q) * (q / 127)^2 * largest`, so that small weights, of which there are most, are told apart as finely as the
/// sums need. `Tests/Benchmarks/packing` shows what that costs.
struct WeightTable: Sendable {
    /// What a value is.
    enum Encoding: Sendable {
        /// `lanes` vectors of four floats a row.
        case floats
        /// A signed byte a label; the largest weight of all.
        case bytes(largest: Float)
    }

    let index: RankIndex
    /// Vectors of four labels a row.
    let lanes: Int
    let encoding: Encoding
    /// The zero row, which stands for all rows without weights, then the rows with weights in ascending order.
    let values: ArtifactSlice
    /// Bytes a row.
    let stride: Int

    /// Bytes behind the last row, so that the last vector of four is read whole.
    static let padding = 3

    /// Rows, with weights or without.
    var rowCount: Int { index.rowCount }

    /// The rows with weights, ascending.
    var rows: [UInt32] { index.rows }

    /// - Parameters:
    ///   - rows: ascending, below `rowCount`.
    ///   - vectors: `lanes` for each of `rows`.
    init(rowCount: Int, lanes: Int, rows: [UInt32], vectors: [SIMD4<Float>]) {
        index = RankIndex(rowCount: rowCount, rows: rows)
        self.lanes = lanes
        encoding = .floats
        stride = lanes * 16
        values = ArtifactSlice(copying: [SIMD4<Float>](repeating: .zero, count: lanes) + vectors)
    }

    /// The table of a file.
    init(index: RankIndex, labels: Int, largest: Float, values: ArtifactSlice) throws(ArtifactError) {
        guard values.count == (index.count + 1) * labels + Self.padding else {
            throw ArtifactError(code: .malformed, reason: "there are not as many weights as rows")
        }
        guard values.bytes.prefix(labels).allSatisfy({ $0 == 0 }) else {
            throw ArtifactError(code: .malformed, reason: "the zero row has weights")
        }
        self.index = index
        lanes = Head.lanes(for: labels)
        encoding = .bytes(largest: largest)
        stride = labels
        self.values = values
    }

    /// One label's weight in a row.
    func weight(row: Int, label: Int) -> Float {
        withView { $0.weight($0.slot(row), label) }
    }

    /// Lends the table as pointers, for the loops that read thousands of rows.
    @inline(__always) func withView<R>(_ body: (View) -> R) -> R {
        withExtendedLifetime((index, values)) { body(View(self)) }
    }

    struct View {
        private let index: RankIndex.View
        private let values: UnsafeRawPointer
        private let stride: Int
        private let isPacked: Bool
        /// Multiplies every sum of vectors.
        let scale: Float

        fileprivate init(_ table: WeightTable) {
            index = table.index.view
            values = table.values.start
            stride = table.stride
            switch table.encoding {
            case .floats:
                isPacked = false
                scale = 1
            case .bytes(let largest):
                isPacked = true
                scale = largest / (127 * 127)
            }
        }

        /// Where a row's weights stand; 0 for a row without any.
        @inline(__always) func slot(_ row: Int) -> Int { index.slot(row) }

        /// The weights of four labels, to be multiplied by `scale`. Lanes behind the last label mean nothing.
        @inline(__always) func vector(_ slot: Int, _ lane: Int) -> SIMD4<Float> {
            guard isPacked else {
                return values.load(fromByteOffset: slot &* stride &+ lane &* 16, as: SIMD4<Float>.self)
            }
            let bytes = values.loadUnaligned(fromByteOffset: slot &* stride &+ lane &* 4, as: SIMD4<Int8>.self)
            let wide = SIMD4<Int32>(truncatingIfNeeded: bytes)
            let square = wide &* wide
            return SIMD4<Float>(square.replacing(with: 0 &- square, where: wide .< 0))
        }

        /// One label's weight.
        @inline(__always) func weight(_ slot: Int, _ label: Int) -> Float {
            guard isPacked else {
                return values.load(fromByteOffset: slot &* stride &+ label &* 4, as: Float.self)
            }
            let byte = Int32(values.load(fromByteOffset: slot &* stride &+ label, as: Int8.self))
            return Float(byte &* Int32(byte.magnitude)) * scale
        }
    }
}

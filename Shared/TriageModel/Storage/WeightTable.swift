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

    /// Of `rowCount` rows, or where `known` is set of its places and all rows that aren't features.
    let index: RankIndex
    /// From the rows of features to places, in an artifact that numbers the features that it knows.
    let known: RankIndex?
    /// Rows of features, which come first, and how many of them have a place.
    let featureRows: Int
    let placeCount: Int
    /// Rows, with weights or without.
    let rowCount: Int
    /// Vectors of four labels a row.
    let lanes: Int
    let encoding: Encoding
    /// The zero row, which stands for all rows without weights, then the rows with weights in ascending order.
    let values: ArtifactSlice
    /// Bytes a row.
    let stride: Int

    /// Bytes behind the last row, so that the last vector of four is read whole.
    static let padding = 3

    /// The rows with weights, ascending.
    var rows: [UInt32] {
        guard let known else { return index.rows }
        let buckets = known.rows
        return index.rows.map { place in
            Int(place) <= placeCount
                ? buckets[Int(place) - 1] : UInt32(Int(place) - placeCount - 1 + featureRows)
        }
    }

    /// - Parameters:
    ///   - rows: ascending, below `rowCount`.
    ///   - vectors: `lanes` for each of `rows`.
    init(rowCount: Int, lanes: Int, rows: [UInt32], vectors: [SIMD4<Float>]) {
        index = RankIndex(rowCount: rowCount, rows: rows)
        known = nil
        featureRows = 0
        placeCount = 0
        self.rowCount = rowCount
        self.lanes = lanes
        encoding = .floats
        stride = lanes * 16
        values = ArtifactSlice(copying: [SIMD4<Float>](repeating: .zero, count: lanes) + vectors)
    }

    /// How a file numbers the rows of a table.
    struct Rows {
        let rowCount: Int
        /// Rows of features, which come first.
        let featureRows: Int
        /// From those to places; nil: rows are numbered as they are.
        let known: RankIndex?
        /// Places of features: those of a head on words alone come first.
        let placeCount: Int

        init(rowCount: Int, featureRows: Int, known: RankIndex?) {
            self.rowCount = rowCount
            self.featureRows = featureRows
            self.known = known
            placeCount = known?.count(below: featureRows) ?? 0
        }

        /// Place 0, which no feature has, the places of features and all other rows.
        var indexRows: Int { known == nil ? rowCount : placeCount + 1 + rowCount - featureRows }
    }

    /// The table of a file.
    init(
        _ rows: Rows, index: RankIndex, labels: Int, largest: Float, values: ArtifactSlice
    ) throws(ArtifactError) {
        guard values.count == (index.count + 1) * labels + Self.padding else {
            throw ArtifactError(code: .malformed, reason: "there are not as many weights as rows")
        }
        guard values.bytes.prefix(labels).allSatisfy({ $0 == 0 }), rows.known == nil || index.view.slot(0) == 0 else {
            throw ArtifactError(code: .malformed, reason: "the zero row has weights")
        }
        self.index = index
        known = rows.known
        featureRows = rows.featureRows
        placeCount = rows.placeCount
        rowCount = rows.rowCount
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
        withExtendedLifetime((known, index, values)) { body(View(self)) }
    }

    struct View {
        private let index: RankIndex.View
        private let known: RankIndex.View?
        private let featureRows: Int
        /// From the rows behind those of features to their places.
        private let shift: Int
        private let values: UnsafeRawPointer
        private let stride: Int
        private let isPacked: Bool
        /// Multiplies every sum of vectors.
        let scale: Float

        fileprivate init(_ table: WeightTable) {
            index = table.index.view
            known = table.known?.view
            featureRows = table.featureRows
            shift = table.known == nil ? 0 : table.placeCount + 1 - table.featureRows
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
        func slot(_ row: Int) -> Int {
            guard let known, row < featureRows else { return slot(behindFeatures: row) }
            return index.slot(known.slot(row))
        }

        /// The same for a feature that has its place.
        @inline(__always) func slot(of entry: FeatureEntry) -> Int {
            index.slot(Int(truncatingIfNeeded: known == nil ? entry.bucket : entry.place))
        }

        /// The same for a row that is no feature's.
        @inline(__always) func slot(behindFeatures row: Int) -> Int { index.slot(row &+ shift) }

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

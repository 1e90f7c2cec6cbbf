/// Weights in the form of an artifact: rows without use left out, a byte for each label of the others.
struct PackedWeights {
    let index: RankIndex
    /// The weight that a byte of 127 stands for.
    let largest: Float
    /// As `SectionKind.weightValues` says.
    let values: ArtifactSlice

    /// Packs floats; bytes are taken as they are.
    ///
    /// - Parameter pruning: rows whose weights are all at most this share of the largest are left out.
    init(_ table: WeightTable, labels: Int, pruning: Float) {
        if case .bytes(let largest) = table.encoding {
            self.init(index: table.index, largest: largest, values: table.values)
            return
        }
        let rows = table.rows
        let weights = table.withView { view in
            rows.indices.flatMap { slot in (0..<labels).map { view.weight(slot + 1, $0) } }
        }
        let largest = weights.reduce(Float(0)) { max($0, abs($1)) }
        let kept = rows.indices.filter { row in
            (0..<labels).contains { abs(weights[row * labels + $0]) > largest * pruning }
        }
        var bytes = [UInt8](repeating: 0, count: labels)
        bytes.reserveCapacity((kept.count + 1) * labels + WeightTable.padding)
        for row in kept {
            for label in 0..<labels {
                bytes.append(UInt8(bitPattern: Self.quantised(weights[row * labels + label], largest)))
            }
        }
        self.init(
            rowCount: table.rowCount, rows: kept.map { rows[$0] }, largest: largest,
            bytes: bytes + repeatElement(0, count: WeightTable.padding))
    }

    /// - Parameter bytes: with the zero row and the padding.
    init(rowCount: Int, rows: [UInt32], largest: Float, bytes: [UInt8]) {
        self.init(
            index: RankIndex(rowCount: rowCount, rows: rows), largest: largest, values: ArtifactSlice(copying: bytes))
    }

    private init(index: RankIndex, largest: Float, values: ArtifactSlice) {
        self.index = index
        self.largest = largest
        self.values = values
    }

    /// The byte nearest to a weight, on the scale of roots.
    private static func quantised(_ weight: Float, _ largest: Float) -> Int8 {
        guard largest > 0 else { return 0 }
        let root = (abs(weight) / largest).squareRoot()
        let magnitude = Int8(max(0, min(127, (root * 127).rounded())))
        return weight < 0 ? -magnitude : magnitude
    }
}

/// Weights in the form of an artifact: rows without use left out, a byte for each label of the others.
struct PackedWeights {
    /// Rows of the table, ascending.
    let rows: [UInt32]
    /// The weight that a byte of 127 stands for.
    let largest: Float
    /// As `SectionKind.weightValues` says.
    let values: ArtifactSlice

    /// Packs floats; bytes are taken as they are.
    ///
    /// - Parameter pruning: rows whose weights are all at most this share of the largest are left out.
    init(_ table: WeightTable, labels: Int, pruning: Float) {
        let rows = table.rows
        if case .bytes(let largest) = table.encoding {
            self.init(rows: rows, largest: largest, values: table.values)
            return
        }
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
        bytes += repeatElement(0, count: WeightTable.padding)
        self.init(rows: kept.map { rows[$0] }, largest: largest, values: ArtifactSlice(copying: bytes))
    }

    /// - Parameter values: with the zero row and the padding.
    init(rows: [UInt32], largest: Float, values: ArtifactSlice) {
        self.rows = rows
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

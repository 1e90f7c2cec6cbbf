/// The features of many tasks in one table, as the solvers read them.
struct Examples {
    /// Row of the head's weight table.
    private(set) var rows: [UInt32] = []
    private(set) var values: [Float] = []
    /// Where each example starts; one more at the end.
    private(set) var starts: [Int] = [0]
    /// Squared length of each example.
    private(set) var squares: [Float] = []

    var count: Int { squares.count }

    /// Adds the task whose features stand in `scratch`, with copies and biases as `head` reads them.
    mutating func append(project: UInt64, shape: HeadShape, _ scratch: inout FeatureScratch) {
        let layout = shape.layout
        var square: Float = 0
        func add(_ row: UInt32, _ value: Float) {
            rows.append(UInt32(Head.tableRow(row, layout, usesCharacters: shape.usesCharacters)))
            values.append(value)
            square += value * value
        }
        let last = Head.lastField(usesCharacters: shape.usesCharacters)
        shape.terms.weigh(upTo: last, &scratch)
        let end = scratch.fieldEnds[last.rawValue]
        for index in 0..<end {
            let value = scratch.values[index]
            guard value != 0 else { continue }
            let bucket = scratch.entries[index].bucket
            add(bucket, value)
            if shape.usesCopies { add(layout.copyRow(of: bucket, project: project), value) }
        }
        add(layout.biasRow, 1)
        add(layout.biasRow(project: project), 1)
        starts.append(rows.count)
        squares.append(square)
    }
}

/// What a head reads.
struct HeadShape: Sendable {
    let layout: BucketLayout
    let terms: TermWeights
    let usesCharacters: Bool
    let usesCopies: Bool
}

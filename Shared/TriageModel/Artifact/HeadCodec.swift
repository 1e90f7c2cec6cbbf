/// One head in the file: settings, calibration, then its non-empty rows by distance from the row before.
enum HeadCodec {
    /// Rows whose weights are all smaller than `pruning` times the largest are left out.
    static func encode(_ head: Head, pruning: Float, into bytes: inout [UInt8]) {
        bytes.append(head.kind.rawValue)
        let flags: UInt8 = (head.usesCharacters ? 1 : 0) + (head.usesCopies ? 2 : 0)
        bytes.append(flags)
        bytes.append(UInt32(head.labels.count))
        for calibration in [head.calibration, head.foreignCalibration] {
            bytes.append(calibration.scale)
            for offset in calibration.offsets { bytes.append(offset) }
            bytes.append(Float(calibration.automatic))
            bytes.append(Float(calibration.suggestion))
        }
        for share in head.prior { bytes.append(share) }
        bytes.append(UInt32(head.projects.count))
        for project in head.projects { bytes.append(project) }
        bytes.append(UInt32(head.terms.documents))
        encode(head.terms.idf, into: &bytes)
        encode(head.weights, labels: head.labels.count, pruning: pruning, into: &bytes)
    }

    private static func encode(_ table: WeightTable, labels: Int, pruning: Float, into bytes: inout [UInt8]) {
        let largest = table.vectors.reduce(Float(0)) { max($0, $1.max(), -$1.min()) }
        bytes.append(largest)
        let lanes = table.lanes
        // Slot 0 is the row without weights.
        let kept = table.rows.enumerated().filter { index, _ in
            (0..<lanes).contains { lane in
                let weights = table.vectors[(index + 1) * lanes + lane]
                return max(weights.max(), -weights.min()) > largest * pruning
            }
        }
        bytes.append(UInt32(kept.count))
        var previous = -1
        for (index, row) in kept {
            bytes.append(variable: Int(row) - previous - 1)
            previous = Int(row)
            for label in 0..<labels {
                let weight = table.vectors[(index + 1) * lanes + label / 4][label % 4]
                bytes.append(UInt8(bitPattern: quantised(weight, largest)))
            }
        }
    }

    /// A gap of unknown buckets, then a run of known ones, in turn.
    private static func encode(_ idf: [UInt8], into bytes: inout [UInt8]) {
        var position = 0
        while position < idf.count {
            let gap = idf[position...].prefix { $0 == 0 }.count
            let run = idf[(position + gap)...].prefix { $0 != 0 }
            bytes.append(variable: gap)
            bytes.append(variable: run.count)
            bytes += run
            position += gap + run.count
        }
    }

    private static func idf(_ reader: inout ByteReader, count: Int) throws(ArtifactError) -> [UInt8] {
        var idf: [UInt8] = []
        idf.reserveCapacity(count)
        while idf.count < count {
            let gap = try reader.variable()
            let run = try reader.variable()
            guard gap + run > 0, idf.count + gap + run <= count else {
                throw ArtifactError(code: .malformed, reason: "a run of features is out of range")
            }
            idf += repeatElement(0, count: gap)
            idf += try reader.slice(run)
        }
        return idf
    }

    private static func quantised(_ weight: Float, _ largest: Float) -> Int8 {
        let root = (abs(weight) / largest).squareRoot()
        let magnitude = Int8(max(0, min(127, (root * 127).rounded())))
        return weight < 0 ? -magnitude : magnitude
    }

    static func decode(
        _ reader: inout ByteReader, _ layout: BucketLayout, _ header: ArtifactHeader
    ) throws(ArtifactError) -> Head {
        guard let kind = HeadKind(rawValue: try reader.byte()) else {
            throw ArtifactError(code: .malformed, reason: "unknown head")
        }
        let flags = try reader.byte()
        let count = try reader.count(upTo: ArtifactCodec.maximumLabels)
        guard let labels = header.labelSets[kind.name], labels.count == count, count > 0, flags < 4 else {
            throw ArtifactError(code: .malformed, reason: "labels of the \(kind.name) head don't fit")
        }
        guard kind != .effort || count == EffortScale.points.count else {
            throw ArtifactError(code: .malformed, reason: "the effort head has other point values")
        }
        let calibration = try self.calibration(&reader, count)
        let foreignCalibration = try self.calibration(&reader, count)
        let prior = try floats(&reader, count)
        var projects: [UInt64] = []
        for _ in 0..<(try reader.count(upTo: ArtifactCodec.maximumProjects)) { projects.append(try reader.uint64()) }
        let documents = Int(try reader.uint32())
        let terms = TermWeights(
            idf: try idf(&reader, count: layout.featureCount), documents: documents)
        let usesCharacters = flags & 1 != 0
        let weights = try table(&reader, count, Head.tableRows(layout, usesCharacters: usesCharacters))
        return Head(
            kind: kind, labels: labels, layout: layout, terms: terms, usesCharacters: usesCharacters,
            usesCopies: flags & 2 != 0,
            projects: projects.sorted(), prior: prior, calibration: calibration,
            foreignCalibration: foreignCalibration, weights: weights)
    }

    private static func calibration(_ reader: inout ByteReader, _ labels: Int) throws(ArtifactError) -> Calibration {
        Calibration(
            scale: try reader.float(), offsets: try floats(&reader, labels), automatic: Double(try reader.float()),
            suggestion: Double(try reader.float()))
    }

    private static func floats(_ reader: inout ByteReader, _ count: Int) throws(ArtifactError) -> [Float] {
        var values: [Float] = []
        for _ in 0..<count { values.append(try reader.float()) }
        return values
    }

    private static func table(
        _ reader: inout ByteReader, _ labels: Int, _ tableRows: Int
    ) throws(ArtifactError) -> WeightTable {
        let largest = try reader.float()
        let values = (0..<256).map { byte in
            let quantised = Float(Int8(bitPattern: UInt8(byte))) / 127
            return (quantised < 0 ? -1 : 1) * quantised * quantised * largest
        }
        let lanes = Head.lanes(for: labels)
        let rowCount = try reader.count(upTo: tableRows)
        // A file that names rows must hold them: memory is not taken on the word of a small file.
        guard rowCount * (labels + 1) <= reader.remaining else {
            throw ArtifactError(code: .malformed, reason: "fewer weights than rows")
        }
        var rows: [UInt32] = []
        rows.reserveCapacity(rowCount)
        var vectors: [SIMD4<Float>] = []
        vectors.reserveCapacity(rowCount * lanes)
        var row = -1
        for _ in 0..<rowCount {
            row += try reader.variable() + 1
            guard row < tableRows else { throw ArtifactError(code: .malformed, reason: "a row is out of range") }
            rows.append(UInt32(row))
            for first in stride(from: 0, to: labels, by: 4) {
                var vector = SIMD4<Float>.zero
                for label in first..<min(labels, first + 4) { vector[label - first] = values[Int(try reader.byte())] }
                vectors.append(vector)
            }
        }
        return WeightTable(rowCount: tableRows, lanes: lanes, rows: rows, vectors: vectors)
    }
}

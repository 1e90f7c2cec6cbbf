import FoundationEssentials

/// One head as sections of an artifact.
enum HeadSections {
    /// Adds a head's sections.
    ///
    /// - Parameter pruning: rows whose weights are all smaller than this share of the largest are left out. A head that
    ///   comes from another artifact has its bytes already, and keeps them.
    static func write(_ head: Head, number: Int, pruning: Float, to writer: inout SectionWriter) throws(ArtifactError) {
        let packed = PackedWeights(head.weights, labels: head.labels.count, pruning: pruning)
        let settings = HeadSettings(
            kind: head.kind.name, usesCharacters: head.usesCharacters, usesCopies: head.usesCopies,
            documents: head.terms.documents, largestWeight: packed.largest, prior: head.prior,
            calibration: head.calibration, foreignCalibration: head.foreignCalibration, options: head.options,
            requires: head.options.names)
        writer.add(.head, head: number, try ArtifactJSON.encode(settings))
        writer.add(.projects, head: number, ArtifactSlice(copying: head.projects.map(\.littleEndian)))
        writeTerms(head, number, to: &writer)
        writer.add(.weightBits, head: number, packed.index.bits)
        writer.add(.weightRanks, head: number, packed.index.ranks)
        writer.add(.weightValues, head: number, packed.values)
    }

    /// Buckets that a head's terms are about.
    private static func termCount(_ layout: BucketLayout, usesCharacters: Bool) -> Int {
        usesCharacters ? layout.featureCount : layout.wordCount
    }

    private static func writeTerms(_ head: Head, _ number: Int, to writer: inout SectionWriter) {
        let count = termCount(head.layout, usesCharacters: head.usesCharacters)
        var buckets: [UInt32] = []
        var values: [UInt8] = [0]
        head.terms.idf.forEachKnown { bucket, byte in
            guard bucket < count else { return }
            buckets.append(UInt32(bucket))
            values.append(byte)
        }
        // An index takes a bit for each bucket and half a bit for the counts.
        guard values.count + count / 8 + count / 16 < count else {
            writer.add(.termValues, head: number, head.terms.idf.bytes(count: count))
            return
        }
        let index = RankIndex(rowCount: count, rows: buckets)
        writer.add(.termBits, head: number, index.bits)
        writer.add(.termRanks, head: number, index.ranks)
        writer.add(.termValues, head: number, values)
    }

    /// Reads a head in place.
    static func read(
        _ sections: SectionTable, number: Int, _ layout: BucketLayout, _ header: ArtifactHeader
    ) throws(ArtifactError) -> Head {
        let settings = try ArtifactJSON.decode(
            HeadSettings.self, from: try sections.section(.head, head: number), "settings of a head")
        guard let kind = HeadKind.allCases.first(where: { $0.name == settings.kind }) else {
            throw ArtifactError(
                code: .unsupportedFormat,
                reason:
                    "a head of the kind \(settings.kind.prefix(40)), which this program doesn't know: update the program"
            )
        }
        let labels = try header.labels(of: kind)
        try settings.check(labels: labels.count)
        let projects = try self.projects(try sections.section(.projects, head: number))
        let terms = TermWeights(
            idf: try self.terms(sections, number, termCount(layout, usesCharacters: settings.usesCharacters)),
            documents: settings.documents)
        let index = try RankIndex(
            rowCount: Head.tableRows(layout, usesCharacters: settings.usesCharacters),
            bits: try sections.section(.weightBits, head: number),
            ranks: try sections.section(.weightRanks, head: number))
        let weights = try WeightTable(
            index: index, labels: labels.count, largest: settings.largestWeight,
            values: try sections.section(.weightValues, head: number))
        return Head(
            kind: kind, labels: labels, layout: layout, terms: terms, usesCharacters: settings.usesCharacters,
            usesCopies: settings.usesCopies, projects: projects, prior: settings.prior,
            calibration: settings.calibration, foreignCalibration: settings.foreignCalibration, weights: weights,
            options: settings.options)
    }

    private static func projects(_ slice: ArtifactSlice) throws(ArtifactError) -> [UInt64] {
        guard slice.count % 8 == 0, slice.count <= ArtifactCodec.maximumProjects * 8 else {
            throw .malformed("the list of projects is too long")
        }
        let projects = slice.numbers(UInt64.self).map(UInt64.init(littleEndian:))
        guard zip(projects, projects.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .malformed("the projects are not in order")
        }
        return projects
    }

    private static func terms(_ sections: SectionTable, _ number: Int, _ count: Int) throws(ArtifactError) -> TermTable
    {
        let values = try sections.section(.termValues, head: number)
        guard let bits = sections.optional(.termBits, head: number) else {
            return try TermTable(count: count, index: nil, values: values)
        }
        let ranks = try sections.section(.termRanks, head: number)
        return try TermTable(
            count: count, index: try RankIndex(rowCount: count, bits: bits, ranks: ranks), values: values)
    }
}

/// Settings as JSON with keys in order, so that equal settings are equal bytes.
enum ArtifactJSON {
    /// Longest settings that are read.
    static let maximumBytes = 1 << 20

    static func encode(_ value: some Encodable) throws(ArtifactError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.dateEncodingStrategy = .iso8601
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            throw .malformed("settings can't be written: \(error)")
        }
    }

    static func decode<T: Decodable>(
        _ type: T.Type, from slice: ArtifactSlice, _ name: String
    ) throws(ArtifactError) -> T {
        guard slice.count <= maximumBytes else { throw .malformed("the \(name): too long") }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(type, from: Data(slice.bytes))
        } catch {
            throw .malformed("the \(name): not readable")
        }
    }
}

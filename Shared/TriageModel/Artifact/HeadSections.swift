import FoundationEssentials

/// One head as sections of an artifact.
enum HeadSections {
    /// Adds a head's sections.
    ///
    /// - Parameter known: the buckets that any head knows.
    static func write(
        _ head: Head, number: Int, packed: PackedWeights, known: RankIndex, to writer: inout SectionWriter
    ) throws(ArtifactError) {
        let settings = HeadSettings(
            kind: head.kind.name, usesCharacters: head.usesCharacters, usesCopies: head.usesCopies,
            documents: head.terms.documents, largestWeight: packed.largest, prior: head.prior,
            calibration: head.calibration, foreignCalibration: head.foreignCalibration, options: head.options,
            requires: head.options.names)
        writer.add(.head, head: number, try ArtifactJSON.encode(settings))
        writer.add(.projects, head: number, ArtifactSlice(copying: head.projects.map(\.littleEndian)))
        writeTerms(head, number, known, to: &writer)
        let rows = rows(head.layout, usesCharacters: head.usesCharacters, known)
        let view = known.view
        let index = RankIndex(
            rowCount: rows.indexRows,
            rows: packed.rows.map { row in
                UInt32(
                    Int(row) < rows.featureRows
                        ? view.slot(Int(row)) : Int(row) + rows.placeCount + 1 - rows.featureRows)
            })
        writer.add(.weightBits, head: number, index.bits)
        writer.add(.weightRanks, head: number, index.ranks)
        writer.add(.weightValues, head: number, packed.values)
        if let vectors = head.embedding { try EmbeddingSections.write(vectors, number: number, to: &writer) }
    }

    /// Adds the prints of the features that any head knows; those that none knows are left out.
    static func write(_ vocabulary: FeatureVocabulary, _ known: RankIndex, to writer: inout SectionWriter) {
        writer.add(.printValues, [0] + known.rows.map { vocabulary.prints[Int($0)] })
    }

    /// Reads the features that the model knows; the one thing of an artifact that is decoded, because the scanner asks
    /// it a thousand times a task.
    static func vocabulary(
        _ sections: SectionTable, _ layout: BucketLayout, _ known: RankIndex
    ) throws(ArtifactError) -> FeatureVocabulary {
        let values = try sections.section(.printValues)
        guard values.count == known.count + 1 else { throw .malformed("there are not as many prints as features") }
        var prints = [UInt8](repeating: 0, count: layout.featureCount)
        for (place, bucket) in known.rows.enumerated() where bucket < prints.count {
            prints[Int(bucket)] = values.bytes[place + 1]
        }
        return FeatureVocabulary(layout: layout, prints: prints)
    }

    /// Buckets that a head's terms are about.
    private static func termCount(_ layout: BucketLayout, usesCharacters: Bool) -> Int {
        usesCharacters ? layout.featureCount : layout.wordCount
    }

    /// Adds the index of the buckets that any head knows, or has weights for.
    static func writeKnown(
        _ heads: [(Head, PackedWeights)], _ layout: BucketLayout, to writer: inout SectionWriter
    ) -> RankIndex {
        var isKnown = [Bool](repeating: false, count: layout.featureCount)
        for (head, packed) in heads {
            let count = termCount(layout, usesCharacters: head.usesCharacters)
            head.terms.idf.forEachKnown { bucket, _ in if bucket < count { isKnown[bucket] = true } }
            for row in packed.rows where Int(row) < count { isKnown[Int(row)] = true }
        }
        let known = RankIndex(
            rowCount: layout.featureCount, rows: isKnown.indices.filter { isKnown[$0] }.map { UInt32($0) })
        writer.add(.knownBits, known.bits)
        writer.add(.knownRanks, known.ranks)
        return known
    }

    /// How the rows of a head's table are numbered.
    private static func rows(_ layout: BucketLayout, usesCharacters: Bool, _ known: RankIndex) -> WeightTable.Rows {
        WeightTable.Rows(
            rowCount: Head.tableRows(layout, usesCharacters: usesCharacters),
            featureRows: termCount(layout, usesCharacters: usesCharacters), known: known)
    }

    private static func writeTerms(
        _ head: Head, _ number: Int, _ known: RankIndex, to writer: inout SectionWriter
    ) {
        let count = termCount(head.layout, usesCharacters: head.usesCharacters)
        let view = known.view
        var places: [UInt32] = []
        var values: [UInt8] = [0]
        var all = [UInt8](repeating: 0, count: known.count(below: count) + 1)
        head.terms.idf.forEachKnown { bucket, byte in
            guard bucket < count else { return }
            let place = view.slot(bucket)
            places.append(UInt32(place))
            values.append(byte)
            all[place] = byte
        }
        let index = RankIndex(rowCount: all.count, rows: places)
        guard values.count + index.bits.count + index.ranks.count < all.count else {
            writer.add(.termValues, head: number, all)
            return
        }
        writer.add(.termBits, head: number, index.bits)
        writer.add(.termRanks, head: number, index.ranks)
        writer.add(.termValues, head: number, values)
    }

    /// Reads a head in place.
    static func read(
        _ sections: SectionTable, number: Int, _ layout: BucketLayout, known: RankIndex, _ header: ArtifactHeader
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
            idf: try self.terms(
                sections, number, termCount(layout, usesCharacters: settings.usesCharacters), known),
            documents: settings.documents, fieldWeights: settings.options.fieldWeights)
        let rows = rows(layout, usesCharacters: settings.usesCharacters, known)
        let index = try RankIndex(
            rowCount: rows.indexRows,
            bits: try sections.section(.weightBits, head: number),
            ranks: try sections.section(.weightRanks, head: number))
        let weights = try WeightTable(
            rows, index: index, labels: labels.count, largest: settings.largestWeight,
            values: try sections.section(.weightValues, head: number))
        return Head(
            kind: kind, labels: labels, layout: layout, terms: terms, usesCharacters: settings.usesCharacters,
            usesCopies: settings.usesCopies, projects: projects, prior: settings.prior,
            calibration: settings.calibration, foreignCalibration: settings.foreignCalibration, weights: weights,
            options: settings.options,
            embedding: try EmbeddingSections.read(sections, number: number, labels: labels.count))
    }

    static func projects(_ slice: ArtifactSlice) throws(ArtifactError) -> [UInt64] {
        guard slice.count % 8 == 0, slice.count <= ArtifactCodec.maximumProjects * 8 else {
            throw .malformed("the list of projects is too long")
        }
        let projects = slice.numbers(UInt64.self).map(UInt64.init(littleEndian:))
        guard zip(projects, projects.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .malformed("the projects are not in order")
        }
        return projects
    }

    /// Reads the index of the buckets that any head knows.
    static func known(_ sections: SectionTable, _ layout: BucketLayout) throws(ArtifactError) -> RankIndex {
        try RankIndex(
            rowCount: layout.featureCount, bits: try sections.section(.knownBits),
            ranks: try sections.section(.knownRanks))
    }

    private static func terms(
        _ sections: SectionTable, _ number: Int, _ count: Int, _ known: RankIndex
    ) throws(ArtifactError) -> TermTable {
        let values = try sections.section(.termValues, head: number)
        guard let bits = sections.optional(.termBits, head: number) else {
            return try TermTable(count: count, known: known, index: nil, values: values)
        }
        let ranks = try sections.section(.termRanks, head: number)
        return try TermTable(
            count: count, known: known,
            index: try RankIndex(rowCount: known.count(below: count) + 1, bits: bits, ranks: ranks),
            values: values)
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

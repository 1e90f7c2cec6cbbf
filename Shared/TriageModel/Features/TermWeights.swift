/// How telling each feature is for one head: its IDF, and from it the weights of a task's features.
///
/// Per field: (1 + ln(count)) * IDF, L2 norm, field weight. A feature whose IDF is 0 is unknown and weighs nothing.
struct TermWeights: Sendable {
    /// One byte a bucket: 0 unknown, otherwise IDF = 1 + (byte - 1) / 24.
    let idf: TermTable
    /// Tasks that the IDF was counted on.
    let documents: Int
    /// How strongly each field counts, in the order of `TextField`.
    let fieldWeights: [Float]

    init(idf: TermTable, documents: Int, fieldWeights: [Float]? = nil) {
        self.idf = idf
        self.documents = documents
        self.fieldWeights = fieldWeights ?? TextField.standardWeights
    }

    /// - Parameter idf: a byte for each bucket.
    init(idf: [UInt8], documents: Int, fieldWeights: [Float]? = nil) {
        self.init(idf: TermTable(idf), documents: documents, fieldWeights: fieldWeights)
    }

    /// What a feature of a field counts for with an IDF byte, before the norm.
    static func rarity(_ byte: UInt8, _ field: TextField) -> Float {
        field.usesInverseDocumentFrequency ? values[Int(byte)] : (byte == 0 ? 0 : 1)
    }

    private static let values: [Float] = (0..<256).map { $0 == 0 ? 0 : value(UInt8($0)) }

    /// The IDF that a byte stands for; not for 0.
    static func value(_ byte: UInt8) -> Float { 1 + Float(byte - 1) / 24 }

    /// About how many tasks had a feature with this IDF.
    func documents(_ byte: UInt8) -> Float {
        Float(1 + documents) / Float(Logarithm.exponential(Double(Self.value(byte) - 1))) - 1
    }

    /// The byte of an IDF for a feature seen in `documents` of `total` tasks.
    static func byte(documents: Double, total: Double) -> UInt8 {
        let value = Logarithm.natural((1 + total) / (1 + documents)) + 1
        return UInt8(Swift.max(1, Swift.min(255, ((value - 1) * 24).rounded() + 1)))
    }

    /// Fills `scratch.values` for the fields up to `last`.
    func weigh(upTo last: TextField, _ scratch: inout FeatureScratch) {
        idf.place(&scratch)
        idf.withView { idf in
            Self.values.withUnsafeBufferPointer { table in
                var index = 0
                for field in TextField.allCases where field.rawValue <= last.rawValue {
                    let first = index
                    let end = scratch.fieldEnds[field.rawValue]
                    let fieldWeight = fieldWeights[field.rawValue]
                    guard fieldWeight > 0 else {
                        while index < end {
                            scratch.values[index] = 0
                            index &+= 1
                        }
                        continue
                    }
                    var squares: Float = 0
                    while index < end {
                        let entry = scratch.entries[index]
                        let byte = idf.byte(of: entry)
                        let rarity = field.usesInverseDocumentFrequency ? table[Int(byte)] : (byte == 0 ? 0 : 1)
                        let value = entry.frequency * rarity
                        squares += value * value
                        scratch.values[index] = value
                        index &+= 1
                    }
                    guard squares > 0 else { continue }
                    let scale = fieldWeight / squares.squareRoot()
                    for position in first..<end { scratch.values[position] *= scale }
                }
            }
        }
    }

    /// Counts in how many tasks each feature occurs and learns its IDF.
    ///
    /// A base keeps the IDF that it has; features it doesn't know are added.
    ///
    /// - Parameters:
    ///   - tasks: those of `features` that are counted.
    ///   - minimumDocuments: for each field, in place of its own.
    ///   - fieldWeights: in place of the standard ones; a base has its own.
    static func fit(
        _ features: TaskFeatures, _ tasks: [Int], _ layout: BucketLayout, base: TermWeights?,
        minimumDocuments: [UInt32]? = nil, fieldWeights: [Float]? = nil
    ) -> TermWeights {
        var documents = [UInt32](repeating: 0, count: layout.featureCount)
        var needed = [UInt8](repeating: .max, count: layout.featureCount)
        let minima = TextField.allCases.map {
            UInt8(truncatingIfNeeded: min(255, minimumDocuments?[$0.rawValue] ?? $0.minimumDocuments))
        }
        for task in tasks {
            features.forEach(task) { field, bucket in
                documents[bucket] += 1
                needed[bucket] = min(needed[bucket], minima[field.rawValue])
            }
        }
        let total = Double(tasks.count + (base?.documents ?? 0))
        var idf = base?.idf.bytes(count: layout.featureCount) ?? [UInt8](repeating: 0, count: layout.featureCount)
        for bucket in idf.indices where idf[bucket] == 0 && documents[bucket] >= UInt32(needed[bucket]) {
            idf[bucket] = byte(documents: Double(documents[bucket]), total: total)
        }
        return TermWeights(
            idf: idf, documents: Int(total), fieldWeights: base?.fieldWeights ?? fieldWeights)
    }
}

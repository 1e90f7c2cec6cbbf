/// How telling each feature is for one head: its IDF, and from it the weights of a task's features.
///
/// Per field: (1 + ln(count)) * IDF, L2 norm, field weight. A feature whose IDF is 0 is unknown and weighs nothing.
struct TermWeights: Sendable {
    /// One byte a bucket: 0 unknown, otherwise IDF = 1 + (byte - 1) / 24.
    let idf: TermTable
    /// Tasks that the IDF was counted on.
    let documents: Int

    init(idf: TermTable, documents: Int) {
        self.idf = idf
        self.documents = documents
    }

    /// - Parameter idf: a byte for each bucket.
    init(idf: [UInt8], documents: Int) { self.init(idf: TermTable(idf), documents: documents) }

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
                    let scale = field.weight / squares.squareRoot()
                    for position in first..<end { scratch.values[position] *= scale }
                }
            }
        }
    }

    /// Counts in how many tasks each feature occurs and learns its IDF.
    ///
    /// A base keeps the IDF that it has; features it doesn't know are added.
    static func fit(_ texts: [TaskText], layout: BucketLayout, base: TermWeights?) -> TermWeights {
        let open = FeatureSpace.open(layout)
        var documents = [UInt32](repeating: 0, count: layout.featureCount)
        var needed = [UInt32](repeating: .max, count: layout.featureCount)
        var scratch = FeatureScratch()
        for text in texts {
            open.vectorise(text, &scratch)
            var index = 0
            for field in TextField.allCases {
                let end = scratch.fieldEnds[field.rawValue]
                while index < end {
                    let bucket = Int(scratch.entries[index].bucket)
                    documents[bucket] += 1
                    needed[bucket] = min(needed[bucket], field.minimumDocuments)
                    index += 1
                }
            }
        }
        let total = Double(texts.count + (base?.documents ?? 0))
        var idf = base?.idf.bytes(count: layout.featureCount) ?? [UInt8](repeating: 0, count: layout.featureCount)
        for bucket in idf.indices where idf[bucket] == 0 && documents[bucket] >= needed[bucket] {
            idf[bucket] = byte(documents: Double(documents[bucket]), total: total)
        }
        return TermWeights(idf: idf, documents: Int(total))
    }
}

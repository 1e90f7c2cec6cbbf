extension FeatureSpace {
    /// Counts in how many tasks each feature occurs and learns its IDF.
    ///
    /// A base keeps the IDF that it has; features it doesn't know are added.
    static func fit(_ texts: [TaskText], layout: BucketLayout, base: FeatureSpace?) -> FeatureSpace {
        let open = FeatureSpace.open(base?.layout ?? layout)
        var documents = [UInt32](repeating: 0, count: open.layout.featureCount)
        var needed = [UInt32](repeating: .max, count: open.layout.featureCount)
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
        var idf = base?.idf ?? [UInt8](repeating: 0, count: open.layout.featureCount)
        for bucket in idf.indices where idf[bucket] == 0 && documents[bucket] >= needed[bucket] {
            idf[bucket] = idfByte(documents: Double(documents[bucket]), total: total)
        }
        return FeatureSpace(layout: open.layout, idf: idf, documents: Int(total))
    }
}

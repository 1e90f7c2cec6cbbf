/// Shows what the scanner makes of texts, field by field: for tests and for a look at odd cases.
package enum FeatureInspection {
    /// One field of one text.
    package struct Field: Sendable {
        /// Name of the field, such as `title` or `bodyCharacters`.
        package let name: String
        /// Distinct features; two that share a bucket are one.
        package let distinct: Int
        /// How often they occur together; a feature counts at most 255 times.
        package let total: Int
        /// TF-IDF by bucket, of length one.
        package let vector: [UInt32: Float]

        /// The inner product of two vectors.
        package func product(_ other: Field) -> Float {
            vector.reduce(0) { $0 + $1.value * (other.vector[$1.key] ?? 0) }
        }
    }

    /// The fields of each text; IDF is counted on these texts and no feature is left out.
    package static func fields(of texts: [TaskText], layout: BucketLayout, minimumDocuments: UInt32? = 1) -> [[Field]] {
        let vocabulary = FeatureVocabulary.fit(texts, layout: layout, base: nil, minimumDocuments: minimumDocuments)
        let space = FeatureSpace(vocabulary)
        let features = TaskFeatures(texts, space)
        let terms = TermWeights.fit(
            features, Array(texts.indices), layout, base: nil,
            minimumDocuments: minimumDocuments.map { value in TextField.allCases.map { _ in value } })
        var scratch = FeatureScratch()
        return texts.map { text in
            space.vectorise(text, &scratch)
            terms.weigh(upTo: .bodyCharacters, &scratch)
            var first = 0
            return TextField.allCases.map { field in
                defer { first = scratch.fieldEnds[field.rawValue] }
                let range = first..<scratch.fieldEnds[field.rawValue]
                let total = range.reduce(0.0) {
                    $0 + Logarithm.exponential(Double(scratch.entries[$1].frequency) - 1).rounded()
                }
                let vector = range.map {
                    (scratch.entries[$0].bucket, scratch.values[$0] / terms.fieldWeights[field.rawValue])
                }
                return Field(
                    name: "\(field)", distinct: range.count, total: Int(total),
                    vector: Dictionary(vector, uniquingKeysWith: +))
            }
        }
    }
}

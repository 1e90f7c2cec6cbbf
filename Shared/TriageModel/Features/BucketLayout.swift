/// Where a feature's weights stand: word buckets, then character buckets, then per-project copies, then biases.
package struct BucketLayout: Sendable, Equatable {
    /// log2 of the buckets for words.
    package let wordBits: Int
    /// log2 of the buckets for character sequences.
    package let characterBits: Int
    /// log2 of the buckets for per-project copies.
    package let copyBits: Int

    package init(wordBits: Int, characterBits: Int, copyBits: Int) {
        self.wordBits = wordBits
        self.characterBits = characterBits
        self.copyBits = copyBits
    }

    /// The layout of the base model.
    package static let standard = BucketLayout(wordBits: 20, characterBits: 19, copyBits: 20)

    var wordCount: Int { 1 << wordBits }
    /// Buckets for character sequences.
    var characterCount: Int { 1 << characterBits }
    /// Buckets that features fall into; each has an IDF.
    var featureCount: Int { wordCount + characterCount }
    /// All rows of a head's weights: features, copies and the bias.
    var rowCount: Int { featureCount + (1 << copyBits) + 1 }
    /// The row of the constant feature.
    var biasRow: UInt32 { UInt32(truncatingIfNeeded: rowCount - 1) }

    /// The bucket of a feature.
    @inline(__always) func bucket(_ hash: UInt64, isCharacters: Bool) -> UInt32 {
        bucket(finished: FeatureHash.finished(hash), isCharacters: isCharacters)
    }

    /// Tells a feature from others of its bucket; not 0.
    @inline(__always) static func print(finished mixed: UInt64) -> UInt8 {
        max(1, UInt8(truncatingIfNeeded: mixed))
    }

    /// The bucket of a finished hash.
    @inline(__always) func bucket(finished mixed: UInt64, isCharacters: Bool) -> UInt32 {
        guard isCharacters else { return UInt32(truncatingIfNeeded: mixed &>> UInt64(64 &- wordBits)) }
        return UInt32(truncatingIfNeeded: wordCount)
            &+ UInt32(truncatingIfNeeded: mixed &>> UInt64(64 &- characterBits))
    }

    /// The row of a project's own copy of a feature.
    @inline(__always) func copyRow(of bucket: UInt32, project: UInt64) -> UInt32 {
        let mixed = FeatureHash.joining(project, UInt64(bucket) &+ 1)
        return UInt32(truncatingIfNeeded: featureCount)
            &+ UInt32(truncatingIfNeeded: mixed &>> UInt64(64 &- copyBits))
    }

    /// The row that holds what is usual in a project.
    func biasRow(project: UInt64) -> UInt32 { copyRow(of: UInt32.max, project: project) }
}

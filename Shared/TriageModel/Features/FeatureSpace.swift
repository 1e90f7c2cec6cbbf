/// Finds and counts the features of a task's text; the same code for training and serving.
///
/// A feature that no head knows is left out. `TermWeights` then weighs what was found.
struct FeatureSpace: Sendable {
    /// Raised whenever a text gets other features than before: weights of another version mean nothing.
    static let version = 1

    let layout: BucketLayout
    /// One byte a bucket: 0 unknown to all heads.
    let known: [UInt8]

    /// A space that knows every feature, to count documents with.
    static func open(_ layout: BucketLayout) -> FeatureSpace {
        FeatureSpace(layout: layout, known: [UInt8](repeating: 1, count: layout.featureCount))
    }

    /// The space of some heads.
    init(layout: BucketLayout, terms: [TermWeights]) {
        var known = [UInt8](repeating: 0, count: layout.featureCount)
        for weights in terms {
            weights.idf.forEachKnown { bucket, byte in if bucket < layout.featureCount { known[bucket] = byte } }
        }
        self.init(layout: layout, known: known)
    }

    private init(layout: BucketLayout, known: [UInt8]) {
        self.layout = layout
        self.known = known
    }

    /// Leaves the features of `text` in `scratch.entries`.
    func vectorise(_ text: TaskText, _ scratch: inout FeatureScratch) {
        var title = text.title
        var body = text.body
        title.withUTF8 { title in
            body.withUTF8 { body in
                vectorise(
                    title: UnsafeBufferPointer(rebasing: title.prefix(TextLimit.titleBytes)),
                    body: UnsafeBufferPointer(rebasing: body.prefix(TextLimit.bodyBytes)), &scratch)
            }
        }
    }

    /// The same for any bytes.
    func vectorise(
        title: UnsafeBufferPointer<UInt8>, body: UnsafeBufferPointer<UInt8>, _ scratch: inout FeatureScratch
    ) {
        scratch.reset()
        var titleWords = Tokeniser(title, into: scratch.titleTokens, limit: TextLimit.titleTokens)
        titleWords.scan(0..<title.count)
        scratch.titleTokenCount = titleWords.count
        addTitleStructure(title, &scratch)
        var scanner = BodyScanner(body, scratch: scratch)
        scanner.scan(into: &scratch)
        known.withUnsafeBufferPointer { known in
            FieldWriter(layout: layout, known: known).write(title: title, body: body, &scratch)
        }
    }

    private func addTitleStructure(_ title: UnsafeBufferPointer<UInt8>, _ scratch: inout FeatureScratch) {
        scratch.addStructure(FeatureHash.joining(9, UInt64(title.count / 15)))
        if title.contains(UInt8(ascii: "?")) { scratch.addStructure(FeatureHash.joining(10, 1)) }
    }
}

/// Finds and counts the features of a task's text; the same code for training and serving.
///
/// A feature that the vocabulary doesn't have is left out. `TermWeights` then weighs what was found.
struct FeatureSpace: Sendable {
    /// Raised whenever a text gets other features than before: weights of another version mean nothing.
    static let version = 2

    let layout: BucketLayout
    /// The print of each bucket's known feature; empty: every feature is known.
    private let prints: [UInt8]

    /// A space that knows every feature, to count documents with.
    static func open(_ layout: BucketLayout) -> FeatureSpace { FeatureSpace(layout: layout, prints: []) }

    /// The space of a model.
    init(_ vocabulary: FeatureVocabulary) { self.init(layout: vocabulary.layout, prints: vocabulary.prints) }

    private init(layout: BucketLayout, prints: [UInt8]) {
        self.layout = layout
        self.prints = prints
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
        BodyText(body).prepare(&scratch)
        let plain = UnsafeBufferPointer(rebasing: scratch.plain.prefix(scratch.plainCount))
        var bodyWords = Tokeniser(plain, into: scratch.bodyTokens, limit: TextLimit.storedTokens)
        bodyWords.scan(0..<plain.count)
        scratch.bodyTokenCount = bodyWords.count
        SentenceScanner(scratch).scan(into: &scratch)
        var structure = StructureScanner(title: title, body: body, scratch)
        structure.scan(into: &scratch)
        prints.withUnsafeBufferPointer { prints in
            FieldWriter(layout: layout, prints: prints).write(title: title, body: body, &scratch)
        }
    }

    /// Share of a task's words, 0 to 1, that the vocabulary has; 0 for a text without words.
    ///
    /// - Parameter scratch: with the task's features.
    func knownWords(_ scratch: borrowing FeatureScratch) -> Double {
        var words = 0
        var known = 0
        prints.withUnsafeBufferPointer { prints in
            func has(_ hash: UInt64, _ field: TextField) -> Bool {
                let mixed = FeatureHash.finished(hash ^ field.salt)
                let bucket = Int(layout.bucket(finished: mixed, isCharacters: false))
                return prints.isEmpty || prints[bucket] == BucketLayout.print(finished: mixed)
            }
            func count(_ tokens: UnsafeMutableBufferPointer<Token>, _ number: Int) {
                for index in 0..<number where !Placeholder.isPlaceholder(tokens[index].hash) {
                    words += 1
                    let isKnown = has(tokens[index].hash, .title) || has(tokens[index].hash, .body)
                    if isKnown { known += 1 }
                }
            }
            count(scratch.titleTokens, scratch.titleTokenCount)
            count(scratch.bodyTokens, min(scratch.bodyTokenCount, TextLimit.bodyTokens))
        }
        return words == 0 ? 0 : Double(known) / Double(words)
    }
}

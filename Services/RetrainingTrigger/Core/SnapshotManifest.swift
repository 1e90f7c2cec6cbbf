package import Contracts

/// What a snapshot holds; with the examples it makes the snapshot's address, so it names no clock and no machine.
package struct SnapshotManifest: Codable, Hashable, Sendable {
    package var format = 1
    package var examplesSHA256: String
    /// Feedback items read.
    package var feedback: Int
    package var examples: Int
    package var trained: Int
    package var heldOut: Int
    /// Labels of each provenance.
    package var provenance: [String: Int]
    /// When the first and the last judgement were made.
    package var from: EventTime?
    package var to: EventTime?
    package var split: String
    package var baseVersion: String
    package var baseSHA256: String
    package var championVersion: String

    /// - Parameters:
    ///   - base: version and SHA-256 of the model that the training starts from.
    package init(
        items: [FeedbackItem], examples: [DatasetExample], examplesSHA256: String,
        base: (version: String, sha256: String), championVersion: String
    ) {
        self.examplesSHA256 = examplesSHA256
        feedback = items.count
        self.examples = examples.count
        heldOut = examples.count(where: \.isHeldOut)
        trained = examples.count - heldOut
        provenance = Dictionary(examples.flatMap(\.labels).map { ($0.provenance.rawValue, 1) }, uniquingKeysWith: +)
        from = items.lazy.map(\.time).min()
        to = items.lazy.map(\.time).max()
        split = "held out: hash of the normalised text is a multiple of \(DatasetAssembly.heldOutShare)"
        baseVersion = base.version
        baseSHA256 = base.sha256
        self.championVersion = championVersion
    }

    enum CodingKeys: String, CodingKey {
        case format, feedback, examples, trained, provenance, from, to, split
        case examplesSHA256 = "examples_sha256"
        case heldOut = "held_out"
        case baseVersion = "base_version"
        case baseSHA256 = "base_sha256"
        case championVersion = "champion_version"
    }
}

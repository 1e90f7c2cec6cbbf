package import Contracts

/// What a snapshot holds; with the examples it makes the snapshot's address, so it names no clock and no machine.
package struct SnapshotManifest: Codable, Hashable, Sendable {
    package var format = 3
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
    /// When the first and the last of them were written down here, which may be later; nil before format 3.
    package var writtenFrom: EventTime?
    package var writtenTo: EventTime?
    /// Which rows were read; nil before format 3.
    package var query: SnapshotQuery?
    /// Versions of the features that were joined to the examples, by name; nil before format 3.
    package var features: [String: Int]?
    /// The label sets of teams that have changed theirs, by tenant, which the examples' categories keep to; nil for none.
    package var labels: [String: LabelSet]?
    package var split: String
    package var baseVersion: String
    package var baseSHA256: String
    package var championVersion: String
    /// Secrets that were taken out of the texts, by kind; nil in a snapshot of format 1.
    package var redactions: [String: Int]?
    /// Tasks that stand in another one's example, because their words are the same.
    package var merged: Int?
    /// Whose labels weigh less, so that nobody has more than a share.
    package var influence: InfluenceRecord?
    /// Tasks whose lines were taken out since, because they were erased; nil for none.
    package var erased: [SnapshotTombstone]?
    /// The hash of the examples before the last of them was taken out; nil for none.
    package var examplesSHA256Before: String?

    /// - Parameters:
    ///   - base: version and SHA-256 of the model that the training starts from.
    package init(
        items: [FeedbackItem], dataset: Dataset, examplesSHA256: String,
        base: (version: String, sha256: String), championVersion: String
    ) {
        self.examplesSHA256 = examplesSHA256
        feedback = items.count
        let examples = dataset.examples
        redactions = dataset.redactions
        merged = examples.reduce(0) { $0 + ($1.copies?.count ?? 0) }
        influence = dataset.influence
        self.examples = examples.count
        heldOut = examples.count(where: \.isHeldOut)
        trained = examples.count - heldOut
        provenance = Dictionary(examples.flatMap(\.labels).map { ($0.provenance.rawValue, 1) }, uniquingKeysWith: +)
        from = items.lazy.map(\.time).min()
        to = items.lazy.map(\.time).max()
        writtenFrom = items.lazy.compactMap(\.writtenAt).min()
        writtenTo = items.lazy.compactMap(\.writtenAt).max()
        query = SnapshotQuery(items)
        features = [:]
        labels = dataset.labels.sets.isEmpty ? nil : dataset.labels.sets
        split = "held out: hash of the normalised text is a multiple of \(DatasetAssembly.heldOutShare)"
        baseVersion = base.version
        baseSHA256 = base.sha256
        self.championVersion = championVersion
    }

    /// Notes what was taken out, and the hash of what is left. The counts stay those of what was trained on.
    /// - Parameter lines: how many lines each task lost.
    package mutating func forget(_ lines: [Identifier: Int], at time: EventTime, examplesSHA256: String) {
        let new = lines.sorted { $0.key < $1.key }.map { SnapshotTombstone(taskID: $0.key, lines: $0.value, at: time) }
        let known = erased ?? []
        // One that was cut off before the examples were written is cleaned again.
        erased = known + new.filter { tombstone in !known.contains { $0.taskID == tombstone.taskID } }
        guard self.examplesSHA256 != examplesSHA256 else { return }
        examplesSHA256Before = self.examplesSHA256
        self.examplesSHA256 = examplesSHA256
    }

    /// Whether examples of this hash are the snapshot's, now or up to the last erasure.
    package func holds(examplesSHA256 hash: String) -> Bool {
        hash == examplesSHA256 || hash == examplesSHA256Before
    }

    enum CodingKeys: String, CodingKey {
        case format, feedback, examples, trained, provenance, from, to, split, redactions, merged, influence, query,
            features, labels, erased
        case examplesSHA256Before = "examples_sha256_before"
        case examplesSHA256 = "examples_sha256"
        case heldOut = "held_out"
        case writtenFrom = "written_from"
        case writtenTo = "written_to"
        case baseVersion = "base_version"
        case baseSHA256 = "base_sha256"
        case championVersion = "champion_version"
    }
}

/// A task that a snapshot had and that was erased.
package struct SnapshotTombstone: Codable, Hashable, Sendable {
    package var taskID: Identifier
    /// Lines that are gone, or that don't name it any more.
    package var lines: Int
    package var at: EventTime

    enum CodingKeys: String, CodingKey {
        case lines, at
        case taskID = "task_id"
    }
}

/// Which rows a snapshot was made of: asked again for them, the database gives the same, as feedback is never
/// changed; only what was erased since is missing.
package struct SnapshotQuery: Codable, Hashable, Sendable {
    /// The table.
    package var source = "training.feedback"
    /// What its rows were counted in: this training or one before it.
    package var condition = "counted_in IS NOT NULL"
    /// The least and the greatest event id.
    package var firstEvent: Identifier?
    package var lastEvent: Identifier?

    init(_ items: [FeedbackItem]) {
        firstEvent = items.lazy.map(\.eventID).min()
        lastEvent = items.lazy.map(\.eventID).max()
    }

    enum CodingKeys: String, CodingKey {
        case source, condition
        case firstEvent = "first_event"
        case lastEvent = "last_event"
    }
}

package import struct FoundationEssentials.Date

/// What a person should know of a model before trusting it, all of it from the artifact.
package struct ModelCard: Sendable, Encodable {
    /// From confidence to zones, for one kind of projects.
    package struct Zones: Sendable, Encodable {
        /// Confidence from which on a suggestion may be applied by itself; nil: never.
        package let automatic: Double?
        /// Confidence from which on a suggestion is shown.
        package let suggestion: Double
        /// What scores are multiplied by before they become probabilities.
        package let scale: Float
        /// What is added to each label's score.
        package let offsets: [Float]

        init(_ calibration: Calibration) {
            automatic = calibration.automatic <= 1 ? calibration.automatic : nil
            suggestion = calibration.suggestion
            scale = calibration.scale
            offsets = calibration.offsets
        }
    }

    /// What a head knows of vectors.
    package struct VectorCard: Sendable, Encodable {
        /// The embedding model that must have made them.
        package let model: String
        package let dimensions: Int
        /// Projects with weights of their own for vectors.
        package let projects: Int
        /// What the logarithms of the probabilities of words and of vectors are multiplied by before they are added.
        package let wordShare: Float
        package let vectorShare: Float
        package let knownProjects: Zones
        package let otherProjects: Zones

        init(_ head: EmbeddingHead) {
            model = head.model
            dimensions = head.dimensions
            projects = head.projects.count
            wordShare = head.blend.words
            vectorShare = head.blend.vectors
            knownProjects = Zones(head.blend.calibration)
            otherProjects = Zones(head.foreignBlend.calibration)
        }
    }

    /// One head.
    package struct HeadCard: Sendable, Encodable {
        package let name: String
        package let labels: [String]
        /// Share of each label in training.
        package let prior: [Float]
        /// Tasks behind its IDF.
        package let tasks: Int
        /// Projects with weights of their own.
        package let projects: Int
        /// Features that it knows.
        package let features: Int
        /// Rows of weights, and weights in them that aren't zero.
        package let rows: Int
        package let weights: Int
        /// False for heads that answer numbers or several labels: they have no zones.
        package let hasZones: Bool
        package let knownProjects: Zones
        package let otherProjects: Zones
        /// Nil where vectors of tasks have no part in the answers.
        package let vectors: VectorCard?
    }

    package let version: String
    package let parent: String?
    package let createdAt: Date
    /// Of the file, see `ArtifactCodec`.
    package let format: Int
    package let bytes: Int
    package let sha256: String
    package let heads: [HeadCard]
    package let metrics: [String: Double]
    package let lineage: [String: String]
    package let licence: String
    package let limits: String
    package let mustNotBeUsed: String

    init(_ model: TriageModel, format: Int, bytes: Int) {
        let header = model.header
        version = header.version
        parent = header.parent
        createdAt = header.createdAt
        self.format = format
        self.bytes = bytes
        sha256 = header.sha256
        heads = model.heads.map(HeadCard.init)
        metrics = header.metrics
        lineage = header.lineage.filter { $0.key != "licence" && $0.key != "limits" }
        licence = header.lineage["licence"] ?? "not recorded; that of the tasks that it was trained on, see lineage"
        limits =
            header.lineage["limits"]
            ?? "measured on the data named above only; of projects that it was not trained on it knows less"
        mustNotBeUsed =
            "to judge people, their productivity or the worth of their work, or to decide without a person where a "
            + "wrong answer does harm"
    }
}

extension ModelCard.HeadCard {
    init(_ head: Head) {
        name = head.kind.name
        labels = head.labels
        prior = head.prior
        tasks = head.terms.documents
        projects = head.projects.count
        var known = 0
        head.terms.idf.forEachKnown { _, _ in known += 1 }
        features = known
        rows = head.weights.index.count
        weights = head.weights.withView { view in
            (0...head.weights.index.count).reduce(0) { sum, slot in
                sum + head.labels.indices.count { view.weight(slot, $0) != 0 }
            }
        }
        hasZones = head.kind == .category || head.kind == .priority
        knownProjects = ModelCard.Zones(head.calibration)
        otherProjects = ModelCard.Zones(head.foreignCalibration)
        vectors = head.embedding.map(ModelCard.VectorCard.init)
    }
}

extension TriageModel {
    /// The card of this model.
    package var card: ModelCard {
        // Behind the first eight bytes, in every format; 0 for a model without bytes.
        ModelCard(self, format: memory.count > 8 ? Int(memory.bytes[8]) : 0, bytes: memory.count)
    }
}

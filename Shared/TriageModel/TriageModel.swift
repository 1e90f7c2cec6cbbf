import Synchronization

// The built-in model: text features, linear heads, calibration, similarity and the artifact format.
// It knows nothing of events, HTTP or databases; training and serving are the same code.
import class Foundation.Bundle

/// A trained model; immutable, cheap to copy and safe to share.
package struct TriageModel: Sendable {
    private final class Storage: Sendable {
        let header: ArtifactHeader
        let vocabulary: FeatureVocabulary
        let space: FeatureSpace
        let heads: [Head]
        let memory: ArtifactMemory
        /// Memory of finished predictions, for the next ones.
        let scratches = Mutex<[ScratchBox]>([])
        static let keptScratches = 8

        init(_ parts: ModelParts, header: ArtifactHeader, memory: ArtifactMemory) {
            self.header = header
            vocabulary = parts.vocabulary
            space = FeatureSpace(parts.vocabulary)
            heads = parts.heads
            self.memory = memory
        }
    }

    private let storage: Storage

    /// What the artifact says about itself.
    package var header: ArtifactHeader { storage.header }
    var vocabulary: FeatureVocabulary { storage.vocabulary }
    var space: FeatureSpace { storage.space }
    var heads: [Head] { storage.heads }
    var memory: ArtifactMemory { storage.memory }

    init(_ parts: ModelParts, header: ArtifactHeader, memory: ArtifactMemory) {
        storage = Storage(parts, header: header, memory: memory)
    }

    /// A model that was never written.
    init(unpacked parts: ModelParts, header: ArtifactHeader) {
        self.init(parts, header: header, memory: ArtifactMemory(count: 0) { _ in })
    }

    /// The model as an artifact.
    ///
    /// - Parameter pruning: rows whose weights are all at most this share of the head's largest are left out; of packed
    ///   heads nothing is.
    package func packed(pruning: Float) throws(ArtifactError) -> TriageModel {
        try ArtifactCodec.encode(ModelParts(vocabulary: vocabulary, heads: heads), header: header) { _ in pruning }
    }

    /// What is longer is refused.
    package static var maximumBytes: Int { ArtifactCodec.maximumBytes }

    /// Reads an artifact; anything but a whole and unharmed one of a known format is an error.
    package static func load(bytes: [UInt8]) throws(ArtifactError) -> TriageModel {
        guard bytes.count <= ArtifactCodec.maximumBytes else {
            throw ArtifactError(
                code: .tooLarge, reason: "\(bytes.count) bytes, at most \(ArtifactCodec.maximumBytes)")
        }
        return try ArtifactCodec.decode(ArtifactMemory(copying: bytes))
    }

    /// Reads an artifact file; nothing is decoded, the model works on the file's own bytes.
    package static func load(path: String, access: ArtifactAccess = .copied) throws(ArtifactError) -> TriageModel {
        try ArtifactCodec.decode(
            try ArtifactMemory(path: path, access: access, limit: ArtifactCodec.maximumBytes))
    }

    /// The model that comes with the package.
    package static func base() throws(ArtifactError) -> TriageModel {
        guard let url = Bundle.module.url(forResource: "base", withExtension: "triagemodel") else {
            throw ArtifactError(code: .unreadable, reason: "the package has no base model")
        }
        return try load(path: url.path)
    }

    /// The artifact's bytes, equal to those it was loaded from.
    package func serialized() -> [UInt8] { [UInt8](memory.bytes) }

    /// The same model with more metrics in its header, which gives it a new checksum.
    package func annotated(metrics: [String: Double]) throws(ArtifactError) -> TriageModel {
        try ArtifactCodec.replacingMetrics(of: self, adding: metrics)
    }

    func head(_ kind: HeadKind) -> Head? { heads.first { $0.kind == kind } }

    /// Predicts with memory of the caller's: the fast way for many tasks.
    ///
    /// - Parameters:
    ///   - embedding: the task's vector; one of another model than `embeddingModel`, or none, leaves words alone to answer,
    ///     and `Prediction.embedding` says so.
    ///   - explains: false leaves the reasons empty.
    package func predict(
        _ text: TaskText, embedding: TextEmbedding? = nil, scratch: inout FeatureScratch, explains: Bool = true
    ) -> Prediction {
        space.vectorise(text, &scratch)
        let project = FeatureHash.text(text.project)
        let knownWords = space.knownWords(scratch)
        let isForeign = knownWords < Self.foreignShare
        return Prediction(
            category: label(.category, text, project, embedding, explains, isForeign, &scratch),
            priority: label(.priority, text, project, nil, explains, isForeign, &scratch),
            effort: effort(project, isForeign, &scratch), labels: labels(project, &scratch),
            knownWords: knownWords, embedding: use(of: embedding))
    }

    /// Name of the embedding model whose vectors make categories better; nil where none do.
    package var embeddingModel: String? { head(.category)?.embedding?.model }

    private func use(of embedding: TextEmbedding?) -> EmbeddingUse {
        guard let vectors = head(.category)?.embedding else { return .none }
        guard let embedding else { return .missing }
        return vectors.accepts(embedding) ? .used : .foreign
    }

    /// A text of which the model knows fewer words than this share is foreign to it, in another language as a rule: its
    /// suggestions are questions, whatever their confidence, and its effort has no evidence.
    ///
    /// Of 9,981 English issues that the base never saw, 999 in a thousand have .5 or more; most of the sample tasks in
    /// German, French, Spanish, Portuguese, Turkish and Japanese have 0 to .34.
    package static let foreignShare = 0.4

    /// Predicts for each task, in order.
    ///
    /// - Parameter embeddings: the vector of each task, nil where there is none; empty for none at all.
    package func predict(_ texts: [TaskText], embeddings: [TextEmbedding?] = []) -> [Prediction] {
        let box = storage.scratches.withLock { $0.popLast() } ?? ScratchBox()
        defer { storage.scratches.withLock { if $0.count < Storage.keptScratches { $0.append(box) } } }
        var predictions: [Prediction] = []
        predictions.reserveCapacity(texts.count)
        for (place, text) in texts.enumerated() {
            let embedding = place < embeddings.count ? embeddings[place] : nil
            predictions.append(predict(text, embedding: embedding, scratch: &box.scratch))
        }
        return predictions
    }

    private func label(
        _ kind: HeadKind, _ text: TaskText, _ project: UInt64, _ embedding: TextEmbedding?, _ explains: Bool,
        _ isForeign: Bool, _ scratch: inout FeatureScratch
    ) -> LabelPrediction? {
        guard let head = head(kind) else { return nil }
        head.score(project: project, &scratch)
        var calibration = head.calibration(project: project)
        var probabilities = head.probabilities(calibration, scratch)
        if let embedding, let blended = head.blended(probabilities, embedding, project: project) {
            (probabilities, calibration) = blended
        }
        guard let best = head.pick(probabilities) else { return nil }
        return LabelPrediction(
            label: head.labels[best], confidence: probabilities[best],
            zone: isForeign ? .ask : calibration.zone(of: probabilities[best]),
            distribution: zip(head.labels, probabilities).map { LabelProbability(label: $0, probability: $1) },
            reasons: explains
                ? Explanation(head: head, label: best, project: project, vocabulary: vocabulary).reasons(text, scratch)
                : [],
            limits: isForeign
                ? nil : ZoneLimits(automatic: calibration.automatic, suggestion: calibration.suggestion))
    }

    private func labels(_ project: UInt64, _ scratch: inout FeatureScratch) -> [LabelProbability]? {
        guard let head = head(.labels) else { return nil }
        head.score(project: project, &scratch)
        return LabelsTrainer.answers(head, head.labels.indices.map { scratch.logits[$0] })
    }

    private func effort(_ project: UInt64, _ isForeign: Bool, _ scratch: inout FeatureScratch) -> EffortPrediction? {
        guard let head = head(.effort) else { return nil }
        head.score(project: project, &scratch)
        return EffortScale.prediction(
            head, project: project, scores: head.labels.indices.map { scratch.logits[$0] },
            words: isForeign ? 0 : scratch.titleTokenCount + scratch.bodyTokenCount)
    }
}

/// A scratch that can lie in a list; whoever took it from there has it alone.
// @unchecked: the list's lock hands a box to one prediction at a time, which gives it back when done.
final class ScratchBox: @unchecked Sendable {
    var scratch = FeatureScratch()
}

/// What an artifact holds besides its header.
struct ModelParts: Sendable {
    var vocabulary: FeatureVocabulary
    var heads: [Head]
}

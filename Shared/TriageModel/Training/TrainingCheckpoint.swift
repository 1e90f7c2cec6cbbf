import Crypto
import FoundationEssentials

/// The heads that a training has finished, kept in a folder so that the next run of the same training goes on behind them.
///
/// "The same" means the same tasks, base, seed, recipe and features: a key over all of them is in the file's name. What
/// can't be read is no checkpoint, and is trained again.
struct TrainingCheckpoint {
    private let folder: String
    private let key: String

    init?(_ options: TrainingOptions, _ tasks: [LabelledTask], base: TriageModel?) {
        guard let folder = options.checkpointFolder else { return nil }
        self.folder = folder
        var hash = SHA256()
        func add(_ text: String) {
            // The length keeps neighbours apart.
            hash.update(data: Array("\(text.utf8.count):".utf8))
            hash.update(data: Array(text.utf8))
        }
        add("\(FeatureSpace.version) \(ArtifactCodec.formatVersion) \(options.seed) \(base?.header.sha256 ?? "")")
        add(String(describing: options.recipe) + String(describing: options.layout))
        add("\(options.automaticPrecision) \(options.askPrecision) \(options.doubtsAnswers)")
        add(options.embeddingModel ?? "")
        for task in [tasks, options.calibration].joined() {
            for text in [task.text.project, task.text.title, task.text.body, "\(task.weight)"] { add(text) }
            add(
                [task.category, task.priority, task.effort.map { "\($0)" }].map { $0 ?? "\u{0}" }
                    .joined(separator: "\u{1}"))
            add(task.labels?.joined(separator: "\u{1}") ?? "\u{0}")
            guard let embedding = task.embedding else { continue }
            add("\(embedding.model)")
            embedding.values.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        add("\(tasks.count)")
        key = hash.finalize().prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The head, as an earlier run left it.
    func head(_ kind: HeadKind) -> Head? {
        do {
            return try TriageModel.load(path: path(kind)).head(kind)
        } catch {
            // Not there, or cut off by whatever ended that run.
            return nil
        }
    }

    /// Leaves a finished head for the next run.
    func save(_ head: Head, _ vocabulary: FeatureVocabulary, _ options: TrainingOptions) throws(TrainingError) {
        let header = ArtifactHeader(
            version: options.version, parent: nil, createdAt: options.createdAt,
            labelSets: [head.kind.name: head.labels], metrics: [:], lineage: [:], sha256: "")
        do {
            let model = try ArtifactCodec.encode(
                ModelParts(vocabulary: vocabulary, heads: [head]), header: header, recipe: options.recipe, kept: [])
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(model.serialized()).write(to: URL(filePath: path(head.kind)), options: .atomic)
        } catch {
            throw TrainingError(code: .checkpoint, reason: "\(folder) can't keep the \(head.kind.name) head: \(error)")
        }
    }

    private func path(_ kind: HeadKind) -> String { "\(folder)/\(kind.name)-\(key).triagemodel" }
}

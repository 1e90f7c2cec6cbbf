import Foundation
import TriageModel

/// The whole artifacts that are damaged: as small as a model can be, so that millions of inputs take minutes.
package enum FuzzOriginals {
    package static func make() throws -> [[UInt8]] {
        let categories = try model(tasks { ($0, nil, nil) })
        let all = try model(tasks { ($0, $0 == "bug" ? "high" : "low", $0 == "feature" ? 8 : 2) })
        // The plain ones oftener: they are faster, and the same code reads them.
        let vectors = try model(tasks { ($0, nil, nil) }, embeddingModel: vectorModel)
        let sparse = try model(tasks { ($0, nil, nil) }, BucketLayout(wordBits: 10, characterBits: 10, copyBits: 9))
        return [
            categories.serialized(), categories.serialized(), vectors.serialized(), vectors.serialized(),
            all.serialized(), sparse.serialized(), formatOne(),
        ]
    }

    /// The artifact with other settings; nil if they aren't there.
    package static func replacing(_ text: String, by other: String, in bytes: [UInt8]) -> [UInt8]? {
        guard var pieces = ArtifactSections(bytes) else { return nil }
        for place in pieces.sections.indices {
            guard let range = pieces.sections[place].bytes.firstRange(of: Array(text.utf8)) else { continue }
            pieces.sections[place].bytes.replaceSubrange(range, with: other.utf8)
            var changed: [UInt8] = []
            pieces.file(into: &changed)
            return changed
        }
        return nil
    }

    private static func model(
        _ tasks: [LabelledTask], _ layout: BucketLayout = BucketLayout(wordBits: 5, characterBits: 5, copyBits: 4),
        embeddingModel: String? = nil
    ) throws -> TriageModel {
        var options = TrainingOptions(version: "tiny", createdAt: Date(timeIntervalSince1970: 1_800_000_000))
        options.layout = layout
        options.embeddingModel = embeddingModel
        return try Trainer.train(tasks, base: nil, options: options)
    }

    /// Name of the model whose vectors the tasks have.
    static let vectorModel = "tiny-vectors"

    /// A vector that tells the category, more or less.
    static func vector(_ category: String, _ index: Int) -> TextEmbedding? {
        let places = ["bug": 0, "feature": 1, "question": 2]
        var vector = [Float](repeating: Float(index % 5) / 10, count: 4)
        vector[places[category] ?? 3] += 1
        return TextEmbedding(vector, model: vectorModel)
    }

    private static func tasks(_ answers: (String) -> (String, String?, Double?)) -> [LabelledTask] {
        let titles = [
            "bug": "login page crashes on start", "feature": "add an export of reports", "question": "how do I log in?",
        ]
        return (0..<24).flatMap { index in
            titles.sorted { $0.key < $1.key }.map { name, title in
                let (category, priority, effort) = answers(name)
                return LabelledTask(
                    id: "\(name)\(index)", text: TaskText(project: "web", title: title, body: "build \(index)"),
                    category: category, priority: priority, effort: effort, embedding: vector(name, index))
            }
        }
    }

    /// A head of three labels in the format before this one, written by hand.
    private static func formatOne() -> [UInt8] {
        let header =
            #"{"created_at":"2026-11-23T00:00:00Z","label_sets":{"category":["bug","feature","question"]},"#
            + #""lineage":{},"metrics":{},"sha256":"","version":"old"}"#
        var bytes = Array("TRIAGEML".utf8)
        ArtifactSections.append(1, bytes: 4, to: &bytes)
        ArtifactSections.append(UInt64(header.utf8.count), bytes: 4, to: &bytes)
        bytes += header.utf8
        // Bucket counts, one head: category, characters and copies, three labels.
        bytes += [5, 5, 4, 1, 0, 3, 3, 0, 0, 0]
        func floats(_ values: [Float]) {
            for value in values { ArtifactSections.append(UInt64(value.bitPattern), bytes: 4, to: &bytes) }
        }
        for _ in 0..<2 { floats([1.5, 0, 0.1, -0.1, 0.9, 0.5]) }
        floats([0.4, 0.3, 0.3])
        ArtifactSections.append(1, bytes: 4, to: &bytes)
        ArtifactSections.append(0x1234_5678_9abc_def0, bytes: 8, to: &bytes)
        ArtifactSections.append(24, bytes: 4, to: &bytes)
        // 64 buckets: 4 unknown, 20 known, 30 unknown, 10 known.
        bytes += [4, 20] + (1...20) + [30, 10] + (21...30)
        floats([0.7])
        ArtifactSections.append(12, bytes: 4, to: &bytes)
        for row in 0..<12 { bytes += [5, UInt8(row * 20), UInt8(255 - row * 9), 100] }
        bytes += repeatElement(0, count: ArtifactSections.digestBytes)
        ArtifactSections.seal(&bytes)
        return bytes
    }
}

import Contracts
import Embeddings
import FoundationEssentials
import Logging
import Observability
import RetrainingTriggerCore
import TriageModel

/// The vectors of a snapshot's texts, in a file beside the candidate: asked for once, so that a training that is repeated
/// on this machine gives the same bytes.
///
/// Where the server fails, nothing stops: the training goes on by words alone, and its log says so.
struct SnapshotVectors: Sendable {
    let client: EmbeddingsClient
    /// For all texts of a snapshot.
    let timeout: Duration
    let logger: Logger

    /// Texts in one call.
    private static let step = 256

    /// Name of the embedding model.
    var model: String { client.model }

    /// The file with the vectors of the snapshot in `folder`, made if it isn't there; nil without vectors.
    func file(of folder: String, at path: String, _ story: Story) async throws -> String? {
        if FileManager.default.fileExists(atPath: path) { return path }
        let examples = try await offPool { try SnapshotFolder.read(folder) }
        let end = ContinuousClock.now + timeout
        var lines: [UInt8] = []
        for start in stride(from: 0, to: examples.count, by: Self.step) {
            let part = examples[start..<min(start + Self.step, examples.count)]
            guard ContinuousClock.now < end else {
                return without("not all vectors within \(timeout.components.seconds) s", story)
            }
            do {
                let vectors = try await client.embed(part.map { TaskEmbeddings.text($0.text) })
                for (example, vector) in zip(part, vectors) {
                    guard let embedding = TextEmbedding(vector, model: client.model) else { continue }
                    lines += try ContractJSON.encode(VectorLine(example.taskID, embedding))
                    lines.append(UInt8(ascii: "\n"))
                }
            } catch let error as EmbeddingsError {
                try Task.checkCancellation()
                return without("\(error)", story)
            }
        }
        let bytes = lines
        try await offPool { try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic) }
        return path
    }

    private func without(_ reason: String, _ story: Story) -> String? {
        logger.event(
            .warning, "no vectors for the training, words alone train", story: story, more: ["reason": "\(reason)"])
        return nil
    }
}

/// A task's vector as a line of JSON.
struct VectorLine: Codable, Sendable {
    let taskID: Identifier
    let modelNumber: Int64
    /// In base64, a byte a number.
    let vector: Data

    enum CodingKeys: String, CodingKey {
        case vector
        case taskID = "task_id"
        case modelNumber = "model_number"
    }

    init(_ taskID: Identifier, _ embedding: TextEmbedding) {
        self.taskID = taskID
        modelNumber = embedding.modelNumber
        vector = Data(embedding.stored)
    }

    /// The vectors in a file, by task. Blocks.
    static func read(_ path: String) throws -> [Identifier: TextEmbedding] {
        var found: [Identifier: TextEmbedding] = [:]
        for line in try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: UInt8(ascii: "\n")) {
            let line = try ContractJSON.decode(VectorLine.self, from: line)
            found[line.taskID] = TextEmbedding(stored: [UInt8](line.vector), modelNumber: line.modelNumber)
        }
        return found
    }
}

/// Makes vectors of texts, such as a service behind `/v1/embeddings`; optional everywhere.
package protocol TextEmbedder: Sendable {
    /// Name and version of the model: vectors of different models never meet.
    var model: String { get }

    /// One vector for each text, in order; all of the same length.
    ///
    /// Promises to end within a time of its own, by throwing if need be.
    func embed(_ texts: [String]) async throws -> [[Float]]
}

/// The vectors of tasks, when an embedder can be had; without one, or when it fails, words alone decide.
package struct TaskEmbeddings: Sendable {
    private let embedder: (any TextEmbedder)?
    private let onFailure: @Sendable (any Error) -> Void
    /// Bytes of a task that are sent.
    package static let maximumBytes = 4_096

    /// - Parameter onFailure: told each failure, once; the tasks go on without vectors.
    package init(_ embedder: (any TextEmbedder)?, onFailure: @escaping @Sendable (any Error) -> Void) {
        self.embedder = embedder
        self.onFailure = onFailure
    }

    /// One for each task, in order: nil where there is no usable vector.
    package func embeddings(of tasks: [TaskText]) async -> [TextEmbedding?] {
        guard let embedder, !tasks.isEmpty else { return tasks.map { _ in nil } }
        do {
            let vectors = try await embedder.embed(tasks.map(Self.text))
            guard vectors.count == tasks.count else {
                throw EmbeddingError(reason: "\(vectors.count) vectors for \(tasks.count) texts")
            }
            guard let first = vectors.first, vectors.allSatisfy({ $0.count == first.count }) else {
                throw EmbeddingError(reason: "vectors of different lengths")
            }
            return vectors.map { TextEmbedding($0, model: embedder.model) }
        } catch {
            onFailure(error)
            return tasks.map { _ in nil }
        }
    }

    /// What is sent of a task.
    package static func text(_ task: TaskText) -> String {
        String(decoding: (task.title + ". " + task.body).utf8.prefix(maximumBytes), as: UTF8.self)
    }
}

/// An embedder answered something that is no vector for each text.
package struct EmbeddingError: Error, Sendable, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }
}

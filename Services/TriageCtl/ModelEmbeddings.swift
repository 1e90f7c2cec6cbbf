import ArgumentParser
import Embeddings
import Foundation
import Logging
import TriageModel

/// Where the vectors of tasks come from, for the commands that train or judge with them.
struct ModelEmbeddings: ParsableArguments {
    @Option(help: "An OpenAI-compatible server or its /v1/embeddings: texts are sent there.")
    var embeddings: String?
    @Option(help: "Name of the embedding model, as the server knows it.")
    var embeddingsModel: String?
    @Option(help: "File with the server's key.")
    var embeddingsKeyFile: String?
    @Option(help: "Texts in one request.")
    var embeddingsBatch = 64
    @Option(help: "Seconds that one request may take.")
    var embeddingsTimeout = 60

    func validate() throws {
        guard (embeddings == nil) == (embeddingsModel == nil) else {
            throw ValidationError("--embeddings and --embeddings-model go together")
        }
        guard embeddings != nil || embeddingsKeyFile == nil else {
            throw ValidationError("--embeddings-key-file needs --embeddings")
        }
        guard (1...3_600).contains(embeddingsTimeout) else {
            throw ValidationError("--embeddings-timeout takes 1 to 3600 seconds")
        }
        if embeddings != nil, let fault = try configuration(apiKey: nil)?.faults.first { throw ValidationError(fault) }
    }

    /// The vector of each text, in order; nil for each without --embeddings.
    ///
    /// Here, unlike in a service, a failure ends the command: figures of half the vectors would mislead.
    func vectors(of texts: [TaskText]) async throws -> [TextEmbedding?] {
        guard let client = try client() else { return texts.map { _ in nil } }
        var vectors: [TextEmbedding?] = []
        var start = 0
        let step = embeddingsBatch * 4
        while start < texts.count {
            let part = texts[start..<min(start + step, texts.count)]
            let found = try await embed(part.map(TaskEmbeddings.text), client)
            for vector in found {
                guard let embedding = TextEmbedding(vector, model: client.model) else {
                    throw Self.failed("a vector of zeros or of more than 8,192 numbers", .failed)
                }
                vectors.append(embedding)
            }
            start += step
            ModelCommand.printError("embeddings: \(vectors.count) of \(texts.count)")
        }
        return vectors
    }

    private func embed(_ texts: [String], _ client: EmbeddingsClient) async throws -> [[Float]] {
        do {
            return try await client.embed(texts)
        } catch let error as EmbeddingsError {
            throw Self.failed("\(error)", error.isRetriable ? .unavailable : .failed)
        }
    }

    private static func failed(_ reason: String, _ status: CommandFailure.Status) -> ExitCode {
        Console.error("error: embeddings: \(reason)")
        return ExitCode(status.rawValue)
    }

    /// The tasks with their vectors.
    func embedded(_ tasks: [LabelledTask]) async throws -> [LabelledTask] {
        guard embeddings != nil else { return tasks }
        return zip(tasks, try await vectors(of: tasks.map(\.text))).map { task, vector in
            var task = task
            task.embedding = vector
            return task
        }
    }

    private func client() throws -> EmbeddingsClient? {
        guard let configuration = try configuration(apiKey: try key()) else { return nil }
        do throws(EmbeddingsError) {
            return try EmbeddingsClient(
                configuration, logger: Logger(label: "triagectl") { _ in SwiftLogNoOpLogHandler() })
        } catch {
            throw CommandFailure(.unavailable, error.reason)
        }
    }

    private func configuration(apiKey: String?) throws -> EmbeddingsConfiguration? {
        guard let embeddings, let embeddingsModel else { return nil }
        var configuration = EmbeddingsConfiguration(url: embeddings, model: embeddingsModel, apiKey: apiKey)
        configuration.batchSize = embeddingsBatch
        configuration.requestTimeout = .seconds(embeddingsTimeout)
        // Four batches, two at a time, with repetitions.
        configuration.deadline = .seconds(min(3_600, embeddingsTimeout * 6))
        return configuration
    }

    private func key() throws -> String? {
        guard let path = embeddingsKeyFile else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.badData, "\(path): no such file, or it can't be read")
        }
        let key = String(decoding: data.prefix(8_192), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !key.isEmpty else { throw CommandFailure(.badData, "\(path): empty") }
        return key
    }
}

import ArgumentParser
import Foundation
import TriageModel

/// Measures how well duplicates are found in a file of grouped tasks.
///
/// Keys of a row: `id`, `project`, `title`, `body`, `group` (rows of one group are duplicates of each other), `split`
/// (`query` asks; without any such row each task asks). The pool of each query is every other row.
enum ModelEvaluateSimilar {
    /// A row of the file; other keys are ignored.
    struct Row: Decodable {
        let project: String?
        let title: String
        let body: String?
        let group: String
        let split: String?
    }

    /// Measures and prints, for people or as JSON.
    static func run(path: String, json: Bool, embeddings: ModelEmbeddings) async throws {
        let rows = try rows(path)
        let evaluation = try evaluate(
            rows, path: path, vectors: try await embeddings.vectors(of: rows.map(\.text)))
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            print(String(decoding: try encoder.encode(evaluation), as: UTF8.self))
        } else {
            print(text(evaluation))
        }
    }

    static func evaluate(path: String) throws -> SimilarityEvaluation { try evaluate(try rows(path), path: path) }

    private static func evaluate(
        _ rows: [Row], path: String, vectors: [TextEmbedding?] = []
    ) throws -> SimilarityEvaluation {
        let hasQueries = rows.contains { $0.split == "query" }
        let tasks = rows.enumerated().map { place, row in
            GroupedTask(
                text: row.text, group: row.group, isQuery: !hasQueries || row.split == "query",
                embedding: place < vectors.count ? vectors[place] : nil)
        }
        guard let evaluation = SimilarityEvaluator.evaluate(tasks) else {
            throw CommandFailure(.badData, "\(path): no query has another row of its group")
        }
        return evaluation
    }

    static func rows(_ path: String) throws -> [Row] {
        let decoder = JSONDecoder()
        return try ModelData.bytes(path).split(separator: UInt8(ascii: "\n")).enumerated().map { index, line in
            do {
                return try decoder.decode(Row.self, from: line)
            } catch let error as DecodingError {
                throw CommandFailure(
                    .badData, "\(path): line \(index + 1) is no grouped task: \(ModelData.text(error))")
            }
        }
    }

    static func text(_ found: SimilarityEvaluation) -> String {
        func number(_ value: Double) -> String { ModelEvaluate.number(value) }
        var lines = [
            "similar: \(found.queries) queries among \(found.tasks) tasks, "
                + "\(ModelEvaluate.number(found.queryMicroseconds, 0)) µs a query (median), "
                + "\(ModelEvaluate.number(found.queryMicroseconds99, 0)) µs (p99), "
                + "\(ModelEvaluate.number(found.addMicroseconds, 0)) µs to add a task, \(found.bytesPerTask) bytes each",
            "recall@1 \(number(found.recallAt1)), @5 \(number(found.recallAt5)), @10 \(number(found.recallAt10)), "
                + "@20 \(number(found.recallAt20)), MRR@100 \(number(found.reciprocalRankAt100))",
            "most similar task of every task, by score:",
        ]
        for threshold in found.thresholds {
            lines.append(
                "  from \(ModelEvaluate.number(threshold.score, 1)): \(threshold.tasks) tasks, "
                    + "of the same group \(number(threshold.precision))")
        }
        return lines.joined(separator: "\n")
    }
}

extension ModelEvaluateSimilar.Row {
    var text: TaskText { TaskText(project: project ?? "", title: title, body: body ?? "") }
}

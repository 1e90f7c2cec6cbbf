// Measures the built-in model; Tests/Benchmarks/model, packing, similarity and fuzz-artifact run it. No part of the product.
import ArgumentParser
import Foundation
import TriageModel

@main struct ModelBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures the built-in model.",
        subcommands: [FuzzRun.self, SpeedRun.self, MemoryRun.self, PackingRun.self, SimilarRun.self])
}

/// One row of a data set of categories.
struct BenchRow: Decodable {
    let id: String
    let project: String
    let title: String
    let body: String?
    let label: String
    let split: String

    var task: LabelledTask {
        LabelledTask(id: id, text: TaskText(project: project, title: title, body: body ?? ""), category: label)
    }

    /// The rows of a file of JSON lines, not zipped.
    static func read(_ path: String) throws -> [BenchRow] {
        let decoder = JSONDecoder()
        return try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: UInt8(ascii: "\n"))
            .map { try decoder.decode(BenchRow.self, from: $0) }
    }
}

/// Prints an object as one line of JSON.
func printJSON(_ values: [String: Double]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    print(String(decoding: try encoder.encode(values), as: UTF8.self))
}

/// The base model, or that of a file.
func loadModel(_ path: String?) throws -> TriageModel {
    guard let path else { return try TriageModel.base() }
    return try TriageModel.load(path: path)
}

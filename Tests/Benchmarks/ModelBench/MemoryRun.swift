import ArgumentParser
import Foundation
import TriageModel

/// What a loaded model adds to a process's resident memory.
struct MemoryRun: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "memory", abstract: "Measures the model's memory.")

    @Option(help: "JSON lines; the test rows are predicted.")
    var rows: String
    @Option(help: "Artifact file; without it the base model.")
    var model: String?

    func run() throws {
        let texts = try BenchRow.read(rows).filter { $0.split == "test" }.map(\.task.text)
        let before = Self.residentMiB()
        let model = try loadModel(model)
        let loaded = Self.residentMiB()
        // One by one, as a service does: what it keeps is the model and one scratch.
        var words = 0
        for text in texts { words += model.predict([text])[0].category?.reasons.count ?? 0 }
        let after = Self.residentMiB()
        try printJSON([
            "before_mib": before, "loaded_mib": loaded - before, "serving_mib": after - before,
            "texts": Double(texts.count),
            "reasons": Double(words),
        ])
    }

    /// VmRSS of this process.
    private static func residentMiB() -> Double {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
        else { return .nan }  // Not Linux: the caller sees that nothing was measured.
        return Double(line.split(whereSeparator: { !$0.isNumber }).first ?? "").map { $0 / 1024 } ?? .nan
    }
}

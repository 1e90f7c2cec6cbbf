import ArgumentParser
import Foundation
import TriageModel

/// Labelled tasks from JSON lines, plain or gzipped (`gzip -dc` unpacks).
///
/// Keys of a row: `id`, `project`, `title`, `body`; `category` (or `label`, in rows without priority); `priority`
/// (high, medium, low, or Jira's five); `points` or `effort`; `weight`; `split` (train, val, test).
struct ModelData {
    struct Row: Decodable {
        let id: String
        let project: String
        let title: String
        let body: String?
        let category: String?
        let label: String?
        let priority: String?
        let points: Double?
        let effort: Double?
        let weight: Double?
        let split: String?

        var task: LabelledTask {
            LabelledTask(
                id: id, text: TaskText(project: project, title: title, body: body ?? ""),
                // In rows with a priority the label is Jira's kind of issue; see `trainingTask`.
                category: category ?? (priority == nil ? label : nil), priority: priority.flatMap(Self.level),
                effort: effort ?? points, weight: weight ?? 1)
        }

        /// The same with Jira's bugs as bugs and its improvements as features, at half the weight: good enough to learn
        /// plain prose from, but with no questions among them no measure of categories.
        var trainingTasks: [LabelledTask] {
            let kinds = ["bug": "bug", "improvement": "feature"]
            guard priority != nil, category == nil, let kind = label.flatMap({ kinds[$0] }) else { return [task] }
            let half = LabelledTask(id: id, text: task.text, category: kind, weight: task.weight / 2)
            return [task, half]
        }

        /// The three levels of ours.
        static func level(_ priority: String) -> String? {
            switch priority.lowercased() {
            case "high", "blocker", "critical": "high"
            case "medium", "major": "medium"
            case "low", "minor", "trivial": "low"
            default: nil
            }
        }
    }

    /// The files of the shared data folder from which the base model is made.
    static let baseFiles = ["category_nlbse24", "priority_apache", "effort_deepse"]

    /// The rows of a file, or of the base files of a folder, each file for itself.
    static func files(_ path: String) throws -> [(name: String, rows: [Row])] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ValidationError("\(path): no such file or folder")
        }
        guard isFolder.boolValue else { return [(path, try rows(path))] }
        let found = baseFiles.compactMap { name in
            [".jsonl.gz", ".jsonl"].map { (name, "\(path)/\(name)\($0)") }.first {
                FileManager.default.fileExists(atPath: $0.1)
            }
        }
        guard !found.isEmpty else { throw ValidationError("\(path): none of \(baseFiles) in it") }
        return try found.map { ($0.0, try rows($0.1)) }
    }

    static func rows(_ path: String) throws -> [Row] {
        let data = try bytes(path)
        let decoder = JSONDecoder()
        var rows: [Row] = []
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                rows.append(try decoder.decode(Row.self, from: line))
            } catch {
                throw ValidationError("\(path): line \(index + 1) is no labelled task: \(error)")
            }
        }
        return rows
    }

    /// The lines of a file, unpacked.
    static func bytes(_ path: String) throws -> Data {
        try path.hasSuffix(".gz") ? unpacked(path) : Data(contentsOf: URL(fileURLWithPath: path))
    }

    private static func unpacked(_ path: String) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ValidationError("\(path): gzip can't unpack it") }
        return data
    }
}

import ArgumentParser
import Foundation
import TriageModel

/// Labelled tasks from JSON lines, plain or gzipped (`gzip -dc` unpacks).
///
/// Keys of a row: `id`, `project`, `title`, `body`; `category` (or `label`, in rows without priority); `priority`
/// (high, medium, low, Jira's five, or a number: 1 is the highest); `points` or `effort`; `labels` (a list); `weight`;
/// `split` (train, val, test); `fold` (a number).
struct ModelData {
    /// A priority as a word or a number.
    struct Priority: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                // Not a number: then it is a word, or the error is about that.
                text = String(number)
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    struct Row: Decodable {
        let id: String
        let project: String
        let title: String
        let body: String?
        let category: String?
        let label: String?
        let priority: Priority?
        let points: Double?
        let effort: Double?
        let weight: Double?
        let split: String?
        let fold: Int?
        let labels: [String]?

        var task: LabelledTask {
            LabelledTask(
                id: id, text: TaskText(project: project, title: title, body: body ?? ""),
                // In rows with a priority the label is Jira's kind of issue; see `trainingTask`.
                category: category ?? (priority == nil ? label : nil),
                priority: priority.flatMap { Self.level($0.text) },
                effort: effort ?? points, labels: labels, weight: weight ?? 1)
        }

        /// Why the row can't be used though it is well formed; nil if it can.
        var problem: String? {
            if let points = effort ?? points, !(points.isFinite && points > 0) { return "points must be above 0" }
            if let weight, !(weight.isFinite && weight >= 0) { return "weight must be 0 or more" }
            if let priority, Self.level(priority.text) == nil { return "unknown priority \(priority.text)" }
            if let split, !["train", "val", "test", "query", "pool"].contains(split) {
                return "unknown split \(split)"
            }
            return nil
        }

        /// The same with Jira's bugs as bugs and its improvements as features, at half the weight: good enough to learn
        /// plain prose from, but with no questions among them no measure of categories.
        var trainingTasks: [LabelledTask] {
            let kinds = ["bug": "bug", "improvement": "feature"]
            guard priority != nil, category == nil, let kind = label.flatMap({ kinds[$0] }) else { return [task] }
            let half = LabelledTask(id: id, text: task.text, category: kind, weight: task.weight / 2)
            return [task, half]
        }

        /// The three levels of ours; a number stays what it is.
        static func level(_ priority: String) -> String? {
            switch priority.lowercased() {
            case "high", "blocker", "critical": "high"
            case "medium", "major": "medium"
            case "low", "minor", "trivial": "low"
            default: Int(priority) == nil ? nil : priority
            }
        }
    }

    /// The files of the shared data folder from which the base model is made.
    static let baseFiles = ["category_nlbse24", "priority_apache", "effort_deepse"]

    /// The rows of a file, or of the base files of a folder, each file for itself.
    static func files(_ path: String) throws -> [(name: String, rows: [Row])] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandFailure(.badData, "\(path): no such file or folder")
        }
        guard isFolder.boolValue else { return [(path, try rows(path))] }
        let found = baseFiles.compactMap { name in
            [".jsonl.gz", ".jsonl"].map { (name, "\(path)/\(name)\($0)") }.first {
                FileManager.default.fileExists(atPath: $0.1)
            }
        }
        guard !found.isEmpty else { throw CommandFailure(.badData, "\(path): none of \(baseFiles) in it") }
        return try found.map { ($0.0, try rows($0.1)) }
    }

    /// Whether a path is a folder, of which the base files are read.
    static func isBaseFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    static func rows(_ path: String) throws -> [Row] {
        let data = try bytes(path)
        let decoder = JSONDecoder()
        var rows: [Row] = []
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty && line != Data([0x0D]) {
            do {
                let row = try decoder.decode(Row.self, from: line)
                if let reason = row.problem { throw CommandFailure(.badData, "\(path): line \(index + 1): \(reason)") }
                rows.append(row)
            } catch let error as DecodingError {
                throw CommandFailure(.badData, "\(path): line \(index + 1) is no labelled task: \(Self.text(error))")
            }
        }
        guard !rows.isEmpty else { throw CommandFailure(.badData, "\(path): no rows") }
        return rows
    }

    /// The lines of a file, unpacked.
    static func bytes(_ path: String) throws -> Data {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard FileManager.default.isReadableFile(atPath: path), !isFolder.boolValue else {
            throw CommandFailure(.badData, "\(path): no such file, or it can't be read")
        }
        return try path.hasSuffix(".gz") ? unpacked(path) : Data(contentsOf: URL(fileURLWithPath: path))
    }

    /// What is wrong with a row, in a few words.
    static func text(_ error: DecodingError) -> String {
        func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
        switch error {
        case .keyNotFound(let key, _): return "\(key.stringValue) is missing"
        case .typeMismatch(_, let context):
            return context.codingPath.isEmpty ? "not a JSON object" : "\(name(context.codingPath)) is of another type"
        case .valueNotFound(_, let context): return "\(name(context.codingPath)) is null"
        default: return "not a JSON object"
        }
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
        guard process.terminationStatus == 0 else { throw CommandFailure(.badData, "\(path): gzip can't unpack it") }
        return data
    }
}

import Contracts
import Crypto
import FoundationEssentials
import RetrainingTriggerCore

/// Takes erased tasks out of the snapshots in the work folder. A snapshot keeps its name, which trainings and models know
/// it by; its manifest says what was taken out and what its content's hash is now.
struct ErasedSnapshots: Sendable {
    let path: String

    /// Removes the tasks' lines from every snapshot and every run. Blocks. May be repeated, also after it was cut off.
    /// - Returns: how many lines of snapshots each lost.
    func remove(_ tasks: Set<Identifier>, at time: EventTime) throws -> [Identifier: Int] {
        var lost: [Identifier: Int] = [:]
        for name in try Self.names(in: path) where name.utf8.count == 64 {
            lost.merge(try remove(tasks, from: "\(path)/\(name)", at: time), uniquingKeysWith: +)
        }
        for run in try Self.names(in: path + "/runs") {
            try removeVectors(of: tasks, in: "\(path)/runs/\(run)/vectors.jsonl")
        }
        return lost
    }

    private func remove(
        _ tasks: Set<Identifier>, from folder: String, at time: EventTime
    ) throws -> [Identifier: Int] {
        let examples = folder + "/" + SnapshotFolder.examplesName
        guard FileManager.default.fileExists(atPath: examples) else { return [:] }
        var lost: [Identifier: Int] = [:]
        var kept: [UInt8] = []
        var hasChanged = false
        for line in try Data(contentsOf: URL(fileURLWithPath: examples)).split(separator: UInt8(ascii: "\n")) {
            let names = try ContractJSON.decode(Names.self, from: line)
            if tasks.contains(names.taskID) {
                lost[names.taskID, default: 0] += 1
                hasChanged = true
                continue
            }
            let copies = (names.copies ?? []).filter(tasks.contains)
            if copies.isEmpty {
                kept += line
            } else {
                var example = try ContractJSON.decode(DatasetExample.self, from: line)
                example.copies?.removeAll(where: tasks.contains)
                if example.copies?.isEmpty == true { example.copies = nil }
                kept += try ContractJSON.encode(example, isSorted: true)
                for copy in copies { lost[copy, default: 0] += 1 }
                hasChanged = true
            }
            kept.append(UInt8(ascii: "\n"))
        }
        guard hasChanged else { return [:] }
        let path = folder + "/" + SnapshotFolder.manifestName
        var manifest = try ContractJSON.decode(
            SnapshotManifest.self, from: try Data(contentsOf: URL(fileURLWithPath: path)))
        manifest.forget(lost, at: time, examplesSHA256: SnapshotFolder.hex(SHA256.hash(data: kept)))
        // The manifest first: it knows both contents, so that a snapshot that was cut off here is read, and cleaned again.
        try Data(try ContractJSON.encode(manifest, isSorted: true)).write(
            to: URL(fileURLWithPath: path), options: .atomic)
        try Data(kept).write(to: URL(fileURLWithPath: examples), options: .atomic)
        return lost
    }

    private func removeVectors(of tasks: Set<Identifier>, in file: String) throws {
        guard FileManager.default.fileExists(atPath: file) else { return }
        var kept: [UInt8] = []
        var hasChanged = false
        for line in try Data(contentsOf: URL(fileURLWithPath: file)).split(separator: UInt8(ascii: "\n")) {
            guard !tasks.contains(try ContractJSON.decode(Names.self, from: line).taskID) else {
                hasChanged = true
                continue
            }
            kept += line
            kept.append(UInt8(ascii: "\n"))
        }
        if hasChanged { try Data(kept).write(to: URL(fileURLWithPath: file), options: .atomic) }
    }

    /// What a line says of whose it is.
    private struct Names: Decodable {
        let taskID: Identifier
        let copies: [Identifier]?

        enum CodingKeys: String, CodingKey {
            case copies
            case taskID = "task_id"
        }
    }

    /// No folder is one without content.
    private static func names(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder)
    }
}

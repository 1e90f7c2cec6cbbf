import Contracts
import Crypto
import FoundationEssentials
import RetrainingTriggerCore

/// An immutable data set in a folder that is named after its content: `examples.jsonl` and `manifest.json`.
struct SnapshotFolder: Sendable {
    let path: String
    /// Of the examples and the manifest, one after the other; the folder's name.
    let sha256: String
    let manifest: SnapshotManifest

    static let examplesName = "examples.jsonl"
    static let manifestName = "manifest.json"

    var examplesPath: String { path + "/" + Self.examplesName }

    /// Writes the snapshot of these items; one that is there already is left alone. Blocks.
    static func write(
        _ items: [FeedbackItem], base: (version: String, sha256: String), championVersion: String,
        cap: InfluenceCap, labels: TeamLabels, in workFolder: String
    ) throws -> SnapshotFolder {
        let dataset = DatasetAssembly.dataset(items, cap: cap, labels: labels)
        var lines: [UInt8] = []
        for example in dataset.examples {
            lines += try ContractJSON.encode(example, isSorted: true)
            lines.append(UInt8(ascii: "\n"))
        }
        let manifest = SnapshotManifest(
            items: items, dataset: dataset, examplesSHA256: hex(SHA256.hash(data: lines)), base: base,
            championVersion: championVersion)
        let manifestBytes = try ContractJSON.encode(manifest, isSorted: true)
        let sha256 = hex(SHA256.hash(data: lines + manifestBytes))
        let folder = SnapshotFolder(path: workFolder + "/" + sha256, sha256: sha256, manifest: manifest)
        guard !FileManager.default.fileExists(atPath: folder.path) else { return folder }
        // Under another name first: a folder that has its name is whole.
        let draft = workFolder + "/" + WorkFolder.draftPrefix + UUID().uuidString
        do {
            try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: true)
            try Data(lines).write(to: URL(fileURLWithPath: draft + "/" + examplesName))
            try Data(manifestBytes).write(to: URL(fileURLWithPath: draft + "/" + manifestName))
        } catch {
            // On a full disk the draft would keep it so. The first error is the one to tell; the sweep comes again.
            try? FileManager.default.removeItem(atPath: draft)
            throw error
        }
        do {
            try FileManager.default.moveItem(atPath: draft, toPath: folder.path)
        } catch {
            // Another replica on this machine was faster: the content is the same.
            guard FileManager.default.fileExists(atPath: folder.path) else { throw error }
            try FileManager.default.removeItem(atPath: draft)
        }
        return folder
    }

    /// The examples of a snapshot, checked against the manifest beside them. Blocks.
    static func read(_ path: String) throws -> [DatasetExample] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/" + examplesName))
        let manifest = try ContractJSON.decode(
            SnapshotManifest.self, from: try Data(contentsOf: URL(fileURLWithPath: path + "/" + manifestName)))
        guard manifest.holds(examplesSHA256: hex(SHA256.hash(data: bytes))) else {
            throw SnapshotFault(reason: "\(path)/\(examplesName) was changed")
        }
        return try bytes.split(separator: UInt8(ascii: "\n")).map {
            try ContractJSON.decode(DatasetExample.self, from: $0)
        }
    }

    /// The label sets that the examples keep to. Blocks.
    static func labels(_ path: String) throws -> TeamLabels {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/" + manifestName))
        return TeamLabels(try ContractJSON.decode(SnapshotManifest.self, from: bytes).labels ?? [:])
    }

    static func hex(_ digest: SHA256.Digest) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// A snapshot that can't be used.
struct SnapshotFault: Error, CustomStringConvertible {
    let reason: String

    var description: String { reason }
}

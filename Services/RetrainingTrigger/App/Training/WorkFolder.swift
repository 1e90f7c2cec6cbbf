import Foundation

/// The folder in which trainings leave snapshots and runs. Bounded: whatever is removed can be made again from the
/// database.
struct WorkFolder: Sendable {
    static let keptSnapshots = 5
    /// A run that nobody has touched for so long has no owner any more.
    static let abandonedAfterSeconds: TimeInterval = 24 * 3_600

    /// Nobody writes a snapshot for so long: whoever began it was killed.
    static let draftAbandonedAfterSeconds: TimeInterval = 600
    /// Of a snapshot's folder until it is whole.
    static let draftPrefix = ".draft-"

    let path: String

    /// Removes what those who were killed have left of their snapshots. Blocks.
    func removeDrafts(now: Date) throws {
        for name in try Self.names(in: path) where name.hasPrefix(Self.draftPrefix) {
            let draft = "\(path)/\(name)"
            guard try isAbandoned(draft, now, after: Self.draftAbandonedAfterSeconds) else { continue }
            try FileManager.default.removeItem(atPath: draft)
        }
    }

    /// Removes a run that is over, and what others left behind. Blocks.
    func tidy(run: String, now: Date) throws {
        let files = FileManager.default
        let runs = path + "/runs"
        for name in try Self.names(in: runs) where try name == run || isAbandoned("\(runs)/\(name)", now) {
            try files.removeItem(atPath: "\(runs)/\(name)")
        }
        try removeDrafts(now: now)
        let snapshots = try Self.names(in: path).filter { $0.utf8.count == 64 }.map {
            (name: $0, changed: try changed("\(path)/\($0)"))
        }
        for old in snapshots.sorted(by: { $0.changed > $1.changed }).dropFirst(Self.keptSnapshots) {
            try files.removeItem(atPath: "\(path)/\(old.name)")
            try Self.remove("\(path)/\(old.name)\(SnapshotLoad.noteSuffix)")
        }
    }

    /// Removes a file, if it is there. Blocks.
    static func remove(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.removeItem(atPath: path)
    }

    /// No folder is one without content.
    private static func names(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder)
    }

    private func isAbandoned(
        _ path: String, _ now: Date, after seconds: TimeInterval = WorkFolder.abandonedAfterSeconds
    ) throws -> Bool {
        try now.timeIntervalSince(changed(path)) > seconds
    }

    private func changed(_ path: String) throws -> Date {
        try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date ?? .distantPast
    }
}

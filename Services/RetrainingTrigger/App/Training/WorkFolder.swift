import Foundation

/// The folder in which trainings leave snapshots and runs. Bounded: whatever is removed can be made again from the
/// database.
struct WorkFolder: Sendable {
    static let keptSnapshots = 5
    /// A run that nobody has touched for so long has no owner any more.
    static let abandonedAfterSeconds: TimeInterval = 24 * 3_600

    let path: String

    /// Removes a run that is over, and what others left behind. Blocks.
    func tidy(run: String, now: Date) throws {
        let files = FileManager.default
        let runs = path + "/runs"
        for name in try Self.names(in: runs) where try name == run || isAbandoned("\(runs)/\(name)", now) {
            try files.removeItem(atPath: "\(runs)/\(name)")
        }
        let names = try Self.names(in: path)
        for name in names where try name.hasPrefix(".draft-") && isAbandoned("\(path)/\(name)", now) {
            try files.removeItem(atPath: "\(path)/\(name)")
        }
        let snapshots = try names.filter { $0.utf8.count == 64 }.map {
            (name: $0, changed: try changed("\(path)/\($0)"))
        }
        for old in snapshots.sorted(by: { $0.changed > $1.changed }).dropFirst(Self.keptSnapshots) {
            try files.removeItem(atPath: "\(path)/\(old.name)")
        }
    }

    /// No folder is one without content.
    private static func names(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder)
    }

    private func isAbandoned(_ path: String, _ now: Date) throws -> Bool {
        try now.timeIntervalSince(changed(path)) > Self.abandonedAfterSeconds
    }

    private func changed(_ path: String) throws -> Date {
        try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date ?? .distantPast
    }
}

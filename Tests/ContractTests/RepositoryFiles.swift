import Foundation

/// Files that are kept in the repository and compared with what the code makes of itself.
///
/// `TRIAGELOOP_WRITE_EXPECTED=1 swift test --filter ContractTests` writes them anew; look at the difference before it
/// is committed.
enum RepositoryFile {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func golden(_ type: String) -> URL { root.appending(path: "Tests/ContractTests/Golden/\(type).json") }
    static func schema(_ type: String) -> URL { root.appending(path: "docs/schemas/\(type).json") }
    static let events = root.appending(path: "docs/events.md")

    /// The committed text; written first when that is asked for.
    static func expected(_ file: URL, orWrite text: @autoclosure () throws -> String) throws -> String {
        if ProcessInfo.processInfo.environment["TRIAGELOOP_WRITE_EXPECTED"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text().utf8).write(to: file)
        }
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}

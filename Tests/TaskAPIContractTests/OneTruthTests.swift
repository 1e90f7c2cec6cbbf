import Foundation
import Testing

/// Nothing of a request is read past its declaration, and nothing is served past the route table.
struct OneTruthTests {
    private static let app = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Services/TaskAPI/App")

    /// What only the files of `HTTP/Routing` may do.
    private static let reserved = [
        "queryParameters", "uri.query", ".parameters.get", "request.headers", "router.get(", "router.post(",
        "router.put(", "router.patch(", "router.delete(", "router.on(", "RouterGroup",
    ]

    @Test func `only the routing reads requests and registers routes`() throws {
        var files = 0
        let paths = try #require(FileManager.default.enumerator(atPath: Self.app.path)).compactMap { $0 as? String }
        for path in paths where path.hasSuffix(".swift") && !path.hasPrefix("HTTP/Routing/") {
            files += 1
            let text = try String(contentsOf: Self.app.appending(path: path), encoding: .utf8)
            for word in Self.reserved { #expect(!text.contains(word), "\(path) has \(word)") }
        }
        #expect(files > 20)
    }
}

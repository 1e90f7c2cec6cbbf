import Contracts
import Foundation
import Testing

/// Events as earlier versions wrote them. Two versions run side by side while replicas are replaced, and a queue may hold
/// events from before: what is in `Released` stays as it is for as long as anybody may still send it.
struct ReleasedTests {
    private static let folder = RepositoryFile.root.appending(path: "Tests/ContractTests/Released")

    /// Paths below `Released`, such as `0.1.0/task.created.v1.json`.
    private static func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().flatMap { version in
            try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: version).path).sorted()
                .filter { $0.hasSuffix(".json") }.map { "\(version)/\($0)" }
        }
    }

    @Test func `every event that an earlier version wrote is read as it was meant`() throws {
        let files = try Self.files()
        #expect(!files.isEmpty)
        for file in files {
            let bytes = Array(try Data(contentsOf: Self.folder.appending(path: file)))
            let type = file.split(separator: "/")[1].dropLast(".json".count)
            let sample = try #require(AnySample.all.first { $0.type.rawValue == type }, "nobody reads \(file) any more")
            let verdict = sample.verdict(bytes)
            #expect(verdict.isAcceptedByCoder && verdict.isAcceptedByCodable && verdict.isSameValue, "\(file)")
        }
    }
}

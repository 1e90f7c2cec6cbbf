import Contracts
import RetrainingTriggerCore
import Testing
import TriageModel

@Suite struct SnapshotTombstoneTests {
    private static func manifest() -> SnapshotManifest {
        SnapshotManifest(
            items: [], dataset: DatasetAssembly.dataset([], cap: InfluenceCap()), examplesSHA256: "one",
            base: (version: "base-1", sha256: "b"), championVersion: "base-1")
    }

    @Test func `a snapshot that has lost a task knows its content of now and of before`() {
        var manifest = Self.manifest()
        let (first, second) = (Identifier(), Identifier())
        manifest.forget([first: 1], at: .now, examplesSHA256: "two")
        #expect(["one", "two", "three"].map { manifest.holds(examplesSHA256: $0) } == [true, true, false])
        manifest.forget([second: 2], at: .now, examplesSHA256: "three")
        #expect(["one", "two", "three"].map { manifest.holds(examplesSHA256: $0) } == [false, true, true])
        #expect(manifest.erased?.map(\.taskID) == [first, second])
        #expect(manifest.erased?.map(\.lines) == [1, 2])
    }

    @Test func `an erasure that was cut off before the examples were written is done again, and noted once`() {
        var manifest = Self.manifest()
        let task = Identifier()
        for _ in 0..<2 { manifest.forget([task: 1], at: .now, examplesSHA256: "two") }
        #expect(manifest.erased?.count == 1)
        // The file may still be the first one.
        #expect(manifest.holds(examplesSHA256: "one") && manifest.holds(examplesSHA256: "two"))
    }

    @Test func `a manifest of before can be read, and names nothing that it hasn't`() throws {
        let text = String(decoding: try ContractJSON.encode(Self.manifest(), isSorted: true), as: UTF8.self)
        #expect(!text.contains("erased") && !text.contains("examples_sha256_before"))
        #expect(try ContractJSON.decode(SnapshotManifest.self, from: Array(text.utf8)) == Self.manifest())
    }
}

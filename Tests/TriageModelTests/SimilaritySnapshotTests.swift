import Foundation
import Testing
import TriageModel

@Suite struct SimilaritySnapshotTests {
    private func code(_ bytes: [UInt8]) -> SnapshotError.Code? {
        do throws(SnapshotError) {
            _ = try SimilarityIndex.load(bytes: bytes, capacity: 100)
            return nil
        } catch {
            return error.code
        }
    }

    /// Bytes whose checksum is right whatever they hold.
    private func sealed(_ content: ArraySlice<UInt8>) -> [UInt8] {
        let sum = Array(content).withUnsafeBytes(Checksum.sum)
        return content + (0..<8).map { UInt8(truncatingIfNeeded: sum >> UInt64(8 * $0)) }
    }

    @Test func `an index read back answers the same, and goes on as before`() throws {
        var (index, ids, texts) = SimilaritySamples.filled(60)
        for id in ids.prefix(7) { index.remove(id) }
        index.sourcePosition = 1_234_567_890_123
        index.add(
            id: ids[20], scope: "a", title: "new", text: texts[20],
            embedding: TextEmbedding([0.5, -0.25, 1], model: "m"))
        var loaded = try SimilarityIndex.load(bytes: index.serialized(), capacity: 60)
        #expect(loaded.count == index.count)
        #expect(loaded.termCount == index.termCount)
        #expect(loaded.sourcePosition == 1_234_567_890_123)
        #expect(loaded.serialized() == index.serialized())
        for text in texts {
            let asked = TextEmbedding([0.4, -0.25, 1], model: "m")
            let before = index.query(text, scope: "a", excluding: nil, limit: 5, embedding: asked)
            #expect(!before.isEmpty)
            #expect(loaded.query(text, scope: "a", excluding: nil, limit: 5, embedding: asked) == before)
        }
        index.remove(ids[30])
        loaded.remove(ids[30])
        index.add(id: ids[3], scope: "a", title: texts[3].title, text: texts[3])
        loaded.add(id: ids[3], scope: "a", title: texts[3].title, text: texts[3])
        #expect(loaded.termCount == index.termCount)
        let asked = texts[31]
        #expect(
            loaded.query(asked, scope: "a", excluding: nil, limit: 9).map(\.id)
                == index.query(asked, scope: "a", excluding: nil, limit: 9).map(\.id))
    }

    @Test func `one changed byte anywhere is found`() {
        let bytes = SimilaritySamples.filled(5).0.serialized()
        #expect(code(bytes) == nil)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0x10
            let expected: SnapshotError.Code =
                place < 8 ? .notASnapshot : place < 16 ? .unsupportedFormat : .checksumMismatch
            #expect(code(changed) == expected, "byte \(place)")
        }
    }

    @Test func `cut-off, foreign and newer files are refused`() {
        let bytes = SimilaritySamples.filled(5).0.serialized()
        for length in 0..<24 { #expect(code(Array(bytes.prefix(length))) == .tooSmall) }
        for length in stride(from: 24, to: bytes.count, by: 37) {
            #expect(code(Array(bytes.prefix(length))) == .checksumMismatch)
        }
        #expect(code(Array("TRIAGEML".utf8) + bytes.dropFirst(8)) == .notASnapshot)
        for place in [8, 12] {
            var newer = bytes.dropLast(8)
            newer[place] = 2
            #expect(code(sealed(newer)) == .unsupportedFormat)
        }
    }

    @Test func `nonsense with a right checksum is refused or harmless, never a crash`() throws {
        let content = SimilaritySamples.filled(6).0.serialized().dropLast(8)
        var samples = SimilaritySamples(seed: 99)
        var refused = 0
        for _ in 0..<20_000 {
            var changed = content
            for _ in 0...samples.random(3) {
                changed[16 + samples.random(content.count - 16)] = UInt8(samples.random(256))
            }
            if samples.random(4) == 0 { changed = changed.dropLast(samples.random(200)) }
            do throws(SnapshotError) {
                var index = try SimilarityIndex.load(bytes: sealed(changed), capacity: 5)
                let text = samples.task()
                #expect(index.query(text, scope: "a", excluding: nil, limit: 3, minimumScore: 0).count <= 3)
                for _ in 0..<7 { index.add(id: UUID(), scope: "a", title: text.title, text: text) }
                #expect(index.count <= 5)
            } catch {
                #expect(error.code == .malformed)
                refused += 1
            }
        }
        #expect(refused > 2_000 && refused < 20_000)
    }

    @Test func `a smaller capacity keeps the newest`() throws {
        let (index, ids, texts) = SimilaritySamples.filled(30)
        var loaded = try SimilarityIndex.load(bytes: index.serialized(), capacity: 10)
        #expect(loaded.count == 10)
        let found = loaded.query(texts[25], scope: "a", excluding: nil, limit: 30, minimumScore: 0)
        #expect(found.contains { $0.id == ids[25] })
        #expect(Set(found.map(\.id)).isSubset(of: ids.suffix(10)))
    }

    @Test func `a file takes the place of the old one, and errors are typed`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("similar").path
        let (first, _, _) = SimilaritySamples.filled(3)
        let (second, _, _) = SimilaritySamples.filled(8)
        try first.write(to: path)
        try second.write(to: path)
        #expect(try SimilarityIndex.load(path: path, capacity: 10).count == 8)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["similar"])
        let missing = folder.appendingPathComponent("none/similar").path
        let unwritable = #expect(throws: SnapshotError.self) { try first.write(to: missing) }
        #expect(unwritable?.code == .unwritable)
        let unreadable = #expect(throws: SnapshotError.self) { try SimilarityIndex.load(path: missing, capacity: 1) }
        #expect(unreadable?.code == .unreadable)
        try FileManager.default.removeItem(at: folder)
    }
}

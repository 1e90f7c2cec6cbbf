import Crypto
import Testing
import TriageModel

@Suite struct ArtifactTests {
    private func code(_ bytes: [UInt8]) -> ArtifactError.Code? {
        do throws(ArtifactError) {
            _ = try TriageModel.load(bytes: bytes)
            return nil
        } catch {
            return error.code
        }
    }

    /// Bytes whose checksum is right whatever they hold.
    private func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let body = Array(bytes.dropLast(32))
        return body + SHA256.hash(data: body)
    }

    @Test func `an artifact read back is the same model`() throws {
        let model = try Samples.model()
        let loaded = try TriageModel.load(bytes: model.serialized())
        #expect(loaded.header == model.header)
        #expect(loaded.serialized() == model.serialized())
        let texts = Samples.tasks(6, from: 50).map(\.text)
        #expect(loaded.predict(texts) == model.predict(texts))
    }

    @Test func `added metrics change the header and nothing else`() throws {
        let model = try Samples.model()
        let annotated = try model.annotated(metrics: ["category_macro_f1": 0.5])
        #expect(annotated.header.metrics["category_macro_f1"] == 0.5)
        #expect(annotated.header.sha256 != model.header.sha256)
        let texts = Samples.tasks(6, from: 50).map(\.text)
        #expect(annotated.predict(texts) == model.predict(texts))
    }

    @Test func `cut-off artifacts are refused`() throws {
        let bytes = try Samples.model().serialized()
        for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 300)) {
            #expect(code(Array(bytes.prefix(count))) != nil, "cut after \(count)")
        }
    }

    @Test func `a changed byte is noticed wherever it is`() throws {
        let bytes = try Samples.model().serialized()
        for position in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 300)) {
            var changed = bytes
            changed[position] ^= 0x41
            #expect(code(changed) != nil, "byte \(position)")
        }
    }

    @Test func `foreign, newer and oversized files have codes of their own`() throws {
        var newer = try Samples.model().serialized()
        newer[8] = 2
        #expect(code([]) == .tooSmall)
        #expect(code(Array("GIF89a".utf8) + [UInt8](repeating: 0, count: 100)) == .notAnArtifact)
        #expect(code(newer) == .unsupportedFormat)
        #expect(code([UInt8](repeating: 0, count: (64 << 20) + 1)) == .tooLarge)
        #expect(throws: ArtifactError.self) { try TriageModel.load(path: "/nowhere/at/all") }
    }

    @Test func `harmful content under a right checksum never crashes`() throws {
        let bytes = try Samples.model(Samples.tasks(4)).serialized()
        var state: UInt64 = 7
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var refused = 0
        let text = TaskText(project: "web", title: "login crashes", body: "why?")
        for round in 0..<200 {
            var changed = bytes
            // Most of the structure stands in the first kilobytes.
            let range = round % 2 == 0 ? min(2_000, bytes.count - 32) : bytes.count - 32
            for _ in 0..<(1 + next(3)) { changed[8 + next(range - 8)] = UInt8(next(256)) }
            if round % 5 == 0 { changed.removeSubrange((bytes.count / 2)..<(bytes.count / 2 + 1 + next(50))) }
            do throws(ArtifactError) {
                _ = try TriageModel.load(bytes: sealed(changed)).predict([text])
            } catch {
                refused += 1
            }
        }
        #expect(refused > 50)
    }

    @Test func `the base model is there, small, and without any text of its data`() throws {
        let model = try TriageModel.base()
        let bytes = model.serialized()
        #expect(bytes.count < 4_000_000)
        #expect(model.header.labelSets["category"] == ["bug", "feature", "question"])
        #expect(model.header.labelSets["priority"] == ["high", "medium", "low"])
        #expect(model.header.labelSets["effort"]?.count == 8)
        // After the header come numbers: no run of letters that could be a phrase.
        let payload = bytes.dropFirst(4_096)
        var run = 0
        var longest = 0
        for byte in payload {
            run = (byte >= 0x61 && byte <= 0x7a) || byte == 0x20 ? run + 1 : 0
            longest = max(longest, run)
        }
        #expect(longest < 20)
    }
}

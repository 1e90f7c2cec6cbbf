import ModelFuzz
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
        let bytes = try Samples.model().serialized()
        var newer = bytes
        newer[8] = 3
        #expect(code([]) == .tooSmall)
        #expect(code(Array("GIF89a".utf8) + [UInt8](repeating: 0, count: 100)) == .notAnArtifact)
        #expect(code(newer) == .unsupportedFormat)
        #expect(code([UInt8](repeating: 0, count: (64 << 20) + 1)) == .tooLarge)
        #expect(code(Array(bytes.dropLast())) == .truncated)
        #expect(code(bytes + [0]) == .malformed)
        #expect(throws: ArtifactError.self) { try TriageModel.load(path: "/nowhere/at/all") }
    }

    @Test(arguments: [
        (1, "format 1, this program reads 2: train the model again with this program"),
        (3, "format 3, this program reads 2: update the program"),
    ])
    func `the error of an older and a newer file says what to do`(format: UInt8, reason: String) throws {
        var other = try Samples.model().serialized()
        other[8] = format
        let error = #expect(throws: ArtifactError.self) { try TriageModel.load(bytes: other) }
        #expect(error?.code == .unsupportedFormat && error?.reason.contains(reason) == true)
    }

    @Test(arguments: [
        (#""requires":[]"#, #""requires":["x"]"#), (#""features":2,"heads""#, #""features":9,"heads""#),
        (#""kind":"category""#, #""kind":"tomorrow""#),
    ])
    func `what this program can't do as trained is refused as a newer format`(known: String, newer: String) throws {
        let bytes = try Samples.model().serialized()
        let text = FuzzOriginals.replacing(known, by: newer, in: bytes)
        #expect(text.map { code($0) } == .unsupportedFormat, "\(known)")
    }

    @Test func `settings that this program doesn't know are passed over`() throws {
        let model = try Samples.model()
        let changed = try #require(
            FuzzOriginals.replacing(#""options":{}"#, by: #""options":{"colour":"blue"}"#, in: model.serialized()))
        let texts = Samples.tasks(6, from: 50).map(\.text)
        #expect(try TriageModel.load(bytes: changed).predict(texts) == model.predict(texts))
    }

    @Test func `the card says what the model answers, from what, and what it is not for`() throws {
        let model = try Samples.model()
        let card = model.card
        #expect(card.format == 2)
        #expect(card.bytes == model.serialized().count)
        #expect(card.sha256 == model.header.sha256)
        #expect(card.heads.map(\.name) == ["category", "priority", "effort"])
        #expect(card.heads.allSatisfy { $0.weights >= $0.rows && $0.features >= 100 && $0.tasks == 72 })
        #expect(card.mustNotBeUsed.contains("judge people"))
    }

    @Test func `the base model is there, small, and without any text of its data`() throws {
        let model = try TriageModel.base()
        let bytes = model.serialized()
        #expect(bytes.count < 4_000_000)
        #expect(model.header.labelSets["category"] == ["bug", "feature", "question"])
        #expect(model.header.labelSets["priority"] == ["high", "medium", "low"])
        #expect(model.header.labelSets["effort"]?.count == 24)
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

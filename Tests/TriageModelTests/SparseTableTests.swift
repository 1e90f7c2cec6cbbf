import Testing
import TriageModel

/// The forms of an index, seen from outside: a layout with few buckets has a bit for each, one with many a byte for each
/// that is used.
@Suite struct SparseTableTests {
    private func model(_ layout: BucketLayout) throws -> TriageModel {
        var options = Samples.options()
        options.layout = layout
        return try Trainer.train(Samples.tasks(12), base: nil, options: options)
    }

    @Test(arguments: [6, 8, 10, 12, 14, 16, 18])
    func `tables of every density are read back as they were written`(bits: Int) throws {
        let model = try model(BucketLayout(wordBits: bits, characterBits: bits, copyBits: bits))
        let again = try TriageModel.load(bytes: model.serialized())
        #expect(again.card.heads.map(\.rows) == model.card.heads.map(\.rows))
        let texts = Samples.tasks(6, from: 50).map(\.text)
        #expect(again.predict(texts) == model.predict(texts))
        // Written a second time from what was read, not from what was trained.
        #expect(try again.packed(pruning: 0).serialized() == model.serialized())
    }

    @Test(arguments: [6, 10, 14, 18])
    func `bytes answer as the floats that they were made from`(bits: Int) throws {
        var options = Samples.options()
        options.layout = BucketLayout(wordBits: bits, characterBits: bits, copyBits: bits)
        options.leavesFloats = true
        let floats = try Trainer.train(Samples.tasks(12), base: nil, options: options)
        let bytes = try floats.packed(pruning: 0)
        let texts = Samples.tasks(6, from: 50).map(\.text)
        for (packed, exact) in zip(bytes.predict(texts), floats.predict(texts)) {
            let packed = try #require(packed.category)
            let exact = try #require(exact.category)
            #expect(packed.label == exact.label)
            #expect(abs(packed.confidence - exact.confidence) < 0.01)
        }
    }

    @Test func `many more buckets make a file hardly larger`() throws {
        let small = try model(BucketLayout(wordBits: 14, characterBits: 14, copyBits: 14)).serialized().count
        let large = try model(BucketLayout(wordBits: 18, characterBits: 18, copyBits: 20)).serialized().count
        #expect(large < small + 120_000)
    }
}

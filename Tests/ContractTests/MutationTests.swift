import Contracts
import Testing

/// Damaged text: never a crash, and the hand-written reader takes nothing that Codable refuses.
struct MutationTests {
    @Test(arguments: AnySample.all)
    func `both readers agree on every golden event with one to three damaged bytes`(sample: AnySample) throws {
        let golden = try sample.encode()
        var accepted = 0
        let rounds = AnySample.hot.contains { $0.type == sample.type } ? 4_000 : 400
        for seed in 0..<UInt64(rounds) {
            var generator = SeededGenerator(seed: seed)
            let bytes = damaged(golden, &generator)
            let verdict = sample.verdict(bytes)
            if verdict.isAcceptedByCodable { accepted += 1 }
            try #require(verdict.isAgreed, "seed \(seed): \(verdict) \(String(decoding: bytes, as: UTF8.self))")
        }
        // Both outcomes must come up, or the damage is too mild or too heavy to say anything.
        #expect(accepted > rounds / 50 && accepted < rounds * 9 / 10)
    }

    @Test(arguments: AnySample.hot)
    func `both readers refuse a golden event cut anywhere`(sample: AnySample) throws {
        let golden = try sample.encode()
        for count in 0..<golden.count {
            let verdict = sample.verdict(Array(golden[..<count]))
            try #require(verdict == Verdict.refused, "\(count) bytes")
        }
    }

    @Test(arguments: [
        "", " ", "{", "}", "[]", "null", "\"\"", "1", "{}{}", "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\":}", "{a:1}",
        "{'a':1}",
        "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":1e}", "{\"a\":-}", "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":0x1}", "{\"a\":tru}", "{\"a\":True}", "{\"a\":nul}", "{\"a\":[1,]}", "{\"a\":[1 2]}", "{\"a\":[,1]}",
        "{\"a\":\"\t\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud800\\u0041\"}",
        "{\"a\":\"\\udc00\"}", "{\"a\":\"}", "{\"a\":1}//", "/**/{}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"\\q\":1}",
    ])
    func `what is not JSON is refused wherever it hides`(text: String) {
        let member = #"{"title":"a","hidden":\#(text)}"#
        for text in [text, member] {
            let bytes = Array(text.utf8)
            let slow = try? ContractJSON.decode(TaskDraft.self, from: bytes)  // a refusal is one of the two answers
            let fast = bytes.withUnsafeBufferPointer { TaskDraft(fastFrom: $0) }
            #expect(fast == nil || fast == slow)
        }
    }

    @Test(
        arguments: [
            [0x7B, 0x22, 0x61, 0x22, 0x3A, 0x22, 0xFF, 0x22, 0x7D], [0x22, 0xC0, 0x80, 0x22],
            [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0x80, 0x22],
            [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D],
        ] as [[UInt8]])
    func `text that is not UTF-8 is refused wherever it hides`(hidden: [UInt8]) {
        let bytes = Array(#"{"title":"a","hidden":"#.utf8) + hidden + Array("}".utf8)
        #expect(bytes.withUnsafeBufferPointer { TaskDraft(fastFrom: $0) } == nil)
        #expect(throws: (any Error).self) { try ContractJSON.decode(JSONValue.self, from: bytes) }
    }

    @Test(arguments: [10, 63, 64, 65, 500, 512, 513, 5_000, 200_000])
    func `deep nesting is read or refused, never a crash`(depth: Int) throws {
        let golden = String(decoding: try Sample.created.encoded().dropFirst(), as: UTF8.self)
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            let value =
                String(repeating: open, count: depth) + (open == "[" ? "" : "1")
                + String(repeating: close, count: depth)
            let text = #"{"deep":\#(value),"# + golden
            let verdict = Verdict(TaskCreated.self, Array(text.utf8))
            #expect(verdict.isAgreed)
            if depth <= 500 { #expect(verdict.isAcceptedByCoder) }
            if depth >= 5_000 { #expect(!verdict.isAcceptedByCoder) }
            // Cut in the middle, it never closes.
            #expect(Verdict(TaskCreated.self, Array(text.utf8.prefix(depth * open.utf8.count))) == Verdict.refused)
        }
    }

    private static let spices: [UInt8] =
        Array("\"\\{}[]:,0123456789-+.eEtrfnul \t\n".utf8) + [0, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xFF]

    private func damaged(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes.remove(at: position)
            case 2: bytes.insert(generator.pick(Self.spices), at: position)
            case 3: bytes[position] = generator.pick(Self.spices)
            case 4:
                let other = Int.random(in: 0..<bytes.count, using: &generator)
                bytes.swapAt(position, other)
            default:
                // A stretch of the text once more, somewhere else: this is how members come twice.
                let end = min(bytes.count, position + Int.random(in: 1...60, using: &generator))
                bytes.insert(contentsOf: bytes[position..<end], at: generator.chance(2) ? position : end)
            }
        }
        return bytes
    }
}

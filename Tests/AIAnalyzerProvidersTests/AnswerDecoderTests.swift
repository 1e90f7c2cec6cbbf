import AIAnalyzerProviders
import Contracts
import Testing

/// SplitMix64: equal seeds give equal tests.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct AnswerDecoderTests {
    private let decoder = AnswerDecoder(choices: choices)

    @Test func `whatever is done to an answer, what gets through is on the lists and in range`() {
        var generator = Seeded(state: 4)
        let pieces = [
            "\"", "{", "}", "[", "]", ",", ":", "null", "1e308", "-1", "true", "\\u0000", "owned", "bug", "\u{0}",
        ]
        var through = 0
        for _ in 0..<20_000 {
            var bytes = Array(goodAnswer.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                case 2:
                    bytes.insert(contentsOf: Array(pieces.randomElement(using: &generator)?.utf8 ?? "".utf8), at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + 12))
                }
                if bytes.isEmpty { bytes = [0x7B] }
            }
            guard let answer = try? decoder.decode(String(decoding: bytes, as: UTF8.self)) else { continue }  // refused
            through += 1
            #expect(choices.categories.contains(answer.category?.value ?? ""))
            #expect(choices.priorities.contains(answer.priority?.value ?? ""))
            #expect(choices.effort?.contains(answer.effort?.points ?? -1) == true)
            #expect(answer.labels.allSatisfy { choices.labels.contains($0.value) })
            #expect(answer.reason.unicodeScalars.count <= AnswerDecoder.reasonCharacters)
            let confidences = [answer.category?.confidence, answer.priority?.confidence, answer.effort?.confidence]
            #expect(
                (confidences.compactMap(\.self) + answer.labels.map(\.confidence)).allSatisfy { (0...1).contains($0) })
        }
        // Neither all refused nor all let through: the damage reached what is checked.
        #expect((100...15_000).contains(through), "\(through)")
    }

    @Test func `a label named twice counts once, and no label is an answer too`() throws {
        let twice = goodAnswer.replacing(
            "[{\"value\":\"login\",\"confidence\":0.7}]",
            with: "[{\"value\":\"ui\",\"confidence\":0.7},{\"value\":\"ui\",\"confidence\":0.1}]")
        #expect(try decoder.decode(twice).labels == [ChosenLabel(value: "ui", confidence: 0.7)])
        let none = goodAnswer.replacing("[{\"value\":\"login\",\"confidence\":0.7}]", with: "[]")
        #expect(try decoder.decode(none).labels == [])
    }

    @Test func `a long or many-lined explanation becomes one bounded line`() throws {
        let long = goodAnswer.replacing(
            "The login crashes.", with: "a\\n\\u0007b " + String(repeating: "x", count: 5_000))
        let reason = try decoder.decode(long).reason
        #expect(reason.hasPrefix("a b xxx"))
        #expect(reason.unicodeScalars.count == 500)
    }

    @Test func `a fault says where it is, not what stood there`() {
        #expect(throws: AnswerDecoder.Fault.self) {
            try decoder.decode(goodAnswer.replacing("\"high\"", with: "\"owned\""))
        }
        do throws(AnswerDecoder.Fault) {
            _ = try decoder.decode(goodAnswer.replacing("\"high\"", with: "\"owned\""))
        } catch {
            #expect(error.reason == "priority is not on the list")
        }
    }

    @Test func `the schema asks for exactly what the decoder takes`() throws {
        let schema = AnswerSchema.schema(for: choices)
        #expect(schema["required"] == ["category", "effort", "labels", "priority", "reason"])
        #expect(schema["additionalProperties"] == false)
        #expect(schema["properties"]?["category"]?["properties"]?["value"]?["enum"] == ["bug", "feature", "question"])
        let small = AnswerSchema.schema(for: ProviderChoices(priorities: ["low"]))
        #expect(small["required"] == ["priority", "reason"])
    }
}

import Contracts
import Testing

struct IdentifierTests {
    @Test func `it has version 7, the RFC's variant and lower case`() {
        for _ in 0..<1_000 {
            let text = Identifier().description
            let parts = text.split(separator: "-").map(\.count)
            #expect(parts == [8, 4, 4, 4, 12])
            #expect(text == text.lowercased())
            let characters = Array(text)
            #expect(characters[14] == "7")
            #expect("89ab".contains(characters[19]))
        }
    }

    @Test func `it begins with the milliseconds of its making`() {
        var generator = SeededGenerator(seed: 7)
        // RFC 9562, appendix A.6: 2022-02-22T19:22:22.000Z is 017F22E279B0.
        let identifier = Identifier(at: EventTime(microseconds: 1_645_557_742_000_000), using: &generator)
        #expect(identifier.description.hasPrefix("017f22e2-79b0-7000-"))
    }

    @Test func `later ones sort behind, by value and by text`() {
        var generator = SeededGenerator(seed: 3)
        var microseconds: Int64 = 1_795_388_709_123_456
        var last = Identifier(at: EventTime(microseconds: microseconds), using: &generator)
        for _ in 0..<10_000 {
            microseconds += Int64.random(in: 1...3_000, using: &generator)
            let next = Identifier(at: EventTime(microseconds: microseconds), using: &generator)
            #expect(last < next && last.description < next.description)
            last = next
        }
    }

    @Test func `a hundred thousand are all different`() {
        #expect(Set((0..<100_000).map { _ in Identifier() }).count == 100_000)
    }

    @Test func `it is read in either case and written in lower case`() throws {
        let upper = try #require(Identifier("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"))
        #expect(upper.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        #expect(Identifier(upper.description) == upper)
    }

    @Test(arguments: [
        "", "017f22e2", "017f22e279b07cc398c4dc0c0c07398f", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398fa",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398 ", "017f22e2 79b0 7cc3 98c4 dc0c0c07398f",
        "017f22e27-9b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c0739\u{0}f",
        "+17f22e2-79b0-7cc3-98c4-dc0c0c07398f", "0x7f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c0739é",
    ])
    func `what is no UUID is refused`(text: String) {
        #expect(Identifier(text) == nil)
    }
}

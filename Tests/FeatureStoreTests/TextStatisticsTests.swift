import FeatureStore
import Testing

/// What is counted of a text.
@Suite struct TextStatisticsTests {
    @Test func `an empty body has nothing`() {
        var expected = TextStatistics()
        expected.titleScalars = 1
        #expect(TextStatistics(title: "x", body: "") == expected)
    }

    @Test func `words, lines, fences, marks and links of a body`() {
        let text = TextStatistics(
            title: "Why?!",
            body: "See http://a.b and\thttps://c.d — hh ht\u{A0}tp\n```swift\nlet x = 1 ? 2 : 3\n```\n\nÄ 🧨 httphttp://"
        )
        #expect(text.titleScalars == 5)
        #expect(text.bodyScalars == 89)
        #expect(text.words == 20)
        #expect(text.lines == 6)
        #expect(text.codeFences == 2)
        #expect(text.questionMarks == 2)
        #expect(text.exclamationMarks == 1)
        #expect(text.links == 3)
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `any text is counted as plain code counts it`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = ["a", "?", "!", " ", "\n", "`", "```", "http://", "https://", "é", "🧨", "\t", "h"]
        let body = (0..<300).compactMap { _ in alphabet.randomElement(using: &random) }.joined()
        let text = TextStatistics(title: body, body: body)
        #expect(text.bodyScalars == body.unicodeScalars.count)
        #expect(text.words == body.split(whereSeparator: { " \n\t".contains($0) }).count)
        #expect(text.lines == body.unicodeScalars.count { $0 == "\n" } + 1)
        #expect(text.questionMarks == 2 * body.unicodeScalars.count { $0 == "?" })
        #expect(text.links == body.components(of: "http://") + body.components(of: "https://"))
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int {
        unicodeScalars.indices.count { self[$0...].unicodeScalars.starts(with: text.unicodeScalars) }
    }
}

import AIAnalyzerProviders
import Testing

@Suite struct BoundedTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("  two\n\n lines\t", "two lines"), ("nul\u{0}l", "nul l"), ("bell\u{7}", "bell"),
        ("zero\u{200B}width", "zero width"), ("\u{202E}gnol", "gnol"), ("", ""), ("\n", ""),
    ])
    func `a line has no control characters and single blanks`(text: String, expected: String) {
        #expect(BoundedText.line(text, characters: 100) == expected)
    }

    @Test func `a line keeps to its length, and never ends in a blank`() {
        #expect(BoundedText.line("ab cd", characters: 3) == "ab")
        #expect(BoundedText.line("ab cd", characters: 4) == "ab c")
        #expect(BoundedText.line("żółw", characters: 2) == "żó")
        #expect(BoundedText.line("abc", characters: 0) == "")
    }

    @Test func `a prefix in bytes never splits a character`() {
        #expect(BoundedText.prefix("aż", bytes: 2) == "a")
        #expect(BoundedText.prefix("aż", bytes: 3) == "aż")
        #expect(BoundedText.prefix("🐢", bytes: 3) == "")
        #expect(BoundedText.prefix("abc", bytes: 0) == "")
    }
}

import TaskAPICore
import Testing

/// What names a request.
struct IdempotencyKeyTests {
    @Test(arguments: [
        (#""8e03978e-40d5""#, "8e03978e-40d5"), ("8e03978e-40d5", "8e03978e-40d5"), (#""a b""#, "a b"),
        (#"  "a"  "#, "a"), ("  a  ", "a"), (#""say \"hi\" \\""#, #"say "hi" \"#), (#"a"b"#, #"a"b"#), ("\" \"", " "),
    ])
    func `a key is the same with and without quotation marks`(header: String, text: String) {
        #expect(IdempotencyKey(header: header)?.text == text)
    }

    @Test(arguments: [
        "", " ", #""""#, #"""#, #""a"#, #""a"b"#, #""a\b""#, #""a\"#, "a b", "ä", #""ä""#, "a\tb", "a\u{7f}",
        "\"a\nb\"",
        #""a", "b""#, #""a";v=1"#, "a\u{0}",
    ])
    func `what is no string of printable ASCII is none`(header: String) {
        #expect(IdempotencyKey(header: header) == nil)
    }

    @Test func `a key has at most 255 characters, escapes not counted`() {
        let longest = String(repeating: "k", count: 255)
        #expect(IdempotencyKey(header: longest)?.text == longest)
        #expect(IdempotencyKey(header: "\"\(longest)\"")?.text == longest)
        #expect(IdempotencyKey(header: longest + "k") == nil)
        #expect(IdempotencyKey(header: "\"\(longest)k\"") == nil)
        #expect(IdempotencyKey(header: "\"" + String(repeating: #"\""#, count: 255) + "\"")?.text.count == 255)
    }

    /// The documents give the pattern, the service takes what the type takes.
    @Test func `the pattern and the type take the same`() throws {
        let pattern = try Regex(IdempotencyKey.pattern)
        let characters = [#"""#, #"\"#, " ", "a", "!", "~", "ä", "\u{7f}", ";"]
        var tried = 0
        // Every text of up to five of these characters.
        var texts = [""]
        for _ in 0..<5 {
            texts = texts.flatMap { text in characters.map { text + $0 } }
            for text in texts {
                tried += 1
                #expect((IdempotencyKey(header: text) != nil) == (try pattern.wholeMatch(in: text) != nil), "\(text)")
            }
        }
        #expect(tried > 60_000)
    }
}

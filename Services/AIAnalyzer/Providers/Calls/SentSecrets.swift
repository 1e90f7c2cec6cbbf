/// What was sent and must show nowhere: the task's words and the key. A server may quote both in what it answers.
struct SentSecrets: Sendable {
    /// So many letters and digits in a row of a task's text give it away; fewer are common words, unless they are all of it.
    private static let textBytes = 12
    private static let shortestText = 4
    /// Keys have no words in common with anything.
    private static let tokenBytes = 8

    let texts: [String]
    let token: String?

    init(_ request: ProviderRequest, token: String?) {
        texts = [request.title, request.body, request.project].map(Self.plain)
        self.token = token
    }

    /// Whether a text has a piece of any of them in it, in whatever case.
    func show(in text: String) -> Bool {
        let plain = Self.plain(text)
        return texts.contains { secret in
            let length = min(Self.textBytes, secret.utf8.count)
            return length >= Self.shortestText && Self.share(secret, plain, atLeast: length)
        } || tokenShows(in: text)
    }

    /// Whether a text has a piece of the key in it: the whole of a short one, eight bytes in a row of any other.
    func tokenShows(in text: String) -> Bool {
        guard let token, !token.isEmpty else { return false }
        return Self.share(token, text, atLeast: min(Self.tokenBytes, token.utf8.count))
    }

    /// What is left of a text however it is quoted: letters and digits, without escapes.
    private static func plain(_ text: String) -> String {
        var plain = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "\\" {
                // Quoted once more, an escape has twice as many.
                rest = rest.drop { $0 == "\\" }
                guard let escape = rest.first else { break }
                let digits = rest.dropFirst().prefix(4)
                if escape == "u", digits.count == 4, let code = UInt32(digits, radix: 16),
                    let scalar = UnicodeScalar(code)
                {
                    rest = rest.dropFirst(5)
                    if scalar.properties.isAlphabetic { plain.unicodeScalars.append(scalar) }
                } else {
                    rest = rest.dropFirst()
                }
            } else if character.isLetter || character.isNumber {
                plain.append(character)
            }
        }
        return plain
    }

    private static func share(_ one: String, _ other: String, atLeast length: Int) -> Bool {
        let (one, other) = (Array(one.lowercased().utf8), Array(other.lowercased().utf8))
        guard one.count >= length, other.count >= length else { return false }
        let pieces = Set((0...(other.count - length)).map { Array(other[$0..<($0 + length)]) })
        return (0...(one.count - length)).contains { pieces.contains(Array(one[$0..<($0 + length)])) }
    }
}

import Contracts

/// What a server says of its refusal, in any of the usual forms: `{"error": {...}}`, `{"error": "..."}`,
/// `{"detail": ...}`, `{"message": "..."}`.
struct ServerFault: Sendable, Equatable {
    /// Type, code and parameter: short names, never free text.
    let summary: String
    /// Everything it says, in lower case and bounded; to look for words in, never to be shown.
    let words: String
    /// The free text, bounded; it may quote what was sent.
    private let message: String

    init(_ value: JSONValue) {
        // Google's come in a list where several were asked.
        let value = value.elements?.first ?? value
        let error = value["error"] ?? value
        let names = ["type", "status", "code", "param"].compactMap { name -> String? in
            guard let text = error[name]?.stringValue, !text.isEmpty, text.utf8.count <= 60 else { return nil }
            let isName = text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "._-[]".utf8.contains(byte)
            }
            return isName ? text : nil
        }
        summary = names.isEmpty ? "no reason given" : names.joined(separator: " ")
        let texts = [error.stringValue, error["message"]?.stringValue, value["detail"]?.stringValue]
        message = texts.compactMap(\.self).first.map { BoundedText.line($0, characters: 200) } ?? ""
        words = BoundedText.prefix(value.text(), bytes: 8_192).lowercased()
    }

    /// From an answer's body, whatever it is.
    init(body: [UInt8]) {
        self.init(StrictJSON.value(body) ?? .string(String(decoding: body.prefix(8_192), as: UTF8.self)))
    }

    var isPromptTooLong: Bool {
        [
            "context_length", "context length", "context window", "maximum context", "too many tokens", "prompt is too",
            "too long", "exceeds the maximum", "string_above_max_length",
        ].contains(where: words.contains)
    }

    /// The names, and the free text where it holds nothing of what was sent.
    /// - Parameter secrets: texts of which no twelve bytes in a row may be in it.
    func reason(hiding secrets: [String]) -> String {
        guard !message.isEmpty, !Self.shares(message, with: secrets) else { return summary }
        return summary == "no reason given" ? message : "\(summary): \(message)"
    }

    private static func shares(_ message: String, with secrets: [String]) -> Bool {
        let length = 12
        let bytes = Array(message.utf8)
        guard bytes.count >= length else { return false }
        let pieces = Set((0...(bytes.count - length)).map { Array(bytes[$0..<($0 + length)]) })
        return secrets.contains { secret in
            let secret = Array(secret.utf8)
            guard secret.count >= length else { return false }
            return (0...(secret.count - length)).contains { pieces.contains(Array(secret[$0..<($0 + length)])) }
        }
    }
}

import Contracts

/// What a server says of its refusal, in any of the usual forms: `{"error": {...}}`, `{"error": "..."}`,
/// `{"detail": ...}`, `{"message": "..."}`.
struct ServerFault: Sendable, Equatable {
    /// Type, code and parameter: short names, never free text.
    private let names: String
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
        self.names = names.joined(separator: " ")
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

    /// The names, if they hold nothing of what was sent.
    func summary(hiding secrets: SentSecrets) -> String {
        names.isEmpty || secrets.show(in: names) ? "no reason given" : names
    }

    /// The names, and the free text where it holds nothing of what was sent.
    func reason(hiding secrets: SentSecrets) -> String {
        let summary = summary(hiding: secrets)
        guard !message.isEmpty, !secrets.show(in: message) else { return summary }
        return summary == "no reason given" ? message : "\(summary): \(message)"
    }
}

/// Takes e-mail addresses, keys and tokens out of a text before it is kept in a snapshot.
///
/// Patterns are narrow: what is taken for a secret has its issuer's mark or stands behind a name that says so, and all
/// other words stay as they are. In the place of each stands `***`, of which the model's tokeniser makes no word, so that
/// a redacted text teaches nothing that the plain one wouldn't (ADR 24).
package enum Redaction {
    /// What was taken out.
    package enum Kind: String, Codable, CaseIterable, Sendable {
        case email
        /// A key or token by its issuer's mark, e.g. `ghp_…`.
        case token
        /// A value behind `password=`, `token:` and the like, or in a URL.
        case secret
        /// A private key in PEM.
        case privateKey = "private_key"
    }

    /// What stands in the place of what was taken out.
    package static let mark = "***"

    /// The text without secrets, and how many of each kind were in it. Doing it twice changes nothing more.
    package static func redact(_ text: String) -> (text: String, counts: [Kind: Int]) {
        var scanner = RedactionScanner(Array(text.utf8))
        scanner.run()
        guard !scanner.counts.isEmpty else { return (text, [:]) }
        return (String(decoding: scanner.output, as: UTF8.self), scanner.counts)
    }
}

/// One pass over the bytes of a text.
private struct RedactionScanner {
    private let source: [UInt8]
    private(set) var output: [UInt8] = []
    private(set) var counts: [Redaction.Kind: Int] = [:]

    init(_ source: [UInt8]) { self.source = source }

    mutating func run() {
        var position = 0
        var copied = 0
        while position < source.count {
            guard let (kind, range) = secret(at: position), range.lowerBound >= copied else {
                position += 1
                continue
            }
            output += source[copied..<range.lowerBound]
            output += Array(Redaction.mark.utf8)
            counts[kind, default: 0] += 1
            copied = range.upperBound
            position = max(range.upperBound, position + 1)
        }
        output += source[copied...]
    }

    /// The secret that shows itself by the byte at this place.
    private func secret(at position: Int) -> (Redaction.Kind, Range<Int>)? {
        switch source[position] {
        case UInt8(ascii: "@"):
            return userInfo(at: position).map { (.secret, $0) } ?? email(at: position).map { (.email, $0) }
        case UInt8(ascii: "-"): return pem(at: position).map { (.privateKey, $0) }
        case UInt8(ascii: "="), UInt8(ascii: ":"): return named(at: position).map { (.secret, $0) }
        default:
            guard isStart(position) else { return nil }
            return token(at: position).map { (.token, $0) }
        }
    }

    /// Whether no letter or digit stands before.
    private func isStart(_ position: Int) -> Bool {
        Self.isAlphanumeric(source[position]) && (position == 0 || !Self.isAlphanumeric(source[position - 1]))
    }

    // MARK: Addresses

    /// `mia@example.org`; no `git@host:path`, no version (`react@16.8`), no file (`icon@2x.png`).
    private func email(at position: Int) -> Range<Int>? {
        var start = position
        while start > 0, position - start < 64, Self.isLocalPart(source[start - 1]) { start -= 1 }
        while start < position, source[start] == UInt8(ascii: ".") { start += 1 }
        guard start < position, source[position - 1] != UInt8(ascii: ".") else { return nil }
        var end = position + 1
        while end < source.count, end - position < 254, Self.isHost(source[end]) { end += 1 }
        while end > position + 1, !Self.isAlphanumeric(source[end - 1]) { end -= 1 }
        let labels = source[(position + 1)..<end].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count > 1, labels.allSatisfy({ !$0.isEmpty }), let last = labels.last,
            (2...24).contains(last.count),
            last.allSatisfy(Self.isLetter),
            !Self.fileEndings.contains(String(decoding: last, as: UTF8.self).lowercased())
        else { return nil }
        if end + 1 < source.count, source[end] == UInt8(ascii: ":"), Self.isAlphanumeric(source[end + 1]) { return nil }
        return start..<end
    }

    /// The name and password of `https://name:password@host`.
    private func userInfo(at position: Int) -> Range<Int>? {
        var start = position
        var hasColon = false
        while start > 0, position - start < 200, source[start - 1] > 0x20, source[start - 1] != UInt8(ascii: "/"),
            source[start - 1] != UInt8(ascii: "@")
        {
            start -= 1
            hasColon = hasColon || source[start] == UInt8(ascii: ":")
        }
        guard hasColon, start < position, start >= 3, source[start - 3..<start].elementsEqual("://".utf8),
            !source[start..<position].elementsEqual(Redaction.mark.utf8)
        else { return nil }
        return start..<position
    }

    // MARK: Keys and tokens

    /// A key by its issuer's mark and length.
    private func token(at position: Int) -> Range<Int>? {
        for form in Self.forms where form.first == source[position] {
            guard starts(with: form.mark, at: position) else { continue }
            var end = position + form.mark.count
            while end < source.count, form.allows(source[end]) { end += 1 }
            if end - position - form.mark.count >= form.minimum { return position..<end }
        }
        return webToken(at: position)
    }

    /// Three parts in base64url with dots between, the first two beginning like JSON objects (RFC 7519).
    private func webToken(at position: Int) -> Range<Int>? {
        guard source[position] == UInt8(ascii: "e"), starts(with: Array("eyJ".utf8), at: position) else { return nil }
        var end = position
        var dots = 0
        while end < source.count, Self.isKey(source[end]) || source[end] == UInt8(ascii: ".") && dots < 2 {
            if source[end] == UInt8(ascii: ".") {
                dots += 1
                if dots == 1, !starts(with: Array("eyJ".utf8), at: end + 1) { return nil }
            }
            end += 1
        }
        return dots == 2 && end - position > 40 ? position..<end : nil
    }

    /// From `-----BEGIN … PRIVATE KEY-----` to its end mark, or to the end of the text.
    private func pem(at position: Int) -> Range<Int>? {
        guard starts(with: Array("-----BEGIN ".utf8), at: position) else { return nil }
        let line = source[position...].prefix(60).prefix { $0 != 0x0a }
        guard String(decoding: line, as: UTF8.self).contains("PRIVATE KEY-----") else { return nil }
        let mark = Array("-----END ".utf8)
        var end = position + line.count
        while end < source.count, !starts(with: mark, at: end) { end += 1 }
        guard end < source.count else { return position..<source.count }
        end += mark.count
        while end < source.count, source[end] != UInt8(ascii: "-"), source[end] != 0x0a { end += 1 }
        while end < source.count, source[end] == UInt8(ascii: "-") { end += 1 }
        return position..<end
    }

    /// The value of `password=…`, `"api_key": "…"`, `secret = '…'` and the like: eight characters or more, a digit among them.
    private func named(at position: Int) -> Range<Int>? {
        var last = position
        while last > 0, position - last < 4, source[last - 1] == 0x20 || Self.isQuote(source[last - 1]) { last -= 1 }
        var first = last
        while first > 0, last - first < 40, Self.isName(source[first - 1]) { first -= 1 }
        guard last - first >= 5 else { return nil }
        let name = String(decoding: source[first..<last], as: UTF8.self).lowercased()
        guard Self.secretNames.contains(where: { name.hasSuffix($0) }) else { return nil }
        var start = position + 1
        while start < source.count, start - position < 4, source[start] == 0x20 || Self.isQuote(source[start]) {
            start += 1
        }
        if starts(with: Array("Bearer ".utf8), at: start) { start += 7 }
        var end = start
        while end < source.count, source[end] > 0x20, !Self.isQuote(source[end]), !Self.endsValue(source[end]) {
            end += 1
        }
        guard end - start >= 8, source[start..<end].contains(where: Self.isDigit) else { return nil }
        return start..<end
    }

    private func starts(with bytes: [UInt8], at position: Int) -> Bool {
        position + bytes.count <= source.count && source[position..<position + bytes.count].elementsEqual(bytes)
    }

    // MARK: Tables

    private struct Form {
        let mark: [UInt8]
        let minimum: Int
        /// Capitals and digits only.
        var isUpper = false

        var first: UInt8 { mark[0] }

        func allows(_ byte: UInt8) -> Bool {
            isUpper
                ? RedactionScanner.isDigit(byte) || (0x41...0x5a).contains(byte)
                : RedactionScanner.isKey(byte)
        }
    }

    /// Marks of issuers, as they publish them for secret scanners.
    private static let forms: [Form] =
        ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "npm_", "hf_", "pypi-", "dop_v1_"].map {
            Form(mark: Array($0.utf8), minimum: 20)
        }
        + ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "sk_live_", "sk_test_", "rk_live_", "sk-", "AIza", "ya29."].map
    {
        Form(mark: Array($0.utf8), minimum: 20)
    } + ["AKIA", "ASIA"].map { Form(mark: Array($0.utf8), minimum: 16, isUpper: true) }

    /// What a name ends with when its value is nobody else's business.
    private static let secretNames = [
        "password", "passwd", "secret", "api_key", "apikey", "api-key", "access_key", "access_token", "auth_token",
        "private_key", "client_secret", "authorization", "secret_key", "_token", "-token", "_pwd",
    ]

    private static let fileEndings: Set<String> = [
        "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "tgz", "zip", "json", "yml", "yaml", "local",
    ]

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
    private static func isKey(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
    private static func isName(_ byte: UInt8) -> Bool { isKey(byte) }
    private static func isLocalPart(_ byte: UInt8) -> Bool {
        isKey(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "%")
    }
    private static func isHost(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
    private static func isQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`")
    }
    private static func endsValue(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "&") || byte == UInt8(ascii: ")")
            || byte == UInt8(ascii: "<")
    }
}

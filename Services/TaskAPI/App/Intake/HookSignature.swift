import Crypto
import FoundationEssentials

/// Whether a webhook comes from who knows the secret. Compares in a time that tells nothing of how much is right.
package enum HookSignature {
    /// How far a signed time may be from ours, as Standard Webhooks suggests.
    package static let tolerance = Duration.seconds(300)

    /// GitHub's `X-Hub-Signature-256`: `sha256=` and the HMAC-SHA256 of the body in hexadecimal digits.
    package static func isGitHub(_ header: String?, of body: [UInt8], secret: [UInt8]) -> Bool {
        guard let code = hubCode(header) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: body, using: SymmetricKey(data: secret))
    }

    /// The 32 bytes of a header of that form; nil for any other.
    package static func hubCode(_ header: String?) -> [UInt8]? {
        guard let header, header.hasPrefix("sha256=") else { return nil }
        let digits = Array(header.utf8.dropFirst(7))
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = digit(digits[index]), let low = digit(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// GitLab's `X-Gitlab-Token`: the secret itself.
    package static func isToken(_ header: String?, secret: [UInt8]) -> Bool {
        guard let header, !secret.isEmpty else { return false }
        // What is compared are hashes under a key that nobody knows: their common beginning says nothing of the texts.
        let key = SymmetricKey(size: .bits256)
        let expected = HMAC<SHA256>.authenticationCode(for: secret, using: key)
        return HMAC<SHA256>.isValidAuthenticationCode(
            Array(expected), authenticating: Array(header.utf8), using: key)
    }

    /// Standard Webhooks 1.0: one of the signatures is that of `{id}.{timestamp}.{body}`, and the time is near.
    /// - Parameter now: seconds since 1970.
    package static func isStandard(
        id: String?, timestamp: String?, signatures: String?, of body: [UInt8], key: [UInt8], now: Int64
    ) -> Bool {
        guard let id, let timestamp, let signatures, let seconds = Int64(timestamp),
            (now - tolerance.components.seconds...now + tolerance.components.seconds).contains(seconds)
        else { return false }
        let content = Array("\(id).\(timestamp).".utf8) + body
        // A few at most: each costs a hash of the whole body.
        return signatures.split(separator: " ").prefix(8).contains { signature in
            guard signature.hasPrefix("v1,"), let code = Data(base64Encoded: String(signature.dropFirst(3))) else {
                return false
            }
            return HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: content, using: SymmetricKey(data: key))
        }
    }

    /// The signature of one content by one key, as the header has it.
    package static func standard(id: String, timestamp: Int64, body: [UInt8], key: [UInt8]) -> String {
        let content = Array("\(id).\(timestamp).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: key))
        return "v1," + Array(code).base64
    }

    /// The key that a secret stands for: the decoded part after `whsec_`, else the text's own bytes.
    package static func key(of secret: String) -> [UInt8] {
        guard secret.hasPrefix("whsec_"), let data = Data(base64Encoded: String(secret.dropFirst(6))) else {
            return Array(secret.utf8)
        }
        return Array(data)
    }

    /// SHA-256 of an issue's title and body.
    static func textHash(title: String, body: String) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array(title.utf8))
        // No title has one.
        hash.update(data: [0])
        hash.update(data: Array(body.utf8))
        return Array(hash.finalize())
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
        default: nil
        }
    }
}

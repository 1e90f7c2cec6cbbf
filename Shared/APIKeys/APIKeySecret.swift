import Crypto

/// The secret of an API key: `tl_<prefix>_<secret>`, which only its holder has; the service keeps its hash.
///
/// The prefix (50 random bits) is shown in lists and logs, to recognise a key by; the rest are 260 random bits. Letters
/// and digits of RFC 4648's base 32 in lower case only: a double click takes all of it, scanners find it in repositories.
package struct APIKeySecret: Sendable {
    package static let mark = "tl_"
    package static let prefixCharacters = 10
    package static let secretCharacters = 52
    /// What a secret looks like, for scanners.
    package static let pattern = "^tl_[a-z2-7]{10}_[a-z2-7]{52}$"

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// All of it. Never to be logged.
    package let text: String

    /// `tl_<prefix>`.
    package var prefix: String { String(text.prefix(Self.mark.utf8.count + Self.prefixCharacters)) }

    /// A new one.
    package init(using generator: inout some RandomNumberGenerator) {
        func characters(_ count: Int) -> String {
            String(
                decoding: (0..<count).map { _ in Self.alphabet[Int.random(in: 0..<32, using: &generator)] },
                as: UTF8.self)
        }
        text = Self.mark + characters(Self.prefixCharacters) + "_" + characters(Self.secretCharacters)
    }

    /// - Returns: nil for what is no such secret by its looks.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let mark = Array(Self.mark.utf8)
        guard bytes.count == mark.count + Self.prefixCharacters + 1 + Self.secretCharacters, bytes.starts(with: mark),
            bytes[mark.count + Self.prefixCharacters] == UInt8(ascii: "_")
        else { return nil }
        for (index, byte) in bytes.enumerated()
        where index >= mark.count && index != mark.count + Self.prefixCharacters {
            guard Self.alphabet.contains(byte) else { return nil }
        }
        self.text = String(text)
    }

    /// SHA-256 of the whole text. No slow hash and no salt: what can't be guessed can't be looked up in a table either.
    package var hash: APIKeyHash { APIKeyHash(bytes: Array(SHA256.hash(data: Array(text.utf8)))) }
}

/// What is kept of a secret. Whoever compares hashes learns nothing of a secret from the time it takes.
package struct APIKeyHash: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }
}

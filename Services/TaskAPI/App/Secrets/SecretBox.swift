import Crypto
import FoundationEssentials
package import Settings

/// Keeps secrets of others in the database so that the database alone gives none away: AES-256-GCM under a key from the
/// settings (ADR 31).
///
/// A sealed secret is bound to whose it is: copied into another row it doesn't open.
package struct SecretBox: Sendable {
    package enum Fault: Error, Equatable {
        /// There is no key at all.
        case noKey
        /// Sealed under a key that isn't in the settings any more, for another owner, or damaged.
        case unreadable
    }

    private struct Key: Sendable {
        /// The first bytes of its SHA-256: which key a secret was sealed with.
        let name: [UInt8]
        let key: SymmetricKey
    }

    private static let format: UInt8 = 1
    private static let nameBytes = 4
    private static let keyBytes = 32

    /// The first one seals; all open.
    private let keys: [Key]

    /// Without a key nothing can be sealed or opened.
    package static let empty = SecretBox(keys: [])

    private init(keys: [Key]) { self.keys = keys }

    /// - Parameter text: keys of 32 bytes in base64, with commas between: the first is for new secrets, the others for
    ///   those that an earlier key sealed.
    /// - Returns: nil for anything else.
    package init?(_ text: String) {
        var keys: [Key] = []
        for part in text.split(separator: ",") {
            let trimmed = String(part.filter { !$0.isWhitespace })
            guard let data = Data(base64Encoded: trimmed), data.count == Self.keyBytes else { return nil }
            keys.append(
                Key(name: Array(SHA256.hash(data: data).prefix(Self.nameBytes)), key: SymmetricKey(data: data)))
        }
        guard !keys.isEmpty else { return nil }
        self.keys = keys
    }

    package var isEmpty: Bool { keys.isEmpty }

    /// - Parameter owner: what the secret belongs to, e.g. `intake:<id>`.
    package func seal(_ secret: [UInt8], for owner: String) throws(Fault) -> [UInt8] {
        guard let key = keys.first else { throw .noKey }
        do {
            let box = try AES.GCM.seal(secret, using: key.key, authenticating: Array(owner.utf8))
            return [Self.format] + key.name + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        } catch {
            throw .unreadable
        }
    }

    package func open(_ sealed: [UInt8], for owner: String) throws(Fault) -> [UInt8] {
        guard !keys.isEmpty else { throw .noKey }
        guard sealed.first == Self.format, sealed.count > 1 + Self.nameBytes else { throw .unreadable }
        let name = Array(sealed[1...Self.nameBytes])
        guard let key = keys.first(where: { $0.name == name }) else { throw .unreadable }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[(1 + Self.nameBytes)...])
            return Array(try AES.GCM.open(box, using: key.key, authenticating: Array(owner.utf8)))
        } catch {
            throw .unreadable
        }
    }

    /// Reads the keys.
    package init(reader: inout SettingsReader) {
        let text = reader.optionalString(
            "SECRETS_KEY",
            summary: "32 random bytes in base64 that secrets of others are sealed with; several with commas: the first "
                + "seals, all open",
            isSecret: true)
        guard let text else {
            self = .empty
            return
        }
        if let box = SecretBox(text) {
            self = box
        } else {
            reader.fault("SECRETS_KEY", "must be 32 bytes in base64, or several of them with commas between")
            self = .empty
        }
    }
}

/// Random bytes from the system.
enum RandomBytes {
    static func make(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}

extension [UInt8] {
    /// Base64 with `+` and `/` (RFC 4648, section 4).
    var base64: String { Data(self).base64EncodedString() }
}

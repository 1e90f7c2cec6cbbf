import FoundationEssentials
import Glibc
import Synchronization

/// A key or token in a file of its own, read again whenever the file changes.
package final class SecretFile: Sendable {
    private struct Stamp: Equatable {
        let inode: UInt64
        let bytes: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    private static let maximumBytes = 16_384
    private let path: String
    private let cache = Mutex<(stamp: Stamp, secret: String)?>(nil)

    package init(path: String) { self.path = path }

    /// The file's text without the white space around it.
    /// - Throws: `misconfigured`; the reason names the path, never the content.
    package func secret() throws(AccessTokenError) -> String {
        guard let stamp = stamp() else { throw fault("cannot be read") }
        if let (known, secret) = cache.withLock({ $0 }), known == stamp { return secret }
        guard stamp.bytes <= Self.maximumBytes, let data = FileManager.default.contents(atPath: path),
            let text = String(validating: data, as: UTF8.self)
        else { throw fault("cannot be read, or is no text of at most \(Self.maximumBytes) bytes") }
        let secret = text.trimmingWhiteSpace()
        guard !secret.isEmpty, secret.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw fault("must hold one word of ASCII and nothing else")
        }
        cache.withLock { $0 = (stamp, secret) }
        return secret
    }

    private func stamp() -> Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            inode: UInt64(status.st_ino), bytes: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }

    private func fault(_ what: String) -> AccessTokenError {
        AccessTokenError(.misconfigured, reason: "the secret file \(path) \(what)")
    }
}

extension String {
    fileprivate func trimmingWhiteSpace() -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}

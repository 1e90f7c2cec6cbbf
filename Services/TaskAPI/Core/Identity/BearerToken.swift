/// The credentials of an `Authorization` header (RFC 6750, 2.1).
package enum BearerToken {
    /// Longer ones are refused unread; a token with many groups has a few thousand.
    package static let maximumBytes = 16_384

    /// - Returns: nil for what is no `Bearer` and one token (RFC 6750's `b64token`).
    package static func read(_ header: String) -> Substring? {
        let bytes = header.utf8
        guard bytes.count <= maximumBytes, let space = bytes.firstIndex(of: UInt8(ascii: " ")),
            header[..<space].lowercased() == "bearer"
        else { return nil }
        let token = header[space...].drop { $0 == " " }
        guard !token.isEmpty, token.utf8.allSatisfy(isTokenByte) else { return nil }
        return token
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}

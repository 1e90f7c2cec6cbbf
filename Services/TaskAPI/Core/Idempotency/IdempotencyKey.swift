/// A name that a client gives to one request, so that sending it again does nothing again.
///
/// As the IETF draft `Idempotency-Key` has it, a string of structured fields (RFC 9651, 3.3.3): `"8e03978e"`. Without
/// the quotation marks it is the same key, because most clients leave them out.
package struct IdempotencyKey: Sendable, Hashable {
    /// What the client means, without quotation marks and escapes.
    package let text: String

    /// The most characters of a key.
    package static let maximumCharacters = 255

    /// A regular expression (ECMA 262) of all that is taken: an HTTP field's surrounding spaces never count.
    package static let pattern =
        #"^ *("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-~][!-~]{0,254}) *$"#

    /// - Returns: `nil` for what is neither a quoted string of 1 to 255 printable ASCII characters nor as many visible
    ///   ones.
    package init?(header: String) {
        var bytes = Array(header.utf8)[...]
        while bytes.first == Self.space { bytes.removeFirst() }
        while bytes.last == Self.space { bytes.removeLast() }
        let content =
            bytes.first == Self.quote ? Self.unquoted(bytes) : bytes.allSatisfy { $0 > Self.space } ? bytes : nil
        guard let content, (1...Self.maximumCharacters).contains(content.count),
            content.allSatisfy({ (Self.space...0x7E).contains($0) })
        else { return nil }
        text = String(decoding: content, as: UTF8.self)
    }

    private static let space = UInt8(ascii: " ")
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// What stands between the marks, or `nil` where they don't close, something follows, or something is escaped that
    /// needs no escape.
    private static func unquoted(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var content: ArraySlice<UInt8> = []
        var rest = bytes.dropFirst()
        while let byte = rest.popFirst() {
            switch byte {
            case quote: return rest.isEmpty ? content : nil
            case backslash:
                guard let escaped = rest.popFirst(), escaped == quote || escaped == backslash else { return nil }
                content.append(escaped)
            default: content.append(byte)
            }
        }
        return nil
    }
}

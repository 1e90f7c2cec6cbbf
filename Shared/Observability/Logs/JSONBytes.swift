/// Appending JSON to bytes without anything in between.
extension [UInt8] {
    /// The longest text in bytes that a line keeps of one value; the rest becomes `…`.
    static var longestValueBytes: Int { 16_384 }

    mutating func append(literal: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// `,"name":"value"`.
    mutating func appendMember(_ name: StaticString, _ value: String) {
        append(literal: ",\"")
        append(literal: name)
        append(literal: "\":")
        append(quoted: value)
    }

    mutating func append(quoted text: String) {
        append(UInt8(ascii: "\""))
        append(escaped: text)
        append(UInt8(ascii: "\""))
    }

    /// The inside of a JSON string (RFC 8259, section 7).
    mutating func append(escaped text: String) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { appendEscaped($0) }
        if done == nil {
            var text = text
            text.withUTF8 { appendEscaped($0) }
        }
    }

    private mutating func appendEscaped(_ whole: UnsafeBufferPointer<UInt8>) {
        var end = whole.count
        if end > Self.longestValueBytes {
            end = Self.longestValueBytes
            // Not in the middle of a character.
            while end > 0, whole[end] & 0xC0 == 0x80 { end -= 1 }
        }
        var start = 0
        for index in 0..<end {
            let byte = whole[index]
            if byte >= 0x20 && byte != 0x22 && byte != 0x5C { continue }
            append(contentsOf: UnsafeBufferPointer(rebasing: whole[start..<index]))
            appendEscape(byte)
            start = index + 1
        }
        append(contentsOf: UnsafeBufferPointer(rebasing: whole[start..<end]))
        if end < whole.count { append(literal: "…") }
    }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case 0x22: append(literal: "\\\"")
        case 0x5C: append(literal: "\\\\")
        case 0x0A: append(literal: "\\n")
        case 0x0D: append(literal: "\\r")
        case 0x09: append(literal: "\\t")
        default:
            append(literal: "\\u00")
            append(byte >> 4 + 48)
            append(byte & 15 < 10 ? byte & 15 + 48 : byte & 15 + 87)
        }
    }
}

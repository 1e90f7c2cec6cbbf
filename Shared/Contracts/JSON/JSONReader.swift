/// Pulls values out of JSON text (RFC 8259), byte by byte, without building a tree; for the hottest types only.
///
/// Lives inside the `withUnsafeBufferPointer` of its text. It only says *that* text is wrong; where a person needs to
/// know what, decode again with Codable.
package struct JSONReader {
    /// The text is not what was asked for.
    package struct Mismatch: Error {
        package init() {}
    }

    /// Which members of an object have come; a second of the same name is a mismatch, and Codable then decides.
    struct Members {
        private var bits: UInt32 = 0

        mutating func insert(_ index: UInt32) throws(Mismatch) {
            let bit: UInt32 = 1 << index
            guard bits & bit == 0 else { throw Mismatch() }
            bits |= bit
        }
    }

    private let text: UnsafeBufferPointer<UInt8>
    package private(set) var position = 0
    private var depth = 0
    private var isFirst = true
    private static let maximumDepth = 64

    package init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// Enters an object; follow with `nextKey` until it answers `nil`.
    package mutating func beginObject() throws(Mismatch) {
        try expect(UInt8(ascii: "{"))
        try deepen()
    }

    /// The next member's name as raw bytes without its quotes, or `nil` at the object's end. A name with escapes is a
    /// mismatch: it could be any of those that are looked for.
    package mutating func nextKey() throws(Mismatch) -> UnsafeBufferPointer<UInt8>? {
        skipSpace()
        guard position < text.count else { throw Mismatch() }
        if text[position] == UInt8(ascii: "}") {
            leave()
            return nil
        }
        try separate()
        let name = try rawString()
        var isASCII = true
        for byte in name {
            if byte == UInt8(ascii: "\\") { throw Mismatch() }
            if byte >= 0x80 { isASCII = false }
        }
        if !isASCII, String(validating: name, as: UTF8.self) == nil { throw Mismatch() }
        try expect(UInt8(ascii: ":"))
        return name
    }

    /// Enters an array; follow with `nextElement` until it answers `false`.
    package mutating func beginArray() throws(Mismatch) {
        try expect(UInt8(ascii: "["))
        try deepen()
    }

    package mutating func nextElement() throws(Mismatch) -> Bool {
        skipSpace()
        guard position < text.count else { throw Mismatch() }
        if text[position] == UInt8(ascii: "]") {
            leave()
            return false
        }
        try separate()
        return true
    }

    package mutating func string() throws(Mismatch) -> String {
        let raw = try rawString()
        if !raw.contains(UInt8(ascii: "\\")) {
            guard let value = String(validating: raw, as: UTF8.self) else { throw Mismatch() }
            return value
        }
        guard let value = String(validating: try unescape(raw), as: UTF8.self) else { throw Mismatch() }
        return value
    }

    package mutating func identifier() throws(Mismatch) -> Identifier {
        guard let value = Identifier(try string()) else { throw Mismatch() }
        return value
    }

    package mutating func time() throws(Mismatch) -> EventTime {
        guard let value = EventTime(try string()) else { throw Mismatch() }
        return value
    }

    package mutating func number() throws(Mismatch) -> Double {
        let raw = try rawNumber()
        guard let value = Double(String(decoding: raw, as: UTF8.self)), value.isFinite else { throw Mismatch() }
        // Zero only where nothing but zeros stands there: Codable refuses what is too small for a number, and `0e5`.
        if value == 0, raw.contains(where: { (49...57).contains($0) }) { throw Mismatch() }
        return value
    }

    package mutating func integer() throws(Mismatch) -> Int {
        guard let value = Int(String(decoding: try rawNumber(), as: UTF8.self)) else { throw Mismatch() }
        return value
    }

    package mutating func bool() throws(Mismatch) -> Bool {
        if try literal("true") { return true }
        if try literal("false") { return false }
        throw Mismatch()
    }

    /// Consumes `null` if it stands here.
    package mutating func null() throws(Mismatch) -> Bool { try literal("null") }

    /// The next value as it stands, checked to be well-formed.
    package mutating func raw() throws(Mismatch) -> UnsafeBufferPointer<UInt8> {
        skipSpace()
        let start = position
        try skip()
        return UnsafeBufferPointer(rebasing: text[start..<position])
    }

    /// The first byte of the next value, which tells its kind; it stays unread.
    package mutating func peek() throws(Mismatch) -> UInt8 {
        skipSpace()
        guard position < text.count else { throw Mismatch() }
        return text[position]
    }

    /// Leaves out the next value, whatever it is.
    package mutating func skip() throws(Mismatch) {
        skipSpace()
        guard position < text.count else { throw Mismatch() }
        switch text[position] {
        case UInt8(ascii: "{"):
            try beginObject()
            while try nextKey() != nil { try skip() }
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { try skip() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
        case UInt8(ascii: "n"): if try !null() { throw Mismatch() }
        default: _ = try number()
        }
    }

    /// Only white space may follow.
    package mutating func end() throws(Mismatch) {
        skipSpace()
        guard position == text.count else { throw Mismatch() }
    }

    private mutating func separate() throws(Mismatch) {
        if !isFirst { try expect(UInt8(ascii: ",")) }
        isFirst = false
    }

    private mutating func leave() {
        position += 1
        depth -= 1
        isFirst = false
    }

    private mutating func deepen() throws(Mismatch) {
        depth += 1
        isFirst = true
        if depth > Self.maximumDepth { throw Mismatch() }
    }

    private mutating func skipSpace() {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func expect(_ byte: UInt8) throws(Mismatch) {
        skipSpace()
        guard position < text.count, text[position] == byte else { throw Mismatch() }
        position += 1
    }

    private mutating func literal(_ word: StaticString) throws(Mismatch) -> Bool {
        skipSpace()
        let count = word.utf8CodeUnitCount
        guard position + count <= text.count else { return false }
        for index in 0..<count where text[position + index] != word.utf8Start[index] { return false }
        position += count
        return true
    }

    private mutating func rawString() throws(Mismatch) -> UnsafeBufferPointer<UInt8> {
        try expect(UInt8(ascii: "\""))
        let start = position
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return UnsafeBufferPointer(rebasing: text[start..<position - 1])
            }
            if byte < 0x20 { throw Mismatch() }
            position += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        throw Mismatch()
    }

    private mutating func rawNumber() throws(Mismatch) -> UnsafeBufferPointer<UInt8> {
        skipSpace()
        let start = position
        func digits(from index: Int) -> Int {
            var index = index
            while index < text.count, (48...57).contains(text[index]) { index += 1 }
            return index
        }
        var index = position
        if index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
        let first = index
        index = digits(from: index)
        guard index > first, text[first] != 48 || index == first + 1 else { throw Mismatch() }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            let after = digits(from: index + 1)
            guard after > index + 1 else { throw Mismatch() }
            index = after
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
            let after = digits(from: index)
            guard after > index else { throw Mismatch() }
            index = after
        }
        position = index
        return UnsafeBufferPointer(rebasing: text[start..<index])
    }

    private func unescape(_ raw: UnsafeBufferPointer<UInt8>) throws(Mismatch) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.count)
        var index = 0
        func unit(at start: Int) -> UInt16? {
            guard start + 4 <= raw.count else { return nil }
            var value: UInt16 = 0
            for byte in raw[start..<start + 4] {
                switch byte {
                case 48...57: value = value << 4 | UInt16(byte - 48)
                case 97...102: value = value << 4 | UInt16(byte - 87)
                case 65...70: value = value << 4 | UInt16(byte - 55)
                default: return nil
                }
            }
            return value
        }
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                bytes.append(raw[index])
                index += 1
                continue
            }
            guard index + 1 < raw.count else { throw Mismatch() }
            let kind = raw[index + 1]
            index += 2
            switch kind {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(kind)
            case UInt8(ascii: "b"): bytes.append(8)
            case UInt8(ascii: "f"): bytes.append(12)
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "u"):
                guard let high = unit(at: index) else { throw Mismatch() }
                index += 4
                var scalar = UInt32(high)
                if UTF16.isLeadSurrogate(high) {
                    guard index + 6 <= raw.count, raw[index] == UInt8(ascii: "\\"), raw[index + 1] == UInt8(ascii: "u"),
                        let low = unit(at: index + 2), UTF16.isTrailSurrogate(low)
                    else { throw Mismatch() }
                    scalar = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
                    index += 6
                }
                guard let value = Unicode.Scalar(scalar) else { throw Mismatch() }
                bytes.append(contentsOf: UTF8.encode(value).map(Array.init) ?? [])
            default: throw Mismatch()
            }
        }
        return bytes
    }
}

/// Compares a member's raw name with a literal.
package func ~= (name: StaticString, bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes.count == name.utf8CodeUnitCount else { return false }
    for index in 0..<bytes.count where bytes[index] != name.utf8Start[index] { return false }
    return true
}

/// Cuts a stream of bytes into lines, however the stream itself is cut, in bounded memory.
package struct LineSplitter: Sendable {
    package enum Line: Hashable, Sendable {
        /// Without its end, and not empty.
        case text([UInt8])
        /// Longer than a line may be; its bytes are gone.
        case tooLong
    }

    private let limit: Int
    private var rest: [UInt8] = []
    private var isTooLong = false

    /// - Parameter limit: bytes that a line may have.
    package init(limit: Int) { self.limit = limit }

    /// The lines that these bytes complete; empty ones and those of white space alone are left out.
    package mutating func feed(_ bytes: some Sequence<UInt8>) -> [Line] {
        var lines: [Line] = []
        for byte in bytes {
            guard byte != UInt8(ascii: "\n") else {
                if let line = take() { lines.append(line) }
                continue
            }
            if isTooLong { continue }
            rest.append(byte)
            if rest.count > limit {
                isTooLong = true
                rest = []
            }
        }
        return lines
    }

    /// The last line, if the stream ended without a line's end.
    package mutating func finish() -> Line? { take() }

    private mutating func take() -> Line? {
        defer {
            rest = []
            isTooLong = false
        }
        if isTooLong { return .tooLong }
        // JSON's white space (RFC 8259, section 2); CRLF ends a line as well.
        let isBlank = rest.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        return isBlank ? nil : .text(rest)
    }
}

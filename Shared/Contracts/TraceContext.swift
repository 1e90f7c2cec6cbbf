/// W3C Trace Context level 1: the identity of one trace and of the span that sends.
package struct TraceContext: Hashable, Sendable {
    /// 32 lower-case hexadecimal digits, not all zero.
    package let traceID: String
    /// 16 lower-case hexadecimal digits, not all zero.
    package let spanID: String
    package let isSampled: Bool
    /// Whether the trace id is known to be random (flag `02` of level 2).
    package let isRandom: Bool

    /// A new trace.
    package init() {
        var generator = SystemRandomNumberGenerator()
        traceID = Self.hex(generator.next()) + Self.hex(generator.next() | 1)
        spanID = Self.hex(generator.next() | 1)
        isSampled = true
        isRandom = true
    }

    /// A placeholder where the trace is set afterwards; never sent.
    static let none = TraceContext(traceID: "", spanID: "", isSampled: false, isRandom: false)

    private init(traceID: String, spanID: String, isSampled: Bool, isRandom: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.isRandom = isRandom
    }

    /// Reads `traceparent`; `nil` when it is invalid, and then a new trace starts (W3C section 3.2).
    package init?(traceparent: some StringProtocol) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, bytes[2] == 45, bytes[35] == 45, bytes[52] == 45,
            // What a later version adds stands behind a dash.
            bytes.count == 55 || (bytes[0..<2] != [48, 48][...] && bytes[55] == 45),
            bytes[0..<2] != [102, 102][...],
            (bytes[0..<2] + bytes[3..<35] + bytes[36..<52] + bytes[53..<55]).allSatisfy(Self.isHexDigit)
        else { return nil }
        // The low four bits: `0`-`9` and `a`-`f` in ASCII.
        let flags = bytes[54] < 58 ? bytes[54] - 48 : bytes[54] - 87
        let trace = String(decoding: bytes[3..<35], as: UTF8.self)
        let span = String(decoding: bytes[36..<52], as: UTF8.self)
        guard trace.utf8.contains(where: { $0 != 48 }), span.utf8.contains(where: { $0 != 48 }) else { return nil }
        self.init(traceID: trace, spanID: span, isSampled: flags & 1 == 1, isRandom: flags & 2 == 2)
    }

    /// The same trace, with a span of our own.
    package func child() -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return TraceContext(
            traceID: traceID, spanID: Self.hex(generator.next() | 1), isSampled: isSampled, isRandom: isRandom)
    }

    /// The header's value, with the flags that this version knows.
    package var traceparent: String { "00-\(traceID)-\(spanID)-0\((isSampled ? 1 : 0) + (isRandom ? 2 : 0))" }

    private static func isHexDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }

    private static func hex(_ value: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                let nibble = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 15
                buffer[index] = nibble < 10 ? 48 + nibble : 87 + nibble
            }
            return 16
        }
    }
}

package import FoundationEssentials

/// A moment with microseconds, as `timestamptz` keeps it.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01 00:00 UTC, without leap seconds.
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// Rounds to the nearest microsecond; times beyond the range become its end.
    package init(_ date: Date) {
        let value = (date.timeIntervalSince1970 * 1_000_000).rounded()
        self.init(microseconds: Int64(exactly: value) ?? (value > 0 ? .max : .min))
    }

    /// The moment now, by the system's clock.
    package static var now: Timestamp { Timestamp(Date()) }

    /// PostgreSQL's `infinity` and `-infinity`.
    package static let infinity = Timestamp(microseconds: .max)
    package static let negativeInfinity = Timestamp(microseconds: .min)

    /// A `Date` has about a microsecond of precision at present.
    package var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// PostgreSQL counts from 2000-01-01.
    static let epochMicroseconds: Int64 = 946_684_800_000_000
}

extension Timestamp: DatabaseElement {
    package static var typeOID: UInt32 { 1184 }
    package static var arrayTypeOID: UInt32 { 1185 }
    package func encode(into buffer: inout [UInt8]) {
        guard microseconds != .max, microseconds != .min else { return buffer.appendBigEndian(microseconds) }
        // Beyond the range PostgreSQL itself refuses the value.
        let (value, overflows) = microseconds.subtractingReportingOverflow(Self.epochMicroseconds)
        buffer.appendBigEndian(overflows ? .min + 1 : value)
    }
}

/// A `jsonb` value as its raw UTF-8 text; nothing here parses it, PostgreSQL does.
package struct JSONB: Sendable, Hashable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package init(_ text: String) { bytes = Array(text.utf8) }

    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension JSONB: DatabaseElement {
    package static var typeOID: UInt32 { 3802 }
    package static var arrayTypeOID: UInt32 { 3807 }
    package func encode(into buffer: inout [UInt8]) {
        buffer.append(1)
        buffer += bytes
    }
}

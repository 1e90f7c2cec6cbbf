import Glibc

/// A moment in UTC, in microseconds since 1970-01-01; RFC 3339 with six fractional digits in JSON.
package struct EventTime: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// A peer's seconds since 1970, which may be any number: what no four-digit year can say becomes the nearest that can.
    package init(clampingSeconds seconds: Int64) {
        let range = Self.writableSeconds
        microseconds = min(max(seconds, range.lowerBound), range.upperBound - 1) * 1_000_000
    }

    /// The system's wall clock.
    package static var now: EventTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return EventTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    package var secondsSinceEpoch: Int64 { microseconds.floorDivided(by: 1_000_000) }

    package static func < (left: EventTime, right: EventTime) -> Bool { left.microseconds < right.microseconds }

    /// `2026-11-22T23:05:09.123456Z`.
    package var description: String {
        String(unsafeUninitializedCapacity: 27) { buffer in
            write(into: buffer)
            return 27
        }
    }

    /// Appends the 27 characters as UTF-8.
    package func append(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 27) { buffer in
            write(into: buffer)
            bytes.append(contentsOf: buffer)
        }
    }

    private func write(into buffer: UnsafeMutableBufferPointer<UInt8>) {
        let seconds = secondsSinceEpoch
        let days = seconds.floorDivided(by: 86_400)
        let (year, month, day) = Self.civil(daysSinceEpoch: days)
        let ofDay = seconds - days * 86_400
        func put(_ value: Int64, at position: Int, digits: Int, then separator: UInt8) {
            var rest = value
            for index in stride(from: position + digits - 1, through: position, by: -1) {
                buffer[index] = UInt8(48 + rest % 10)
                rest /= 10
            }
            buffer[position + digits] = separator
        }
        put(year, at: 0, digits: 4, then: UInt8(ascii: "-"))
        put(month, at: 5, digits: 2, then: UInt8(ascii: "-"))
        put(day, at: 8, digits: 2, then: UInt8(ascii: "T"))
        put(ofDay / 3_600, at: 11, digits: 2, then: UInt8(ascii: ":"))
        put(ofDay / 60 % 60, at: 14, digits: 2, then: UInt8(ascii: ":"))
        put(ofDay % 60, at: 17, digits: 2, then: UInt8(ascii: "."))
        put(microseconds - seconds * 1_000_000, at: 20, digits: 6, then: UInt8(ascii: "Z"))
    }

    /// Reads RFC 3339 (any offset, zero to nine fractional digits, of which six count); `nil` for anything else. A leap
    /// second is the second after it.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        func has(_ character: UInt8, at index: Int) -> Bool { index < bytes.count && bytes[index] == character }
        guard bytes.count >= 20, let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            has(UInt8(ascii: "-"), at: 4), has(UInt8(ascii: "-"), at: 7),
            has(UInt8(ascii: "T"), at: 10) || has(UInt8(ascii: "t"), at: 10),
            has(UInt8(ascii: ":"), at: 13), has(UInt8(ascii: ":"), at: 16),
            (1...12).contains(month), (1...Self.dayCount(year: year, month: month)).contains(day), hour < 24,
            minute < 60, second < 61
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            let start = index + 1
            index = start
            while index < bytes.count, index - start < 9, (48...57).contains(bytes[index]) {
                if index - start < 6 { fraction = fraction * 10 + Int64(bytes[index] - 48) }
                index += 1
            }
            guard index > start else { return nil }
            for _ in min(index - start, 6)..<6 { fraction *= 10 }
        }
        guard index < bytes.count else { return nil }
        var offset: Int64 = 0
        switch bytes[index] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            guard index + 1 == bytes.count else { return nil }
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard index + 6 == bytes.count, bytes[index + 3] == UInt8(ascii: ":"),
                let hours = number(index + 1..<index + 3), let minutes = number(index + 4..<index + 6), hours < 24,
                minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * 60 * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
        default: return nil
        }
        let days = Self.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        guard Self.writableSeconds.contains(seconds) else { return nil }
        microseconds = seconds * 1_000_000 + fraction
    }

    /// The years 0 to 9999: what four digits can say.
    private static let writableSeconds: Range<Int64> = -62_167_219_200..<253_402_300_800

    private static func dayCount(year: Int64, month: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floorDivided(by: 400)
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    private static func civil(daysSinceEpoch: Int64) -> (Int64, Int64, Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension EventTime: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = EventTime(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 date-time")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

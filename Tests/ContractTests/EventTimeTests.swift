import Contracts
import Testing

struct EventTimeTests {
    @Test(arguments: [
        (Int64.min, "0000-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.000000Z"),
        (1_700_000_000, "2023-11-14T22:13:20.000000Z"), (Int64.max, "9999-12-31T23:59:59.000000Z"),
    ])
    func `any number of seconds is a time that can be written`(seconds: Int64, text: String) {
        #expect(EventTime(clampingSeconds: seconds).description == text)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000001Z", 1), ("1969-12-31T23:59:59.999999Z", -1),
        ("2000-02-29T12:00:00Z", 951_825_600_000_000), ("2024-02-29T23:59:59.5Z", 1_709_251_199_500_000),
        ("1900-02-28T00:00:00Z", -2_203_977_600_000_000), ("2026-11-22T23:05:09.123456Z", 1_795_388_709_123_456),
        ("2026-11-23T00:05:09.123456+01:00", 1_795_388_709_123_456),
        ("2026-11-22T17:35:09.123456-05:30", 1_795_388_709_123_456),
        ("2026-11-22t23:05:09.123456z", 1_795_388_709_123_456),
        ("2026-11-22T23:05:09.123456789Z", 1_795_388_709_123_456),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000), ("1970-01-01T00:00:00-00:00", 0),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000), ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ])
    func `a date-time of RFC 3339 is read`(text: String, microseconds: Int64) {
        #expect(EventTime(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-11-22", "2026-11-22T23:05:09", "2026-11-22 23:05:09Z", "2026-11-22T23:05Z",
        "2026-02-29T00:00:00Z", "2026-02-30T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-06-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+01:0", "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z",
        "+026-01-01T00:00:00Z", "2026-1-01T00:00:00ZZ", "2026-01-01T00:00:00,5Z", "２026-01-01T00:00:00Z",
        "2026\r01\r01T00:00:00Z", "2026-01-01T00\u{1A}00\u{1A}00Z", "2026-01-01T00:00:00−01:00",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:60Z", "9999-12-31T23:59:59-00:01",
    ])
    func `what is no date-time is refused`(text: String) {
        #expect(EventTime(text) == nil)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
        (951_825_600_000_000, "2000-02-29T12:00:00.000000Z"),
        (1_795_388_709_123_456, "2026-11-22T23:05:09.123456Z"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
    ])
    func `it is written with six digits in UTC`(microseconds: Int64, text: String) {
        #expect(EventTime(microseconds: microseconds).description == text)
    }

    @Test func `what is written is read back`() {
        var generator = SeededGenerator(seed: 1)
        let years1to9999: Range<Int64> = -62_135_596_800_000_000..<253_402_300_800_000_000
        for _ in 0..<20_000 {
            let time = EventTime(microseconds: Int64.random(in: years1to9999, using: &generator))
            if EventTime(time.description) != time { Issue.record("\(time)") }
        }
    }

    @Test func `every day of four centuries follows the one before`() {
        var day = 1
        var month = 1
        var year = 1_900
        for count in Int64(0)..<146_097 {
            let microseconds = (count - 25_567) * 86_400_000_000
            let text = EventTime(microseconds: microseconds).description
            func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            let expected = "\(year)-\(padded(month))-\(padded(day))"
            guard text.hasPrefix(expected) else { return _ = Issue.record("\(text) is not \(expected)") }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            day += 1
            if day > days { (day, month) = (1, month + 1) }
            if month > 12 { (month, year) = (1, year + 1) }
        }
    }
}

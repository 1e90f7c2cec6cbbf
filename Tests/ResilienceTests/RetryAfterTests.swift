import Resilience
import Testing

@Suite struct RetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
    private let example: Int64 = 784_111_777

    @Test(arguments: [("0", 0), ("120", 120), (" 7\t", 7), ("007", 7)])
    func `a number is a number of seconds`(field: String, seconds: Int) {
        #expect(RetryAfter.wait(from: field, at: example) == .seconds(seconds))
    }

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func `all three forms of HTTP-date are read`(field: String) {
        #expect(RetryAfter.wait(from: field, at: example - 90) == .seconds(90))
        #expect(RetryAfter.wait(from: field, at: example + 90) == .zero)
    }

    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000),
        ("Wed, 31 Dec 2025 23:59:60 GMT", 1_767_225_600), ("Sat Jan 31 00:00:01 2026", 1_769_817_601),
        ("Tue, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
    ])
    func `days are counted in the Gregorian calendar`(field: String, unixTime: Int64) {
        #expect(RetryAfter.wait(from: field, at: unixTime - 3) == .seconds(3))
    }

    @Test func `a two-digit year more than 50 years ahead has passed`() {
        // 2026-01-01.
        let now: Int64 = 1_767_225_600
        #expect(RetryAfter.wait(from: "Monday, 01-Jan-99 00:00:00 GMT", at: now) == .zero)
        #expect(RetryAfter.wait(from: "Friday, 02-Jan-26 00:00:00 GMT", at: now) == .seconds(86_400))
    }

    @Test func `a wait has an end, whatever the server says`() {
        #expect(RetryAfter.wait(from: "99999999999999999999999999", at: 0) == RetryAfter.longest)
        #expect(RetryAfter.wait(from: "Fri, 31 Dec 9999 23:59:59 GMT", at: 0) == RetryAfter.longest)
    }

    @Test(arguments: [
        "", " ", "-1", "+5", "1.5", "5s", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Thu, 29 Feb 2023 12:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "1٣",
    ])
    func `anything else counts as absent`(field: String) {
        #expect(RetryAfter.wait(from: field, at: example) == nil)
    }

    @Test func `random text never gives a negative or endless wait`() {
        let alphabet = Array("0123456789 ,:-GMTSunNové\t")
        expectAll { generator in
            let text = String(
                (0..<Int.random(in: 0...32, using: &generator)).map { _ in
                    alphabet.randomElement(using: &generator) ?? " "
                })
            guard let wait = RetryAfter.wait(from: text, at: example) else { return nil }
            return wait < .zero || wait > RetryAfter.longest ? "\(text) is \(wait)" : nil
        }
    }
}

import CurlHTTP
import Testing

@Suite struct RetryAfterTests {
    /// 1994-11-06 08:49:37.
    private let now = 784_111_777

    @Test(arguments: [
        ("0", 0), ("120", 120), (" 7", 7), ("99999999999999999999999", 86_400), ("604800", 86_400),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
        ("Sat, 05 Nov 1994 08:49:37 GMT", 0), ("Mon, 07 Nov 1994 08:49:36 GMT", 86_399),
    ])
    func `seconds and dates are read`(text: String, seconds: Int) {
        #expect(RetryAfter.duration(text, now: now) == .seconds(seconds))
    }

    @Test func `a leap day counts`() {
        // 2024-02-28 23:59:59 and a second more than a day later.
        let eve = 1_709_164_799
        #expect(RetryAfter.duration("Fri, 01 Mar 2024 00:00:00 GMT", now: eve) == .seconds(86_400))
        #expect(RetryAfter.duration("Thu, 29 Feb 2024 00:00:00 GMT", now: eve) == .seconds(1))
    }

    @Test(arguments: [
        "", "soon", "-1", "1.5", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
    ])
    func `anything else is no time`(text: String) {
        #expect(RetryAfter.duration(text, now: now) == nil)
    }
}

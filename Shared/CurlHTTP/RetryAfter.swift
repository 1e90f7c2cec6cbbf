/// The `Retry-After` field (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// What a longer wait is cut to.
    package static let longest = Duration.seconds(86_400)

    /// How long to wait from now; nil for text that is neither seconds nor an HTTP date.
    /// - Parameter now: seconds since 1970.
    package static func duration(_ text: String, now: Int) -> Duration? {
        let text = text.drop { $0 == " " }
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // So many digits that they are no number mean very long all the same.
            return min(.seconds(Int(text) ?? Int.max >> 16), longest)
        }
        guard let then = seconds(ofDate: text) else { return nil }
        return min(.seconds(max(0, then - now)), longest)
    }

    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the form that servers must send.
    private static func seconds(ofDate text: Substring) -> Int? {
        let fields = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard fields.count == 6, fields[5] == "GMT", let day = Int(fields[1]), (1...31).contains(day),
            let month = months.firstIndex(of: fields[2]), let year = Int(fields[3]), (1970...9999).contains(year)
        else { return nil }
        let clock: [Int] = fields[4].split(separator: ":", omittingEmptySubsequences: true).compactMap { Int($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let seconds: Int = clock[0] * 3_600 + clock[1] * 60 + clock[2]
        return days(year: year, month: month + 1, day: day) * 86_400 + seconds
    }

    /// Days since 1970 in the Gregorian calendar; years begin in March, so that the leap day is the last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month > 2 ? year : year - 1
        let yearDay = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + yearDay - 719_468
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

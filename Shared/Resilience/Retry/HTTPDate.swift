/// HTTP-date in the three forms that a recipient must accept (RFC 9110, 5.6.7); without `Foundation`.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let longDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// Seconds since 1970; nil when it is none of the three forms or no such day or time.
    ///
    /// `now` decides on the century of the form of RFC 850: a year more than 50 years ahead is one that has passed.
    static func unixTime(of text: String, at now: Int64) -> Int64? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        switch words.count {
        // Sun, 06 Nov 1994 08:49:37 GMT
        case 6 where words[5] == "GMT" && words[0].last == "," && days.contains(String(words[0].dropLast())):
            guard let day = number(words[1], 2), let year = number(words[3], 4) else { return nil }
            return unixTime(year: year, month: words[2], day: day, time: words[4])
        // Sunday, 06-Nov-94 08:49:37 GMT
        case 4 where words[3] == "GMT" && words[0].last == "," && longDays.contains(String(words[0].dropLast())):
            let date = words[1].split(separator: "-", omittingEmptySubsequences: false)
            guard date.count == 3, let day = number(date[0], 2), let year = number(date[2], 2) else { return nil }
            return unixTime(year: century(of: year, at: now), month: date[1], day: day, time: words[2])
        // Sun Nov  6 08:49:37 1994, where a day of one digit has a space before it
        case 5 where words[2].count == 2, 6 where words[2].isEmpty && words[3].count == 1:
            guard days.contains(String(words[0])), let day = number(words[words.count - 3], words.count == 5 ? 2 : 1),
                let year = number(words[words.count - 1], 4)
            else { return nil }
            return unixTime(year: year, month: words[1], day: day, time: words[words.count - 2])
        default: return nil
        }
    }

    /// The full year of two digits.
    private static func century(of year: Int64, at now: Int64) -> Int64 {
        let thisYear = 1970 + now / 31_556_952
        let candidate = thisYear - thisYear % 100 + year
        if candidate > thisYear + 50 { return candidate - 100 }
        return candidate < thisYear - 49 ? candidate + 100 : candidate
    }

    private static func unixTime(year: Int64, month: Substring, day: Int64, time: Substring) -> Int64? {
        let parts = time.split(separator: ":", omittingEmptySubsequences: false)
        guard let month = months.firstIndex(of: String(month)).map({ Int64($0) + 1 }), parts.count == 3,
            let hour = number(parts[0], 2), let minute = number(parts[1], 2), let second = number(parts[2], 2),
            hour < 24, minute < 60, second <= 60, (1...length(of: month, in: year)).contains(day)
        else { return nil }
        return daysSince1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    private static func length(of month: Int64, in year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Days from 1970-01-01 in the Gregorian calendar, with years that begin in March so that the leap day is the last.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let years = month > 2 ? year : year - 1
        let monthsSinceMarch = (month + 9) % 12
        let dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
        return years * 365 + years / 4 - years / 100 + years / 400 + dayOfYear - 719_468
    }

    /// Exactly so many decimal digits.
    private static func number(_ text: Substring, _ digits: Int) -> Int64? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }
}

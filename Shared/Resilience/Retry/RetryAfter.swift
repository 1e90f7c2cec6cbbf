/// The header field `Retry-After` (RFC 9110, 10.2.3): a number of seconds or an HTTP-date.
package enum RetryAfter {
    /// No wait is longer, whatever a server says.
    package static let longest = Duration.seconds(366 * 24 * 3_600)

    /// How long the field asks to wait; nil when it is malformed, which counts as absent.
    ///
    /// `unixTime` is the time in seconds since 1970, rounded down so that the wait is never too short; pass the answer's
    /// own `Date` where it has one, and the two clocks need not agree. A date that has passed is no wait.
    package static func wait(from field: String, at unixTime: Int64) -> Duration? {
        let text = trimmed(field.utf8)
        if !text.isEmpty, text.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) {
            // More digits than an Int64 has are as long as can be.
            guard let seconds = Int64(String(decoding: text, as: UTF8.self)) else { return longest }
            return min(longest, .seconds(seconds))
        }
        guard let date = HTTPDate.unixTime(of: String(decoding: text, as: UTF8.self), at: unixTime) else { return nil }
        return min(longest, .seconds(max(0, date - unixTime)))
    }

    /// The text without spaces and tabs around it.
    private static func trimmed(_ text: String.UTF8View) -> [UInt8] {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        return Array(Array(text.drop(while: isBlank)).reversed().drop(while: isBlank).reversed())
    }
}

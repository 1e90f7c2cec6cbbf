/// A context attribute in an HTTP header (CloudEvents HTTP protocol binding 1.0.2, 3.1.3.2).
package enum CloudEventHeader {
    /// The decoded value; nil for what is no UTF-8 once decoded.
    ///
    /// Quotation marks around it are taken off, as the binding asks receivers to, and `%` that encodes nothing stands
    /// for itself.
    package static func value(_ text: String) -> String? {
        var bytes = Array(text.utf8)[...]
        if bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") {
            bytes = bytes.dropFirst().dropLast()
        }
        var decoded: [UInt8] = []
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%"), let high = bytes.first.flatMap(digit),
                let low = bytes.dropFirst().first.flatMap(digit)
            else {
                decoded.append(byte)
                continue
            }
            decoded.append(high << 4 | low)
            bytes = bytes.dropFirst(2)
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
        default: nil
        }
    }
}

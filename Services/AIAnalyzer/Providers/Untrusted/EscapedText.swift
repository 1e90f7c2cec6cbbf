/// Undoes escapes that stand for characters, where a text has several of them.
enum EscapedText {
    /// With fewer escapes a text is read as it is.
    private static let fewest = 4

    /// The value of a digit.
    static func digit(_ byte: UInt8, base: Int) -> Int? {
        let value: Int =
            switch byte {
            case 0x30...0x39: Int(byte) - 0x30
            case 0x41...0x46: Int(byte) - 0x37
            case 0x61...0x66: Int(byte) - 0x57
            default: 16
            }
        return value < base ? value : nil
    }

    /// `%69gnore`.
    static func percent(_ bytes: [UInt8]) -> String? {
        unescape(bytes, lead: UInt8(ascii: "%")) { rest in
            guard let value = number(rest.dropFirst().prefix(2), base: 16), rest.count >= 3 else { return nil }
            return (UInt8(truncatingIfNeeded: value) < 0x80 ? value : 0xFFFD, 3)
        }
    }

    /// `&#105;gnore`, `&#x69;gnore` and the five names of XML.
    static func entities(_ bytes: [UInt8]) -> String? {
        unescape(bytes, lead: UInt8(ascii: "&")) { rest in
            guard let end = rest.prefix(10).firstIndex(of: UInt8(ascii: ";")) else { return nil }
            let name = rest[(rest.startIndex + 1)..<end]
            let length = end - rest.startIndex + 1
            if let value = names[String(decoding: name, as: UTF8.self)] { return (value, length) }
            guard name.first == UInt8(ascii: "#") else { return nil }
            let digits = name.dropFirst()
            let isHexadecimal = digits.first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
            let value = isHexadecimal ? number(digits.dropFirst(), base: 16) : number(digits, base: 10)
            return value.map { ($0, length) }
        }
    }

    /// `\u0069gnore`.
    static func unicodeEscapes(_ bytes: [UInt8]) -> String? {
        unescape(bytes, lead: UInt8(ascii: "\\")) { rest in
            guard rest.count >= 6, rest[rest.startIndex + 1] == UInt8(ascii: "u") else { return nil }
            return number(rest.dropFirst(2).prefix(4), base: 16).map { ($0, 6) }
        }
    }

    private static let names: [String: UInt32] = ["lt": 60, "gt": 62, "amp": 38, "quot": 34, "apos": 39]

    private static func number(_ digits: ArraySlice<UInt8>, base: Int) -> UInt32? {
        guard !digits.isEmpty, digits.count <= 7 else { return nil }
        var value = 0
        for byte in digits {
            guard let digit = digit(byte, base: base) else { return nil }
            value = value * base + digit
        }
        return UInt32(value)
    }

    /// - Parameter read: the character's number and the escape's length, when one begins at its lead.
    private static func unescape(
        _ bytes: [UInt8], lead: UInt8, read: (ArraySlice<UInt8>) -> (UInt32, Int)?
    ) -> String? {
        var result: [UInt8] = []
        var escapes = 0
        var index = 0
        while index < bytes.count {
            if bytes[index] == lead, let (value, length) = read(bytes[index...]), let scalar = Unicode.Scalar(value) {
                result.append(contentsOf: Array(String(Character(scalar)).utf8))
                escapes += 1
                index += length
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return escapes >= fewest ? String(decoding: result, as: UTF8.self) : nil
    }
}

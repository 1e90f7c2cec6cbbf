/// Text as the phrases are written: lower case, without accents, look-alikes and invisible characters.
enum TextFolding {
    /// Lower case and without accents; what is hidden stays hidden.
    static func plain(_ text: String) -> String { fold(text, revealing: false) }

    /// As `plain`, with invisible characters taken out and look-alike letters, also digits in words, put back.
    static func revealed(_ text: String) -> String { fold(text, revealing: true) }

    /// The words of a folded text: runs of letters and digits, with the dots between digits.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        // Bytes: appending scalars to strings costs ten times as much.
        var word: [UInt8] = []
        func flush() {
            if word.last == UInt8(ascii: ".") { word.removeLast() }
            if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
            word.removeAll(keepingCapacity: true)
        }
        var previousIsDigit = false
        for scalar in text.unicodeScalars {
            let isDigit = (0x30...0x39).contains(scalar.value)
            if isDigit || isLetter(scalar) || (scalar == "." && previousIsDigit) {
                append(scalar, to: &word)
            } else if scalar != "'" && scalar != "’" {
                flush()
            }
            previousIsDigit = isDigit
        }
        flush()
        return words
    }

    private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        if scalar.value < 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: scalar.value))
        } else {
            bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// Whether the character takes no room: format characters and the like, but not line breaks.
    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x80: false
        // Soft hyphen, combining grapheme joiner, Hangul fillers, zero width, directions, variation selectors, tags.
        case 0xAD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x200B...0x200F, 0x202A...0x202E,
            0x2060...0x206F, 0x3164, 0xFE00...0xFE0F, 0xFEFF, 0xFFA0, 0xE0000...0xE0FFF:
            true
        default: false
        }
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 { return (0x61...0x7A).contains(scalar.value | 0x20) }
        return scalar.properties.isAlphabetic
    }

    private static func fold(_ text: String, revealing: Bool) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        var word: [Unicode.Scalar] = []
        func flush() {
            for scalar in revealing ? Homoglyphs.latin(word) : word { append(scalar, to: &result) }
            word.removeAll(keepingCapacity: true)
        }
        func add(_ scalar: Unicode.Scalar, isPart: Bool) {
            if isPart { return word.append(scalar) }
            flush()
            append(scalar, to: &result)
        }
        for scalar in text.unicodeScalars {
            if scalar.value < 0x80 {
                let isUpper = (0x41...0x5A).contains(scalar.value)
                let lower = isUpper ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar
                add(
                    lower,
                    isPart: isLetter(lower) || (0x30...0x39).contains(lower.value) || lower == "@" || lower == "$")
            } else if isInvisible(scalar) {
                if !revealing { add(scalar, isPart: false) }
            } else {
                for one in scalar.properties.lowercaseMapping.unicodeScalars
                where one.properties.generalCategory != .nonspacingMark {
                    let base = Homoglyphs.withoutAccent(one)
                    add(base, isPart: isLetter(base))
                }
            }
        }
        flush()
        return String(decoding: result, as: UTF8.self)
    }
}

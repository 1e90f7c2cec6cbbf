/// Text as the phrases are written: lower case, without accents, look-alikes and invisible characters.
enum TextFolding {
    /// Lower case and without accents; what is hidden stays hidden.
    static func plain(_ text: String) -> String { fold(text, revealing: false) }

    /// As `plain`, with invisible characters taken out and look-alike letters, also digits in words, put back.
    static func revealed(_ text: String) -> String { fold(text, revealing: true) }

    /// The words of a folded text: runs of letters and digits, with the dots between digits.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        func flush() {
            if !word.isEmpty { words.append(String(word)) }
            word = String.UnicodeScalarView()
        }
        var previousIsDigit = false
        for scalar in text.unicodeScalars {
            let isDigit = (0x30...0x39).contains(scalar.value)
            if isDigit || isLetter(scalar) {
                word.append(scalar)
            } else if scalar == "." && previousIsDigit {
                word.append(scalar)
            } else if scalar != "'" && scalar != "’" {
                flush()
            }
            previousIsDigit = isDigit
        }
        flush()
        return words.map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
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
        var result = String.UnicodeScalarView()
        var word: [Unicode.Scalar] = []
        func flush() {
            result.append(contentsOf: revealing ? Homoglyphs.latin(word) : word)
            word.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            if scalar.value < 0x80 {
                let isUpper = (0x41...0x5A).contains(scalar.value)
                let lower = isUpper ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar
                if isLetter(lower) || (0x30...0x39).contains(lower.value) || lower == "@" || lower == "$" {
                    word.append(lower)
                } else {
                    flush()
                    result.append(lower)
                }
                continue
            }
            if isInvisible(scalar) {
                if revealing { continue }
                flush()
                result.append(scalar)
            } else if scalar.properties.generalCategory == .nonspacingMark {
                continue
            } else {
                let lower = scalar.properties.lowercaseMapping.unicodeScalars
                for one in lower where one.properties.generalCategory != .nonspacingMark {
                    let base = Homoglyphs.withoutAccent(one)
                    if isLetter(base) {
                        word.append(base)
                    } else {
                        flush()
                        result.append(base)
                    }
                }
            }
        }
        flush()
        return String(result)
    }
}

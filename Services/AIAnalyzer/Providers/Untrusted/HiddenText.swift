/// Text that stands inside other text in a form that a person doesn't read.
enum HiddenText {
    /// What was hidden, and how a suspicion calls it.
    struct Finding: Equatable {
        let text: String
        let sign: Suspicion.Sign
    }

    /// Most bytes that are decoded of one text.
    private static let maximumBytes = 65_536

    /// Everything that a text hides: comments, tag characters, and words in common encodings.
    static func findings(in text: String) -> [Finding] {
        var findings: [Finding] = []
        func add(_ text: String?, _ sign: Suspicion.Sign) {
            if let text, !text.isEmpty { findings.append(Finding(text: text, sign: sign)) }
        }
        add(comments(text), .hidden)
        add(tagCharacters(text), .hidden)
        let bytes = Array(text.utf8.prefix(maximumBytes))
        add(base64(bytes), .encoded)
        add(hexadecimal(bytes), .encoded)
        add(EscapedText.percent(bytes), .encoded)
        add(EscapedText.entities(bytes), .encoded)
        add(EscapedText.unicodeEscapes(bytes), .encoded)
        return findings
    }

    /// Folded words as they would read with their letters shifted by thirteen, and backwards.
    static func disguises(of words: [String]) -> [[String]] {
        [words.map(rot13), words.reversed().map(backwards)]
    }

    /// What stands in `<!-- -->`.
    private static func comments(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        let (open, close) = (Array("<!--".utf8), Array("-->".utf8))
        var found: [UInt8] = []
        var isInside = false
        var index = 0
        while index < bytes.count {
            let mark = isInside ? close : open
            if bytes[index] == mark[0], bytes[index...].starts(with: mark) {
                isInside.toggle()
                found.append(0x0A)
                index += mark.count
            } else {
                if isInside { found.append(bytes[index]) }
                index += 1
            }
        }
        return found.isEmpty ? nil : String(decoding: found, as: UTF8.self)
    }

    /// ASCII written in Unicode's invisible tag characters.
    private static func tagCharacters(_ text: String) -> String? {
        let tags = text.unicodeScalars.lazy.filter { (0xE0020...0xE007E).contains($0.value) }
            .compactMap { Unicode.Scalar($0.value - 0xE0000) }
        // A few make up the flag of a region.
        guard tags.prefix(13).count > 12 else { return nil }
        return String(String.UnicodeScalarView(tags))
    }

    /// The text of all long runs of base64, also over several lines.
    private static func base64(_ bytes: [UInt8]) -> String? {
        var found = ""
        forEachRun(in: bytes, atLeast: 24, isPart: { Base64.value(of: $0) != nil }) { run in
            guard let text = readable(Base64.decode(run)) else { return }
            found += text + "\n"
        }
        return found
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String? {
        var found = ""
        forEachRun(in: bytes, atLeast: 32, isPart: { EscapedText.digit($0, base: 16) != nil }) { run in
            let digits = run.compactMap { EscapedText.digit($0, base: 16) }
            let decoded = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
            guard let text = readable(decoded) else { return }
            found += text + "\n"
        }
        return found
    }

    /// Calls for each run of such bytes; single line breaks within a run are left out.
    private static func forEachRun(
        in bytes: [UInt8], atLeast length: Int, isPart: (UInt8) -> Bool, _ body: ([UInt8]) -> Void
    ) {
        var run: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if isPart(byte) {
                run.append(byte)
                continue
            }
            let isWrap = (byte == 0x0A || byte == 0x0D) && run.count >= 60 && index + 1 < bytes.count
            if isWrap { continue }
            if run.count >= length { body(run) }
            run.removeAll(keepingCapacity: true)
        }
        if run.count >= length { body(run) }
    }

    /// Decoded bytes that are a text of words; nil for other data.
    private static func readable(_ bytes: [UInt8]) -> String? {
        guard bytes.contains(0x20), let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let controls = text.unicodeScalars.count { $0.properties.generalCategory == .control && $0 != "\n" }
        return controls == 0 ? text : nil
    }

    private static func backwards(_ word: String) -> String {
        let bytes = Array(word.utf8)
        // Letters of other scripts stay: their bytes have an order of their own.
        return bytes.allSatisfy { $0 < 0x80 } ? String(decoding: bytes.reversed(), as: UTF8.self) : word
    }

    private static func rot13(_ word: String) -> String {
        let bytes = word.utf8.map { (0x61...0x7A).contains($0) ? ($0 - 0x61 + 13) % 26 + 0x61 : $0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Base64 in both alphabets, with or without padding.
enum Base64 {
    /// The six bits of a character.
    static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - 65)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - 71)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }

    /// The bytes; what is left over at the end is dropped.
    static func decode(_ characters: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count * 3 / 4)
        var buffer: UInt32 = 0
        var bits = 0
        for character in characters {
            guard let value = value(of: character) else { continue }
            buffer = buffer << 6 | value
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
        }
        return bytes
    }
}

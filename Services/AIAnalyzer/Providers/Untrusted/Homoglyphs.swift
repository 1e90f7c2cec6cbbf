/// Characters that look like Latin letters (a part of Unicode's confusables, UTS 39), and letters with accents.
enum Homoglyphs {
    /// The letter under an accent; the character itself when it has none.
    static func withoutAccent(_ scalar: Unicode.Scalar) -> Unicode.Scalar { accents[scalar] ?? scalar }

    /// A word, with its look-alikes put back, if it has Latin letters and others, or others alone that all look Latin.
    ///
    /// So a Russian or Greek word stays what it is, and a mixed one becomes Latin. Digits in a word of letters become
    /// the letters that they are written for.
    static func latin(_ word: [Unicode.Scalar]) -> [Unicode.Scalar] {
        if word.allSatisfy(isASCIILetter) { return word }
        let styled = word.map { $0.value < 0x80 ? $0 : plainStyle($0) }
        let isAllLatin = styled.allSatisfy { ascii($0) != nil }
        let isMixed = styled.contains { isASCIILetter($0) } && styled.contains { !isASCIILetter($0) }
        guard isMixed || isAllLatin else { return styled }
        guard styled.contains(where: { !isDigit($0) }) else { return styled }
        return styled.map { ascii($0) ?? $0 }
    }

    private static func isASCIILetter(_ scalar: Unicode.Scalar) -> Bool { (0x61...0x7A).contains(scalar.value) }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { (0x30...0x39).contains(scalar.value) }

    /// The Latin letter that it is or looks like.
    private static func ascii(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        isASCIILetter(scalar) ? scalar : lookAlikes[scalar]
    }

    /// The plain letter of a full-width, mathematical, circled or small-capital one.
    private static func plainStyle(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        let value = scalar.value
        let offset: UInt32? =
            switch value {
            case 0xFF21...0xFF3A: value - 0xFF21
            case 0xFF41...0xFF5A: value - 0xFF41
            case 0x1D400...0x1D6A3: (value - 0x1D400) % 26
            case 0x24B6...0x24CF: value - 0x24B6
            case 0x24D0...0x24E9: value - 0x24D0
            case 0x1F130...0x1F149: value - 0x1F130
            case 0x1F150...0x1F169: value - 0x1F150
            case 0x1F170...0x1F189: value - 0x1F170
            default: nil
            }
        if let offset, let plain = Unicode.Scalar(0x61 + offset) { return plain }
        return smallCapitals[scalar] ?? scalar
    }

    private static func table(_ pairs: String) -> [Unicode.Scalar: Unicode.Scalar] {
        var table: [Unicode.Scalar: Unicode.Scalar] = [:]
        for pair in pairs.split(separator: " ", omittingEmptySubsequences: true) {
            let scalars = Array(pair.unicodeScalars)
            guard let letter = scalars.first else { continue }
            for other in scalars.dropFirst() { table[other] = letter }
        }
        return table
    }

    /// Each group: the Latin letter, then what looks like it (lower case; Cyrillic, Greek, Armenian, Cherokee, digits).
    private static let lookAlikes = table(
        "aаαɑ4@ bЬьƅв6 cсϲⅽ dԁⅾɗ eеҽєε3 fϝғ gɡցԍ hһհнн iіιıɩӏ1ⅰ jјϳ kкκĸⅿ lⅼ mмⅿ nոռпη oоοօσ0 pрρ qԛգ rгᴦ sѕꜱ5$ "
            + "tτт7 uυսц vνѵⅴ wԝѡω xхχⅹ yуγү zᴢᶻ")

    private static let smallCapitals = table(
        "aᴀ bʙ cᴄ dᴅ eᴇ fꜰ gɢ hʜ iɪ jᴊ kᴋ lʟ mᴍ nɴ oᴏ pᴘ rʀ sꜱ tᴛ uᴜ vᴠ wᴡ yʏ zᴢ")

    private static let accents = table(
        "aàáâãäåāăą cçćĉċč dďđ eèéêëēĕėęě gĝğġģ hĥħ iìíîïĩīĭįı jĵ kķ lĺļľŀł nñńņňŉ oòóôõöøōŏő rŕŗř sśŝşšș tţťŧț "
            + "uùúûüũūŭůűų wŵ yýÿŷ zźżž её")
}

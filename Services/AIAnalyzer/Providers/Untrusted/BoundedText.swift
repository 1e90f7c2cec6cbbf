/// Text of others, made short and plain enough to be logged, stored and shown.
package enum BoundedText {
    /// One line of at most so many Unicode scalars: control and format characters become blanks, runs of blanks one.
    package static func line(_ text: String, characters: Int) -> String {
        var scalars = String.UnicodeScalarView()
        var count = 0
        var isBlankDue = false
        for scalar in text.unicodeScalars {
            if isBlank(scalar) {
                isBlankDue = count > 0
                continue
            }
            let needed = isBlankDue ? 2 : 1
            if count + needed > characters { break }
            if isBlankDue { scalars.append(" ") }
            scalars.append(scalar)
            count += needed
            isBlankDue = false
        }
        return String(scalars)
    }

    /// The first so many bytes of UTF-8, cut before the character that would go over.
    package static func prefix(_ text: String, bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        let utf8 = text.utf8
        var end = utf8.index(utf8.startIndex, offsetBy: max(0, bytes))
        while end > utf8.startIndex, utf8[end] & 0b1100_0000 == 0b1000_0000 { end = utf8.index(before: end) }
        return String(text[..<end])
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .privateUse,
            .unassigned:
            true
        default: false
        }
    }
}

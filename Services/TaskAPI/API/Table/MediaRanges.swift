/// What an `Accept` header asks for (RFC 9110, 12.5.1).
package enum MediaRanges {
    /// Whether an answer of one of the media types will do. What can't be read asks for anything.
    package static func take(_ types: [String], in accept: String) -> Bool {
        if accept == "*/*" { return true }
        var isAnyRead = false
        var refused: Set<String> = []
        var taken: Set<String> = []
        for part in accept.utf8.split(separator: UInt8(ascii: ",")) {
            let pieces = part.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            let range = Self.trimmed(pieces[0]).lowercased()
            guard range.utf8.contains(UInt8(ascii: "/")) else { continue }
            isAnyRead = true
            for type in types where covers(range, type) {
                if pieces.dropFirst().contains(where: isZeroWeight), range == type {
                    refused.insert(type)
                } else if !pieces.dropFirst().contains(where: isZeroWeight) {
                    taken.insert(type)
                }
            }
        }
        return !isAnyRead || !taken.subtracting(refused).isEmpty
    }

    private static func covers(_ range: String, _ type: String) -> Bool {
        if range == type || range == "*/*" { return true }
        guard range.hasSuffix("/*") else { return false }
        return type.hasPrefix(range.dropLast())
    }

    /// `q=0`, `q=0.0` and so on: not acceptable.
    private static func isZeroWeight(_ parameter: Substring.UTF8View) -> Bool {
        let text = trimmed(parameter).lowercased()
        return text.hasPrefix("q=") && Double(text.dropFirst(2)) == 0
    }

    private static func trimmed(_ bytes: Substring.UTF8View) -> String {
        String(Substring(bytes)).split(separator: " ").joined()
    }
}

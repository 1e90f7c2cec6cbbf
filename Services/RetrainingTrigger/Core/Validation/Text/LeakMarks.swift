/// Marks in a text that could have been put there by triage: bracketed tags, what stands before a title's first colon,
/// and `key: value` lines.
enum LeakMarks {
    private static let maximumLines = 60
    private static let maximumMarks = 60
    private static let maximumBytes = 40

    /// In lower case, each once, with its kind in front: `tag bug`, `prefix bug`, `line label: bug`.
    static func all(title: String, body: String) -> Set<String> {
        var marks: Set<String> = []
        let title = Array(title.utf8.prefix(300))
        addTags(title, &marks)
        if let colon = title.firstIndex(of: UInt8(ascii: ":")), colon + 1 < title.count, title[colon + 1] == 0x20,
            let text = text(title[..<colon])
        {
            marks.insert("prefix " + text)
        }
        for line in body.utf8.split(separator: 0x0a, maxSplits: maximumLines, omittingEmptySubsequences: true) {
            guard marks.count < maximumMarks, line.count <= 2 * maximumBytes else { continue }
            let line = Array(line)
            addTags(line, &marks)
            addPair(line, &marks)
        }
        return marks
    }

    /// `[bug]`, `(bug)`, `<bug>`, `{bug}` and `#bug`.
    private static func addTags(_ line: [UInt8], _ marks: inout Set<String>) {
        let pairs: [UInt8: UInt8] = [
            UInt8(ascii: "["): UInt8(ascii: "]"), UInt8(ascii: "("): UInt8(ascii: ")"),
            UInt8(ascii: "{"): UInt8(ascii: "}"), UInt8(ascii: "<"): UInt8(ascii: ">"),
        ]
        var position = 0
        while position < line.count {
            defer { position += 1 }
            if let closing = pairs[line[position]] {
                let rest = line[(position + 1)...].prefix(maximumBytes)
                guard let end = rest.firstIndex(of: closing), let text = text(rest[..<end]) else { continue }
                marks.insert("tag " + text)
            } else if line[position] == UInt8(ascii: "#") {
                let word = line[(position + 1)...].prefix(maximumBytes).prefix { isWord($0) }
                guard word.count > 1, word.count < maximumBytes, let text = text(word) else { continue }
                marks.insert("tag " + text)
            }
        }
    }

    /// A line that is one `key: value` or `key = value`.
    private static func addPair(_ line: [UInt8], _ marks: inout Set<String>) {
        guard let middle = line.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") }),
            let key = text(line[..<middle]), let value = text(line[(middle + 1)...])
        else { return }
        marks.insert("line \(key): \(value)")
    }

    /// Words of letters and digits, at most four and with a letter among them, in lower case; nil for anything else.
    private static func text(_ bytes: some Sequence<UInt8>) -> String? {
        var words: [[UInt8]] = [[]]
        var hasLetter = false
        for byte in bytes {
            if isWord(byte) {
                let isUpper = (0x41...0x5a).contains(byte)
                hasLetter = hasLetter || byte >= 0x41
                words[words.count - 1].append(isUpper ? byte | 0x20 : byte)
            } else if words[words.count - 1].isEmpty == false {
                words.append([])
            }
        }
        words.removeAll(where: \.isEmpty)
        let length = words.reduce(0) { $0 + $1.count }
        guard hasLetter, (1...4).contains(words.count), length > 1, length <= maximumBytes else { return nil }
        return words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte >= 0x80
    }
}

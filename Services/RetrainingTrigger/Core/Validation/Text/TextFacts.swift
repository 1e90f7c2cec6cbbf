import TriageModel

/// What the checks need to know of one text, from one pass over its bytes.
struct TextFacts: Sendable {
    /// Hashes of the words of the title, in order.
    let title: [UInt64]
    /// Of the first words of the body.
    let body: [UInt64]
    /// Letters and digits.
    let letters: Int
    let bytes: Int
    let script: Script

    /// Words that are looked at in a body.
    static let bodyWords = 250

    init(_ example: DatasetExample) { self.init(title: example.title, body: example.body) }

    init(title: String, body: String) {
        var scan = WordScan()
        self.title = scan.words(title, limit: 64)
        self.body = scan.words(body, limit: Self.bodyWords)
        letters = scan.letters
        script = scan.script
        bytes = title.utf8.count + body.utf8.count
    }

    var words: [UInt64] { title + body }
}

/// The script that most letters of a text are in.
enum Script: String, CaseIterable, Sendable {
    case latin, greek, cyrillic, semitic, indic, asian, other, none

    init(_ scalar: UInt32) {
        switch scalar {
        case 0x41...0x24f: self = .latin
        case 0x370...0x3ff: self = .greek
        case 0x400...0x52f: self = .cyrillic
        case 0x590...0x7ff: self = .semitic
        case 0x900...0xdff: self = .indic
        case 0x1100...0x11ff, 0x2e80...0x9fff, 0xac00...0xd7af, 0xf900...0xfaff, 0xff66...0xff9f: self = .asian
        default: self = .other
        }
    }
}

/// Splits texts into hashed words and counts their letters by script.
struct WordScan {
    private(set) var letters = 0
    private var scripts = [Int](repeating: 0, count: Script.allCases.count)

    var script: Script {
        guard let most = scripts.indices.max(by: { scripts[$0] < scripts[$1] }), scripts[most] > 0 else { return .none }
        return Script.allCases[most]
    }

    /// Runs of letters and digits in lower case; a letter outside of ASCII is one as it is. Asian scripts, which set no
    /// blanks, give one word a letter.
    mutating func words(_ text: String, limit: Int) -> [UInt64] {
        var words: [UInt64] = []
        var hash = Self.seed
        var isOpen = false
        for scalar in text.unicodeScalars {
            let value = scalar.value
            let isASCII = value < 0x80
            let lowered = (0x41...0x5a).contains(value) ? value | 0x20 : value
            let isLetter =
                isASCII
                ? (0x61...0x7a).contains(lowered) || (0x30...0x39).contains(value)
                : value >= 0xaa && scalar.properties.isAlphabetic
            if isLetter {
                letters += 1
                let script = Script(value)
                if !isASCII || lowered >= 0x61, let place = Script.allCases.firstIndex(of: script) {
                    scripts[place] += 1
                }
                hash = (hash ^ UInt64(lowered)) &* Self.prime
                isOpen = true
                guard script == .asian else { continue }
            }
            guard isOpen else { continue }
            words.append(hash)
            if words.count == limit { return words }
            hash = Self.seed
            isOpen = false
        }
        if isOpen { words.append(hash) }
        return words
    }

    private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01b3
}

/// Spreads a hash's bits (the last steps of MurmurHash3).
@inline(__always) func mixed(_ value: UInt64) -> UInt64 {
    var hash = value
    hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
    return hash ^ hash >> 33
}

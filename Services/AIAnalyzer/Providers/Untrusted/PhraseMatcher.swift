/// Finds the phrases of `InstructionPhrases` in folded text, in time linear in the text.
struct PhraseMatcher: Sendable {
    static let standard = PhraseMatcher()

    /// One word of a phrase, and how many others may stand before it.
    private struct Step: Sendable {
        var words: Set<String>
        var prefixes: [String]
        var gap: Int

        func matches(_ word: String) -> Bool { words.contains(word) || prefixes.contains { word.hasPrefix($0) } }
    }

    private struct Phrase: Sendable {
        var sign: Suspicion.Sign
        var steps: [Step]
    }

    /// Letters of a word that phrases are looked up by.
    private static let keyLength = 3
    private var phrasesByKey: [String: [Phrase]] = [:]
    private let characterPhrases: [(sign: Suspicion.Sign, pieces: [[[Unicode.Scalar]]])]

    private init() {
        characterPhrases = InstructionPhrases.byCharacters.map { phrase in
            (phrase.sign, phrase.pieces.map { $0.map { Array($0.unicodeScalars) } })
        }
        for (sign, phrases) in InstructionPhrases.byWords {
            for text in phrases {
                let phrase = Phrase(sign: sign, steps: Self.steps(text))
                guard let first = phrase.steps.first else { continue }
                let keys = Set((Array(first.words) + first.prefixes).map { String($0.prefix(Self.keyLength)) })
                for key in keys { phrasesByKey[key, default: []].append(phrase) }
            }
        }
    }

    private static func steps(_ text: String) -> [Step] {
        var steps: [Step] = []
        var gap = 0
        for part in text.split(separator: " ", omittingEmptySubsequences: true) {
            if part.hasPrefix("~") {
                gap = Int(part.dropFirst()) ?? 0
                continue
            }
            let words = part.split(separator: "|", omittingEmptySubsequences: true).map(String.init)
            steps.append(
                Step(
                    words: Set(words.filter { !$0.hasSuffix("*") }),
                    prefixes: words.filter { $0.hasSuffix("*") }.map { String($0.dropLast()) }, gap: gap))
            gap = 0
        }
        return steps
    }

    /// The signs in a text that `TextFolding` made.
    func signs(in text: String) -> Set<Suspicion.Sign> {
        signs(inWords: TextFolding.words(text)).union(signs(inCharacters: text))
    }

    /// The signs in words that are folded already.
    func signs(inWords words: [String]) -> Set<Suspicion.Sign> {
        var signs: Set<Suspicion.Sign> = []
        for index in words.indices {
            guard let phrases = phrasesByKey[String(words[index].prefix(Self.keyLength))] else { continue }
            for phrase in phrases where !signs.contains(phrase.sign) {
                if Self.matches(phrase.steps[...], words, at: index) { signs.insert(phrase.sign) }
            }
        }
        return signs
    }

    /// Whether the first step's word stands at the index and the others follow, each within its gap.
    private static func matches(_ steps: ArraySlice<Step>, _ words: [String], at index: Int) -> Bool {
        guard let step = steps.first else { return true }
        let last = min(words.count - 1, index + step.gap)
        guard index <= last else { return false }
        return (index...last).contains { position in
            step.matches(words[position]) && matches(steps.dropFirst(), words, at: position + 1)
        }
    }

    private func signs(inCharacters text: String) -> Set<Suspicion.Sign> {
        // Most texts have no such character at all.
        guard text.unicodeScalars.contains(where: { $0.value >= 0x3040 }) else { return [] }
        let scalars = Array(text.unicodeScalars)
        var signs: Set<Suspicion.Sign> = []
        for (sign, pieces) in characterPhrases where !signs.contains(sign) {
            if scalars.indices.contains(where: { Self.matches(pieces[...], scalars, at: $0, gap: 0) }) {
                signs.insert(sign)
            }
        }
        return signs
    }

    private static func matches(
        _ pieces: ArraySlice<[[Unicode.Scalar]]>, _ scalars: [Unicode.Scalar], at index: Int, gap: Int
    ) -> Bool {
        guard let alternatives = pieces.first else { return true }
        let last = min(scalars.count - 1, index + gap)
        guard index <= last else { return false }
        return (index...last).contains { position in
            alternatives.contains { piece in
                piece.first == scalars[position] && scalars[position...].starts(with: piece)
                    && matches(pieces.dropFirst(), scalars, at: position + piece.count, gap: 12)
            }
        }
    }
}

/// Looks for instructions to a model in text that should hold none: tasks, and a model's own explanations.
///
/// It is a second line. The first is that such text reaches a model only as data, and that whatever the model answers
/// is on a closed list. A flag asks for a person's look; it is no verdict, and a text without one is not proven clean.
package enum InstructionDetector {
    /// Most bytes of one text that are looked at.
    package static let maximumBytes = 65_536

    /// What is suspicious in a task.
    package static func suspicions(title: String, body: String) -> [Suspicion] {
        suspicions(in: title, at: .title) + suspicions(in: body, at: .body)
    }

    /// What is suspicious in one text; each sign once, in the order of `Suspicion.Sign`.
    package static func suspicions(in text: String, at place: Suspicion.Place) -> [Suspicion] {
        let signs = signs(in: BoundedText.prefix(text, bytes: maximumBytes))
        return Suspicion.Sign.allCases.filter(signs.contains).map { Suspicion(place: place, sign: $0) }
    }

    private static func signs(in text: String) -> Set<Suspicion.Sign> {
        let folded = TextFolding.plain(text)
        let plain = direct(folded)
        let revealed = direct(TextFolding.revealed(text))
        var signs = plain.union(revealed)
        // What only shows once look-alikes and invisible characters are put right was meant not to show.
        if !revealed.isSubset(of: plain) { signs.insert(.hidden) }
        func add(_ found: Set<Suspicion.Sign>, as disguise: Suspicion.Sign) {
            // What is decoded must add something: most of the text is the same as before. A comment hides anyway.
            guard !found.isEmpty, disguise == .hidden || !found.isSubset(of: signs) else { return }
            signs.formUnion(found)
            signs.insert(disguise)
        }
        for finding in HiddenText.findings(in: text) {
            add(direct(TextFolding.revealed(finding.text)), as: finding.sign)
        }
        for words in HiddenText.disguises(of: TextFolding.words(folded)) {
            add(PhraseMatcher.standard.signs(inWords: words), as: .encoded)
        }
        return signs
    }

    private static func direct(_ folded: String) -> Set<Suspicion.Sign> {
        var signs = PhraseMatcher.standard.signs(in: folded)
        if holdsMarkup(Array(folded.utf8)) { signs.insert(.chatMarkup) }
        return signs
    }

    /// The marks by their first byte.
    private static let markup: [[[UInt8]]] = {
        var table = [[[UInt8]]](repeating: [], count: 256)
        for mark in InstructionPhrases.markup.map({ Array($0.utf8) }) { table[Int(mark[0])].append(mark) }
        return table
    }()

    private static func holdsMarkup(_ bytes: [UInt8]) -> Bool {
        let markup = markup
        return bytes.indices.contains { index in
            let marks = markup[Int(bytes[index])]
            return !marks.isEmpty && marks.contains { bytes[index...].starts(with: $0) }
        }
    }
}

/// The words of an asking task as the index sees them.
struct AskedWords {
    /// A word that some task in the index has.
    struct Known {
        let number: UInt32
        /// How telling it is and how often the asking task says it.
        let weight: Float
        /// Its place in the reader.
        let index: Int
    }

    /// The most telling first.
    let known: [Known]
    /// What the asking task would score with itself: the divisor.
    let selfScore: Float
    /// Mean length of the scope's tasks.
    let meanLength: Float
    /// As read.
    let words: [TermReader.Word]

    init(_ reader: TermReader, _ vocabulary: Vocabulary, _ totals: ScopeTotals) {
        let meanLength = Float(totals.wordLength) / Float(totals.documents)
        let ownNorm = SimilarityRecipe.lengthNorm(reader.wordLength, mean: meanLength)
        var known: [Known] = []
        known.reserveCapacity(reader.words.count)
        var selfScore: Float = 0
        for (index, word) in reader.words.enumerated() {
            let number = vocabulary.number(of: word.hash)
            let documents = number.map { Int(vocabulary.lists[Int($0)].living) } ?? 0
            let rarity = SimilarityRecipe.rarity(documents: documents, population: totals.documents)
            let weight = SimilarityRecipe.asked(word.count) * rarity
            selfScore += weight * SimilarityRecipe.saturated(Float(word.count), norm: ownNorm)
            if let number { known.append(Known(number: number, weight: weight, index: index)) }
        }
        self.known = known.sorted { ($0.weight, $1.index) > ($1.weight, $0.index) }
        self.selfScore = selfScore
        self.meanLength = meanLength
        words = reader.words
    }
}

extension SimilarityIndex {
    static let sharedTerms = 5

    /// The words that both tasks have, the most telling first, as `text` writes them.
    func sharedTerms(_ asked: AskedWords, _ document: SimilarityDocument, _ text: TaskText) -> [String] {
        var chosen: [TermReader.Word] = []
        for known in asked.known where document.has(known.number) {
            let word = asked.words[known.index]
            // "NullPointerException" is said once, without its parts.
            if chosen.contains(where: { $0.contains(word) }) { continue }
            if let part = chosen.firstIndex(where: { word.contains($0) }) {
                chosen[part] = word
                chosen = chosen.enumerated().filter { $0.offset == part || !word.contains($0.element) }.map(\.element)
            } else if chosen.count < Self.sharedTerms {
                chosen.append(word)
            }
        }
        return chosen.map { word in
            let source = word.isInTitle ? text.title : text.body
            return String(
                decoding: source.utf8.dropFirst(Int(word.start)).prefix(Int(word.end - word.start)), as: UTF8.self)
        }
    }
}

extension TermReader.Word {
    /// Whether the other's bytes are among these.
    func contains(_ other: TermReader.Word) -> Bool {
        isInTitle == other.isInTitle && start <= other.start && other.end <= end
    }
}

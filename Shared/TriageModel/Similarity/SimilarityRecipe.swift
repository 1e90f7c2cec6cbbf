/// The numbers of the similarity score, one set for every data set.
///
/// Two BM25 scores (Robertson and Zaragoza 2009), one over stems and one over sequences of four characters, each
/// divided by the score that the asking task has with itself, then averaged: a task with the same words scores 1.
/// Both count the title three times. Chosen by the mean over three public sets of duplicates; all values near these
/// give nearly the same recall, see the benchmark `Tests/Benchmarks/similarity`.
enum SimilarityRecipe {
    /// How slowly more of the same word stops counting (k1 of BM25).
    static let saturation: Float = 2
    /// How much a task's length counts against it (b of BM25).
    static let lengthShare: Float = 0.9
    /// A word of the title counts as often as so many of the body.
    static let titleRepeats = 3
    /// Words of the title that are read.
    static let titleWords = 64
    /// Words of the body that are read, stop words not counted.
    static let bodyWords = 128
    static let titleBytes = 2_048
    static let bodyBytes = 4_096
    /// Bytes of the title from which character sequences come.
    static let titleGramBytes = 300
    /// Bytes of the body from which character sequences come.
    static let bodyGramBytes = 400
    /// Distinct character sequences are hashed to 2^14 buckets.
    static let gramBits = 14
    static let gramBuckets = 1 << gramBits
    /// How often a character sequence occurs: once, twice, three or four times, more often.
    static let gramLevels: [Float] = [1, 2, 3, 6]
    /// What a similarity of embeddings counts beside words and characters, which count 1 each.
    static let embeddingWeight: Float = 1
    /// Frequencies are counted as if there were at least so many tasks: in a small index no word is telling by chance.
    static let minimumPopulation = 500
    /// Entries of the words' lists that one query reads, the most telling words first.
    static let postingBudget = 32_768
    /// Candidates that are compared exactly.
    static let candidates = 128
    /// Candidates that come from embeddings, besides those from words.
    static let nearest = 64
    /// Embeddings that one query compares, the newest.
    static let embeddingBudget = 16_384
    /// What a word of the title adds to a candidate beside one of the body, before the exact comparison.
    static let titleGain: Float = 1.8

    /// How telling a term is that so many of `population` tasks have.
    static func rarity(documents: Int, population: Int) -> Float {
        let population = Double(max(population, minimumPopulation))
        let documents = Double(max(documents, 1))
        return Float(Logarithm.natural(1 + (population - documents + 0.5) / (documents + 0.5)))
    }

    /// What a task of this length has in the divisor of its term weights.
    @inline(__always) static func lengthNorm(_ length: Int, mean: Float) -> Float {
        saturation * (1 - lengthShare + lengthShare * Float(length) / mean)
    }

    /// What `count` occurrences of a term in a task are worth.
    @inline(__always) static func saturated(_ count: Float, norm: Float) -> Float {
        count * (saturation + 1) / (count + norm)
    }

    /// What `count` occurrences in the asking task are worth: 1 + ln(count).
    @inline(__always) static func asked(_ count: Int) -> Float { askedTable[min(count, askedTable.count - 1)] }

    private static let askedTable: [Float] = (0..<128).map { $0 == 0 ? 0 : 1 + Float(Logarithm.natural(Double($0))) }
}

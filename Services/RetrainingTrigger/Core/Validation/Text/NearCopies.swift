/// Pairs of texts that are nearly the same: their sets of three-word runs have a Jaccard index of .8 or more, and their
/// titles share most of their words. A template that two tasks fill in alike is no copy: its titles differ.
///
/// Candidates come from MinHash with banding (Broder, On the Resemblance and Containment of Documents, 1997; Leskovec,
/// Rajaraman and Ullman, Mining of Massive Datasets, chapter 3), and each is then compared exactly. Eight bands of four
/// find a pair of index .8 with a probability of .985.
struct NearCopies: Sendable {
    /// Places of the two examples, the lower first.
    struct Pair: Hashable, Sendable {
        let first: Int
        let second: Int
    }

    static let threshold = 0.8
    static let titleThreshold = 0.5
    /// Later ones are not compared.
    static let maximumTasks = 50_000
    /// Members of a bucket that a text is compared with: a thousand copies of one text cost no million comparisons.
    static let comparisons = 8
    /// Texts of fewer words are no evidence of copying.
    static let minimumWords = 5

    private static let bands = 8
    private static let rows = 4
    private static let shingleWords = 3
    private static let maximumShingles = 256

    let pairs: [Pair]
    /// Examples that have a near copy.
    let members: Set<Int>

    init(_ texts: [TextFacts]) {
        let shingles = texts.prefix(Self.maximumTasks).map(Self.shingles)
        let titles = texts.prefix(Self.maximumTasks).map { Set($0.title).sorted() }
        var found: Set<Pair> = []
        for band in 0..<Self.bands {
            var buckets: [UInt64: [Int]] = [:]
            for (place, set) in shingles.enumerated() where !set.isEmpty {
                let key = Self.key(set, band: band)
                for other in buckets[key, default: []].suffix(Self.comparisons) {
                    let pair = Pair(first: other, second: place)
                    guard !found.contains(pair), Self.jaccard(shingles[other], set) >= Self.threshold,
                        Self.jaccard(titles[other], titles[place]) >= Self.titleThreshold
                    else { continue }
                    found.insert(pair)
                }
                buckets[key, default: []].append(place)
            }
        }
        pairs = found.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
        members = Set(pairs.flatMap { [$0.first, $0.second] })
    }

    /// Distinct hashes of three words in a row, sorted.
    private static func shingles(_ text: TextFacts) -> [UInt64] {
        let words = text.words
        guard words.count >= minimumWords else { return [] }
        var hashes: Set<UInt64> = []
        for start in 0...(words.count - shingleWords) {
            var hash: UInt64 = 0
            for word in words[start..<start + shingleWords] { hash = mixed(hash &* 31 &+ word) }
            hashes.insert(hash)
            if hashes.count == maximumShingles { break }
        }
        return hashes.sorted()
    }

    private static func key(_ shingles: [UInt64], band: Int) -> UInt64 {
        var key: UInt64 = 0
        for row in 0..<rows {
            let salt = mixed(UInt64(band * rows + row + 1))
            var least = UInt64.max
            for shingle in shingles { least = min(least, mixed(shingle ^ salt)) }
            key = mixed(key ^ least)
        }
        return key
    }

    private static func jaccard(_ left: [UInt64], _ right: [UInt64]) -> Double {
        var (first, second, common) = (0, 0, 0)
        while first < left.count, second < right.count {
            if left[first] == right[second] {
                common += 1
                first += 1
                second += 1
            } else if left[first] < right[second] {
                first += 1
            } else {
                second += 1
            }
        }
        let union = left.count + right.count - common
        return union == 0 ? 1 : Double(common) / Double(union)
    }
}

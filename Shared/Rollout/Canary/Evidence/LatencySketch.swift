/// The distribution of latencies in 80 buckets, each a quarter of a power of two wide: medians within a fifth,
/// of a hundred values within a tenth, in a fixed amount of memory.
package struct LatencySketch: Codable, Hashable, Sendable {
    /// Upper bounds of the quarters of a power of two, as multiples of it.
    private static let quarters = [1.189_207_115_002_721, 1.414_213_562_373_095_1, 1.681_792_830_507_429, 2]
    private static let bucketCount = 80

    private var counts = Array(repeating: 0, count: bucketCount)
    package private(set) var count = 0
    /// The bucket that holds the median, and how many lie in those before it: kept with each, because it is asked for often.
    private var middle = 0
    private var below = 0

    package init() {}

    /// Takes a latency in; less than a millisecond counts as one, more than about 17 minutes as that. Not a number is
    /// left out.
    package mutating func record(milliseconds: Double) {
        guard !milliseconds.isNaN else { return }
        let clamped = min(max(milliseconds, 1), 1_000_000)
        let quarter = Self.quarters.firstIndex { clamped.significand < $0 } ?? 3
        let bucket = min(Int(clamped.exponent) * 4 + quarter, Self.bucketCount - 1)
        counts[bucket] += 1
        count += 1
        if bucket < middle { below += 1 }
        while 2 * below >= count {
            middle -= 1
            below -= counts[middle]
        }
        while 2 * (below + counts[middle]) < count {
            below += counts[middle]
            middle += 1
        }
    }

    /// The median in milliseconds, evenly spread within its bucket; nil before the first.
    package var median: Double? {
        guard count > 0 else { return nil }
        let (low, high) = Self.bounds(middle)
        return low + (high - low) * (Double(count) / 2 - Double(below)) / Double(counts[middle])
    }

    private static func bounds(_ bucket: Int) -> (low: Double, high: Double) {
        let power = Double(1 << (bucket / 4))
        let quarter = bucket % 4
        return (power * (quarter == 0 ? 1 : quarters[quarter - 1]), power * quarters[quarter])
    }
}

extension LatencySketch {
    /// - Throws: `DecodingError` for buckets that no latencies can have filled.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        counts = try container.decode([Int].self, forKey: .counts)
        count = try container.decode(Int.self, forKey: .count)
        middle = try container.decode(Int.self, forKey: .middle)
        below = try container.decode(Int.self, forKey: .below)
        try container.check(
            counts.count == Self.bucketCount && counts.indices.contains(middle)
                && counts.allSatisfy { (0...(1 << 40)).contains($0) }, .counts, "no buckets of latencies")
        try container.check(
            count == counts.reduce(0, +) && below == counts[..<middle].reduce(0, +) && 2 * below <= count
                && 2 * (below + counts[middle]) >= count, .middle, "not the bucket with the median")
    }
}

/// Which of the 10,000 buckets belongs to which variant.
///
/// The oldest weights are laid out as ranges in the order of the variants' names. Each later change takes from every
/// variant that loses its last buckets, and gives them, lowest first, to those that gain: so a change moves as few buckets
/// as any could, and only from variants that lose to variants that gain.
struct BucketMap: Sendable, Hashable {
    private let names: [String]
    private var owners: [UInt16] = []
    /// Each variant's buckets as ranges, for explanations.
    private(set) var ranges: [String: [Range<Int>]] = [:]

    /// The map after all these weights; nil when there are none, or some aren't shares of the whole.
    init?(history: [[String: Int]]) {
        let sums = history.map { $0.values.allSatisfy { (0...Split.whole).contains($0) } ? $0.values.reduce(0, +) : 0 }
        guard let first = history.first, sums.allSatisfy({ $0 == Split.whole }) else { return nil }
        names = Set(history.flatMap(\.keys)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        guard names.count < Int(UInt16.max) else { return nil }
        owners.reserveCapacity(Split.whole)
        for (index, name) in names.enumerated() {
            owners += Array(repeating: UInt16(index), count: first[name] ?? 0)
        }
        for (old, new) in zip(history, history.dropFirst()) { change(from: old, to: new) }
        var start = 0
        for end in 1...Split.whole where end == Split.whole || owners[end] != owners[start] {
            ranges[owner(of: start), default: []].append(start..<end)
            start = end
        }
    }

    /// Whose a bucket is.
    func owner(of bucket: Int) -> String { names[Int(owners[bucket])] }

    private mutating func change(from old: [String: Int], to new: [String: Int]) {
        var toLose = names.map { max(0, (old[$0] ?? 0) - (new[$0] ?? 0)) }
        var free: [Int] = []
        for bucket in owners.indices.reversed() where toLose[Int(owners[bucket])] > 0 {
            toLose[Int(owners[bucket])] -= 1
            free.append(bucket)
        }
        for (index, name) in names.enumerated() {
            for _ in 0..<max(0, (new[name] ?? 0) - (old[name] ?? 0)) {
                guard let bucket = free.popLast() else { return }
                owners[bucket] = UInt16(index)
            }
        }
    }
}

/// Sums over groups of tasks, as they are and in many bootstrap samples at once.
///
/// The Poisson bootstrap (Hanley and MacGibbon, Computer Methods and Programs in Biomedicine 83, 2006; Chamandy et al.,
/// Estimating Uncertainty for Massive Data Streams, Google, 2012): in each sample each group counts a number of times that
/// is drawn from the Poisson distribution of mean 1. A group's draws depend on its key alone, so the same tasks give the
/// same samples, in whichever order they come.
struct ResampledSums {
    /// Samples.
    static let replicates = 2_000

    private let columns: Int
    /// Column by column.
    private var resampled: [Double]
    private var plain: [Double]
    private var weights = [Double](repeating: 0, count: Self.replicates)

    init(columns: Int) {
        self.columns = columns
        resampled = [Double](repeating: 0, count: columns * Self.replicates)
        plain = [Double](repeating: 0, count: columns)
    }

    /// Adds a group.
    /// - Parameters:
    ///   - values: column and value, each column once.
    ///   - isAdded: whether it only belongs into the samples.
    mutating func add(group: UInt64, _ values: [(column: Int, value: Double)], isAdded: Bool = false) {
        draw(group)
        for (column, value) in values where value != 0 {
            if !isAdded { plain[column] += value }
            let start = column * Self.replicates
            weights.withUnsafeBufferPointer { weights in
                resampled.withUnsafeMutableBufferPointer { sums in
                    for replicate in 0..<Self.replicates { sums[start &+ replicate] += weights[replicate] * value }
                }
            }
        }
    }

    /// A statistic of the sums as they are.
    func value<Value>(of statistic: ((Int) -> Double) -> Value) -> Value { statistic { plain[$0] } }

    /// The statistic in each sample; samples in which it has no value are left out.
    func samples(of statistic: ((Int) -> Double) -> Double?) -> [Double] {
        (0..<Self.replicates).compactMap { replicate in
            statistic { resampled[$0 * Self.replicates + replicate] }
        }
    }

    private mutating func draw(_ group: UInt64) {
        var state = group
        Self.counts.withUnsafeBufferPointer { counts in
            weights.withUnsafeMutableBufferPointer { weights in
                for start in stride(from: 0, to: Self.replicates, by: 4) {
                    // SplitMix64, four draws of 16 bits a step.
                    state &+= 0x9e37_79b9_7f4a_7c15
                    let bits = mixed(state)
                    for place in 0..<4 {
                        weights[start &+ place] = counts[Int(bits >> UInt64(16 * place) & 0xffff)]
                    }
                }
            }
        }
    }

    /// The number of times for each of 65,536 equally probable draws.
    private static let counts: [Double] = {
        var counts = [Double](repeating: 0, count: 65_536)
        // e^-1 and its parts: k times has the probability e^-1 / k!.
        var probability = 0.367_879_441_171_442_33
        var total = probability
        var number = 0.0
        for draw in counts.indices {
            while (Double(draw) + 0.5) / 65_536 > total, number < 8 {
                number += 1
                probability /= number
                total += probability
            }
            counts[draw] = number
        }
        return counts
    }()
}

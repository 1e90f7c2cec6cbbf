import Glibc

/// Population stability index of two samples in buckets: the sum of `(p - q) * ln(p / q)`.
///
/// Under no change it is nearly `(1/n + 1/m)` times a chi-squared variable with one degree of freedom less than there are
/// buckets (Yurdakul, Statistical Properties of Population Stability Index, 2018), so that small samples need a larger
/// index to say anything: `noiseFloor` is that variable's 99.9 % point.
struct StabilityIndex: Sendable {
    let value: Double
    let noiseFloor: Double

    /// - Parameter clustering: how many counts come together, as words of one text do; the sample is worth that many
    ///   times less.
    init(_ before: [Int], _ now: [Int], clustering: Double = 1) {
        let used = zip(before, now).filter { $0.0 + $0.1 > 0 }
        let totals = used.reduce((0.0, 0.0)) { ($0.0 + Double($1.0), $0.1 + Double($1.1)) }
        guard used.count > 1, totals.0 > 0, totals.1 > 0 else {
            (value, noiseFloor) = (0, 0)
            return
        }
        // Half a count more in each, so that an empty bucket is a small share and not an infinite index.
        let smoothing = 0.5
        let added = smoothing * Double(used.count)
        value = used.reduce(0) { sum, bucket in
            let p = (Double(bucket.0) + smoothing) / (totals.0 + added)
            let q = (Double(bucket.1) + smoothing) / (totals.1 + added)
            return sum + (q - p) * log(q / p)
        }
        noiseFloor = Self.chiSquared999(used.count - 1) * clustering * (1 / totals.0 + 1 / totals.1)
    }

    init(_ before: [String: Int], _ now: [String: Int]) {
        let names = Set(before.keys).union(now.keys).sorted()
        self.init(names.map { before[$0] ?? 0 }, names.map { now[$0] ?? 0 })
    }

    /// The 99.9 % point by Wilson and Hilferty's approximation.
    private static func chiSquared999(_ degrees: Int) -> Double {
        let freedom = Double(degrees)
        let part = 2 / (9 * freedom)
        let root = 1 - part + 3.0902 * part.squareRoot()
        return freedom * root * root * root
    }
}

import Glibc

/// Random numbers that follow from a seed, with the distributions that simulations draw from.
struct SimulationRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// Even in 0..<1.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * Double.pi * uniform()) }

    /// Rates of users with this mean, such that two answers of one user have this correlation: a beta distribution.
    mutating func rate(mean: Double, correlation: Double) -> Double {
        guard correlation > 0 else { return mean }
        let size = 1 / correlation - 1
        let yes = gamma(mean * size)
        let no = gamma((1 - mean) * size)
        return yes + no > 0 ? yes / (yes + no) : mean
    }

    /// Marsaglia and Tsang, "A simple method for generating gamma variables" (ACM TOMS 26, 2000).
    private mutating func gamma(_ shape: Double) -> Double {
        if shape < 1 { return gamma(shape + 1) * pow(uniform(), 1 / shape) }
        let d = shape - 1 / 3.0
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let v = 1 + c * x
            guard v > 0 else { continue }
            let cube = v * v * v
            if log(1 - uniform()) < x * x / 2 + d - d * cube + d * log(cube) { return d * cube }
        }
    }
}

package import Contracts

/// Champion against challenger on one figure of one slice, with what chance leaves open.
package struct Contrast: Codable, Hashable, Sendable {
    package enum Measure: String, Codable, Sendable {
        /// Share of right answers.
        case accuracy
        /// Mean absolute error in story points.
        case error
        /// F1 of one label against all others.
        case f1
        /// Mean of the F1 of all labels that occur as truth.
        case macroF1 = "macro_f1"
        /// Expected calibration error over 15 bins.
        case calibration

        /// Whether less is better.
        package var isLowGood: Bool { self == .error || self == .calibration }
    }

    package var field: TriageField
    package var measure: Measure
    /// Nil: all tasks.
    package var slice: SliceName?
    package var isProtected = false
    /// With a label of the field; for a label's F1 those with the label.
    package var tasks: Int
    /// Nil: it has no answers at all.
    package var champion: Double?
    package var challenger: Double?
    /// Between these the difference, challenger less champion, lies by the bootstrap; nil without tasks.
    package var low: Double?
    package var high: Double?
    /// Share of the samples in which the challenger is no worse; equal ones count half.
    package var chance: Double?

    package static let confidence = 0.9

    package init(
        field: TriageField, measure: Measure, slice: SliceName? = nil, isProtected: Bool = false, tasks: Int,
        champion: Double?, challenger: Double?, low: Double? = nil, high: Double? = nil, chance: Double? = nil
    ) {
        self.field = field
        self.measure = measure
        self.slice = slice
        self.isProtected = isProtected
        self.tasks = tasks
        self.champion = champion
        self.challenger = challenger
        self.low = low
        self.high = high
        self.chance = chance
    }

    /// Challenger less champion.
    package var difference: Double? {
        guard let champion, let challenger else { return nil }
        return challenger - champion
    }

    /// How much worse the challenger is, below zero where it is better; of an error as a share of the champion's.
    package var loss: Double? {
        guard let champion, let difference else { return nil }
        switch measure {
        case .accuracy, .f1, .macroF1: return -difference
        case .calibration: return difference
        case .error: return champion > 0 ? difference / champion : difference
        }
    }

    enum CodingKeys: String, CodingKey {
        case field, measure, slice, tasks, champion, challenger, low, high, chance
        case isProtected = "protected"
    }

    /// Takes interval and chance from the differences in the bootstrap samples.
    mutating func judge(_ differences: [Double]) {
        guard !differences.isEmpty else { return }
        let sorted = differences.sorted()
        let tail = (1 - Self.confidence) / 2 * Double(sorted.count - 1)
        low = sorted[Int(tail.rounded(.down))]
        high = sorted[Int((Double(sorted.count - 1) - tail).rounded(.up))]
        let better = differences.count { measure.isLowGood ? $0 < 0 : $0 > 0 }
        let equal = differences.count { $0 == 0 }
        // Never 0: so many samples can't say that (Davison and Hinkley, Bootstrap Methods, 1997, section 4.2).
        chance = (Double(better) + Double(equal) / 2 + 1) / Double(differences.count + 1)
    }
}

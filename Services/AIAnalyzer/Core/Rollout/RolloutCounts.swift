package import Contracts

/// What one replica saw of a rollout since it last told.
package struct RolloutCounts: Hashable, Sendable {
    /// A quarter of a power of two wide, by the significand.
    private static let quarters = [1.189_207_115_002_721, 1.414_213_562_373_095_1, 1.681_792_830_507_429]
    /// In the middle of the quarters.
    private static let middles = [1.090_507_732_665_257_7, 1.296_839_554_651_009_6, 1.542_210_825_407_940_7, 1.834_008]
    private static let mostMilliseconds = 1_000_000.0

    private struct Arm: Hashable, Sendable {
        var failures = 0
        var latencies: [Double: Int] = [:]

        var analyses: Int { failures + latencies.values.reduce(0, +) }
    }

    private var arms: [RolloutArm: Arm] = [:]
    package private(set) var agreement: ShadowAgreement?
    /// Why the challenger can't run here, until it was told.
    package var fault: String?

    package init() {}

    package var isEmpty: Bool { arms.isEmpty && agreement == nil && fault == nil }

    /// Analyses that went well, each of which took about so long.
    package mutating func add(_ count: Int, of arm: RolloutArm, milliseconds: Double) {
        guard count > 0, room(for: count, arm) else { return }
        arms[arm, default: Arm()].latencies[Self.rounded(milliseconds), default: 0] += count
    }

    /// Analyses that this arm should have made and couldn't.
    package mutating func fail(_ count: Int, of arm: RolloutArm) {
        guard count > 0, room(for: count, arm) else { return }
        arms[arm, default: Arm()].failures += count
    }

    /// What both said of one task.
    package mutating func compare(isCategorySame: Bool, isPrioritySame: Bool) {
        var sum = agreement ?? ShadowAgreement()
        guard sum.compared < ArmObservation.mostAnalyses else { return }
        sum.compared += 1
        sum.category += isCategorySame ? 1 : 0
        sum.priority += isPrioritySame ? 1 : 0
        agreement = sum
    }

    /// Puts back what could not be told.
    package mutating func add(_ earlier: RolloutCounts) {
        for (name, arm) in earlier.arms {
            fail(arm.failures, of: name)
            for (milliseconds, count) in arm.latencies { add(count, of: name, milliseconds: milliseconds) }
        }
        if let other = earlier.agreement, (agreement?.compared ?? 0) + other.compared <= ArmObservation.mostAnalyses {
            var sum = agreement ?? ShadowAgreement()
            sum.compared += other.compared
            sum.category += other.category
            sum.priority += other.priority
            agreement = sum
        }
        fault = fault ?? earlier.fault
    }

    /// As the event carries it; champion first, shorter latencies first.
    package var observations: [ArmObservation] {
        RolloutArm.allCases.compactMap { name in
            arms[name].map { arm in
                ArmObservation(
                    arm: name, analyses: arm.analyses, failures: arm.failures,
                    latencies: arm.latencies.sorted { $0.key < $1.key }.map {
                        LatencyCount(milliseconds: $0.key, count: $0.value)
                    })
            }
        }
    }

    /// No more than an event may carry; what is beyond that is left out.
    private func room(for count: Int, _ arm: RolloutArm) -> Bool {
        (arms[arm]?.analyses ?? 0) + count <= ArmObservation.mostAnalyses
    }

    /// To one of at most 81 values, within a tenth: as fine as the median of a rollout is.
    private static func rounded(_ milliseconds: Double) -> Double {
        guard milliseconds >= 1 else { return 0.5 }
        let bounded = min(milliseconds, mostMilliseconds)
        let quarter = quarters.firstIndex { bounded.significand < $0 } ?? 3
        return Double(sign: .plus, exponent: bounded.exponent, significand: middles[quarter])
    }
}

/// The checks of a training's data.
///
/// Each gives one number; above its limits (below, where `isLowBad`) it warns or fails. `CheckName+Texts.swift` says in
/// words what a number means and what to do.
package enum CheckName: String, CaseIterable, Codable, Sendable {
    case minimumSize = "minimum-size"
    case labelValues = "label-values"
    case emptyText = "empty-text"
    case longText = "long-text"
    case rareLabel = "rare-label"
    case labelBalance = "label-balance"
    case vanishedLabel = "vanished-label"
    case duplicates
    case splitOverlap = "split-overlap"
    case conflictingCopies = "conflicting-copies"
    case labelLeak = "label-leak"
    case labelNoise = "label-noise"
    case userNoise = "user-noise"
    case userShare = "user-share"
    case userSkew = "user-skew"
    case foreignText = "foreign-text"
    case inputDrift = "input-drift"
    case labelDrift = "label-drift"
    case suggestionDrift = "suggestion-drift"
    case timeOrder = "time-order"
    case provenance
    case anchoring

    /// Whether small numbers are the bad ones.
    package var isLowBad: Bool { self == .minimumSize }

    /// Upper-case with `_`, as in a setting's name.
    package var settingName: String { rawValue.split(separator: "-").joined(separator: "_").uppercased() }
}

/// From where on a check warns, and from where on it fails.
package struct CheckLimit: Codable, Hashable, Sendable {
    package var warning: Double
    /// Nil: it only warns.
    package var failure: Double?

    package init(_ warning: Double, _ failure: Double? = nil) {
        self.warning = warning
        self.failure = failure
    }
}

/// The limits of all checks.
package struct ValidationLimits: Codable, Hashable, Sendable {
    /// Of a share at the warning's limit of `label-noise`, .35, the estimate is above the failure's, .45, by chance once
    /// in 14 times at 50 tasks and once in 650 at 200: its standard error is the root of .35 · .65 / tasks.
    package static let defaultLabelNoiseTasks = 200
    /// Below 40 tasks no model is made.
    package static let labelNoiseTasksBounds = 40...1_000_000

    /// By the check's name.
    private var changed: [String: CheckLimit] = [:]
    /// Tasks with a category that it takes to judge by `label-noise`.
    package var labelNoiseTasks = ValidationLimits.defaultLabelNoiseTasks

    package init() {}

    package subscript(check: CheckName) -> CheckLimit {
        get { changed[check.rawValue] ?? Self.defaults(check) }
        set { changed[check.rawValue] = newValue }
    }

    /// What a limit may be set to: an example count for `minimum-size`, a share or an index for all others.
    package static func bounds(_ check: CheckName) -> ClosedRange<Double> {
        check == .minimumSize ? 1...1_000_000 : 0...10
    }

    /// Population stability index: from .1 on a shift is moderate, from .25 on it is major (Siddiqi, Credit Risk
    /// Scorecards, 2006; the convention of credit scoring). The others are ours, set where spoilt public data are told
    /// from clean ones: docs/training.md has the measurement.
    package static func defaults(_ check: CheckName) -> CheckLimit {
        switch check {
        case .minimumSize: CheckLimit(25, 5)
        case .labelValues: CheckLimit(0, 0)
        case .emptyText: CheckLimit(0.02, 0.05)
        case .longText: CheckLimit(0.1, 0.5)
        case .rareLabel: CheckLimit(0.05, 0.2)
        case .labelBalance: CheckLimit(0.9)
        case .vanishedLabel: CheckLimit(0.5, 0.9)
        case .duplicates: CheckLimit(0.1, 0.5)
        case .splitOverlap: CheckLimit(0.03, 0.1)
        case .conflictingCopies: CheckLimit(0.2, 0.5)
        case .labelLeak: CheckLimit(0.05, 0.25)
        case .labelNoise: CheckLimit(0.35, 0.45)
        case .userNoise: CheckLimit(0.15, 0.25)
        case .userShare: CheckLimit(0.5)
        case .userSkew: CheckLimit(0.15, 0.25)
        case .foreignText: CheckLimit(0.05, 0.15)
        case .inputDrift: CheckLimit(0.1, 0.25)
        case .labelDrift: CheckLimit(0.1, 0.25)
        case .suggestionDrift: CheckLimit(0.1)
        case .timeOrder: CheckLimit(0, 0.01)
        case .provenance: CheckLimit(0.5, 0.99)
        case .anchoring: CheckLimit(0.95)
        }
    }
}

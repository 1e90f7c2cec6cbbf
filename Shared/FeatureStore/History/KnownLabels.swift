/// The categories that history counts apart; every other label counts as `other`.
///
/// A closed list bounds the memory of a state without evicting anything, so values never depend on what came first.
package enum KnownCategory: String, CaseIterable, Sendable {
    case bug, feature, question, other

    /// The category of a label as people wrote it.
    package init(label: String) { self = Self(rawValue: label) ?? .other }

    var index: Int {
        switch self {
        case .bug: 0
        case .feature: 1
        case .question: 2
        case .other: 3
        }
    }
}

/// The priorities; the contract knows no others.
package enum KnownPriority: String, CaseIterable, Sendable {
    case high, medium, low

    var index: Int {
        switch self {
        case .high: 0
        case .medium: 1
        case .low: 2
        }
    }
}

package import Contracts

/// A part of the held-out tasks that is looked at by itself, written `project:payments`.
package struct SliceName: Codable, Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What the tasks of a slice have in common.
    package enum Dimension: String, Codable, CaseIterable, Sendable {
        case project, tenant, category, priority, effort, length, script

        /// The field whose labels these are.
        package var field: TriageField? { TriageField(rawValue: rawValue) }

        /// The values there may be; nil where any name is one.
        fileprivate var values: [String]? {
            switch self {
            case .project, .tenant, .category: nil
            case .priority: ["high", "medium", "low"]
            case .effort: EffortBand.allCases.map(\.rawValue)
            case .length: LengthBand.allCases.map(\.rawValue)
            case .script: Script.allCases.map(\.rawValue)
            }
        }
    }

    /// Why a text names no slice.
    package struct Fault: Error, Hashable {
        package let reason: String
    }

    package var dimension: Dimension
    package var value: String

    package init(_ dimension: Dimension, _ value: String) {
        self.dimension = dimension
        self.value = value
    }

    /// Reads `dimension:value`; blanks around both are left out.
    package init(_ text: String) throws(Fault) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(Self.trimmed)
        guard parts.count == 2, let dimension = Dimension(rawValue: parts[0]) else {
            let names = Dimension.allCases.map(\.rawValue).joined(separator: ", ")
            throw Fault(reason: "\"\(text.prefix(60))\" is no slice: write NAME:VALUE, NAME being one of \(names)")
        }
        guard (1...100).contains(parts[1].unicodeScalars.count) else {
            throw Fault(reason: "\"\(text.prefix(60))\" needs a value of 1 to 100 characters")
        }
        if let values = dimension.values, !values.contains(parts[1]) {
            throw Fault(
                reason: "\"\(text.prefix(60))\": \(parts[0]) is one of \(values.joined(separator: ", "))")
        }
        self.init(dimension, parts[1])
    }

    package var description: String { "\(dimension.rawValue):\(value)" }

    package static func < (left: SliceName, right: SliceName) -> Bool { left.description < right.description }

    private static func trimmed(_ text: Substring) -> String {
        let blanks = text.prefix { $0.isWhitespace }.count
        var rest = text.dropFirst(blanks)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}

/// Story points in three bands.
package enum EffortBand: String, CaseIterable, Sendable {
    case small, medium, large

    /// Up to 2, up to 5, above.
    package init(points: Double) { self = points <= 2 ? .small : (points <= 5 ? .medium : .large) }
}

/// Letters and digits of a text in three bands.
package enum LengthBand: String, CaseIterable, Sendable {
    case short, medium, long

    /// Below 200, below 1,000, above.
    package init(letters: Int) { self = letters < 200 ? .short : (letters < 1_000 ? .medium : .long) }
}

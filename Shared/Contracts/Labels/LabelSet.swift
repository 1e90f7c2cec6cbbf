/// A team's categories as people have made them: the whole list, with what became of those that are no longer used.
package struct LabelSet: Codable, Hashable, Sendable {
    /// Rises by one with each change; 0 before the first.
    package var version: Int
    /// Each name once, those of today and of before.
    package var labels: [TeamLabel]

    package init(version: Int = 0, labels: [TeamLabel] = []) {
        self.version = version
        self.labels = labels
    }

    /// Most labels that are in use at once: as many as a remote model is offered.
    package static let mostActive = 100
    /// Most names, those of before included.
    package static let mostNames = 500
    /// Fewer would leave nothing to decide.
    package static let fewestActive = 2

    /// What the shipped model answers: where a team begins that has no tasks yet.
    package static let shipped = ["bug", "feature", "question"]

    /// The names in use, in the set's order.
    package var active: [String] { labels.filter { $0.state == .active }.map(\.value) }

    package subscript(name: String) -> TeamLabel? { labels.first { $0.value == name } }
}

/// One name that a team has, or had, for a category.
package struct TeamLabel: Codable, Hashable, Sendable {
    package var value: String
    /// What it is for; remote models are told.
    package var description: String?
    package var state: LabelState
    /// Of one that was renamed or merged: the name that it was given then, which may have become another one since.
    package var into: String?

    package init(_ value: String, description: String? = nil, state: LabelState = .active, into: String? = nil) {
        self.value = value
        self.description = description
        self.state = state
        self.into = into
    }
}

/// What became of a label.
package enum LabelState: String, Codable, CaseIterable, Sendable {
    case active
    /// It counts as the label that it became.
    case renamed, merged
    /// It is neither suggested nor taken any more.
    case retired

    /// Whether it counts as another one.
    package var leadsOn: Bool { self == .renamed || self == .merged }
}

extension LabelSet {
    /// What is wrong with a list of labels, or `nil`.
    static func fault(in labels: [TeamLabel]) -> String? {
        guard labels.count <= mostNames else { return "must have at most \(mostNames) items" }
        var known: [String: TeamLabel] = [:]
        for label in labels {
            if let fault = TriageField.category.fault(in: .text(label.value)) { return "has a value that \(fault)" }
            if let text = label.description, let fault = FieldRule<String>.fault(in: text, characters: 1...200) {
                return "has a description that \(fault)"
            }
            guard label.state.leadsOn == (label.into != nil) else {
                return "must say what a label became if it was renamed or merged, and only then"
            }
            guard known.updateValue(label, forKey: label.value) == nil else { return "must name each label once" }
        }
        guard (fewestActive...mostActive).contains(labels.count { $0.state == .active }) else {
            return "must have \(fewestActive) to \(mostActive) active labels"
        }
        for label in labels where label.state.leadsOn {
            guard end(of: label, in: known) != nil else { return "must not lead from a label to none, or in a circle" }
        }
        return nil
    }

    /// The label that a name of before leads to in the end; nil for one that leads nowhere.
    static func end(of label: TeamLabel, in known: [String: TeamLabel]) -> TeamLabel? {
        var now = label
        // More steps than names would be a circle.
        for _ in 0...known.count {
            guard now.state.leadsOn else { return now }
            guard let next = now.into.flatMap({ known[$0] }) else { return nil }
            now = next
        }
        return nil
    }
}

extension LabelState: SchemaDescribed {}

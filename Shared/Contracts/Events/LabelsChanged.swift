/// A team changed its labels: what it did, and the whole set that came of it. docs/labels.md
///
/// The set is whole so that a consumer needs no other event: of two the one with the greater version counts.
package struct LabelsChanged: EventPayload {
    package static var eventType: EventType { .labelsChanged }
    package var tenant: String
    /// Of the set; the first change makes 1.
    package var version: Int
    package var change: LabelChange
    package var labels: [TeamLabel]
    package var changedBy: String
    package var changedAt: EventTime

    package init(
        tenant: String, version: Int, change: LabelChange, labels: [TeamLabel], changedBy: String,
        changedAt: EventTime
    ) {
        self.tenant = tenant
        self.version = version
        self.change = change
        self.labels = labels
        self.changedBy = changedBy
        self.changedAt = changedAt
    }

    enum CodingKeys: String, CodingKey {
        case tenant, version, change, labels
        case changedBy = "changed_by"
        case changedAt = "changed_at"
    }

    package static let rules: [FieldRule<LabelsChanged>] = [
        .text("tenant", { $0.tenant }, 1...100), .range("version", { Double($0.version) }, 1...1e9),
        FieldRule("labels", keywords: ["minItems": 2, "maxItems": .number(Double(LabelSet.mostNames))]) {
            LabelSet.fault(in: $0.labels)
        },
        .text("changed_by", { $0.changedBy }, 1...200),
    ]

    /// The set that came of it.
    package var set: LabelSet { LabelSet(version: version, labels: labels) }
}

/// What somebody did to a label set.
package struct LabelChange: Codable, Hashable, Sendable {
    package var action: LabelAction
    /// The labels that it was done to.
    package var labels: [String]
    /// What a rename or a merge made of them.
    package var into: String?
    package var description: String?

    package init(_ action: LabelAction, _ labels: [String], into: String? = nil, description: String? = nil) {
        self.action = action
        self.labels = labels
        self.into = into
        self.description = description
    }
}

/// What can be done to a label set.
package enum LabelAction: String, Codable, CaseIterable, Sendable {
    /// A new label, or a retired one again.
    case add
    /// One label under another name.
    case rename
    /// Several labels become one of those in use.
    case merge
    /// Labels are neither suggested nor taken any more.
    case retire
}

extension LabelAction: SchemaDescribed {}

/// What one check of a training's data found, written for the person who has to act on it.
package struct DataCheck: Codable, Hashable, Sendable {
    /// Every check, in the order of a report: what a person can accept the failure of.
    package static let names = [
        "minimum-size", "label-values", "empty-text", "long-text", "rare-label", "label-balance", "vanished-label",
        "duplicates", "split-overlap", "conflicting-copies", "label-leak", "label-noise", "user-noise", "user-share",
        "user-skew", "foreign-text", "input-drift", "label-drift", "suggestion-drift", "time-order", "provenance",
        "anchoring",
    ]

    /// What is wrong with a name that is none of a check, or `nil`.
    package static func fault(inName name: String) -> String? {
        names.contains(name) ? nil : "names no check of the data; there are \(names.joined(separator: ", "))"
    }

    /// Which check, e.g. `label-leak`.
    package var name: String
    package var level: CheckLevel
    /// The number that the limits are about; `nil` where nothing could be measured.
    package var observed: Double?
    /// What was seen, with its numbers.
    package var text: String
    /// The limit that decided: the one that is broken, else the one for a warning.
    package var limit: Double?
    /// What the number says about the data.
    package var meaning: String
    /// What to do about it; empty where there is nothing to do.
    package var action: String

    package init(
        name: String, level: CheckLevel, observed: Double?, text: String, limit: Double?, meaning: String,
        action: String
    ) {
        self.name = name
        self.level = level
        self.observed = observed
        self.text = text
        self.limit = limit
        self.meaning = meaning
        self.action = action
    }

    /// What is wrong with it, or `nil`.
    package var fault: String? {
        let texts = [("name", name, 1...100), ("text", text, 1...1_000), ("meaning", meaning, 1...1_000)]
        for (member, value, characters) in texts {
            if let fault = FieldRule<DataCheck>.fault(in: value, characters: characters) { return "\(member) \(fault)" }
        }
        return FieldRule<DataCheck>.fault(in: action, characters: 0...1_000).map { "action " + $0 }
    }
}

/// How much a check's finding matters.
package enum CheckLevel: String, Codable, CaseIterable, Sendable {
    case ok
    /// Nothing to judge by, or something worth knowing.
    case note
    /// Somebody should look; the training goes on.
    case warning
    /// The training must not go on.
    case failure
}

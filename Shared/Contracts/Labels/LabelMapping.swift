/// What a team's label set does to what others say: old names become the names of today, retired ones are masked.
///
/// Pure, and the same for every model, whenever it was trained: nothing of a version knows of the set. Applied twice it
/// does nothing more.
package struct LabelMapping: Hashable, Sendable {
    /// Of a team that has never changed its labels: everything stays as it is.
    package static let none = LabelMapping(LabelSet())

    /// The set's version.
    package let version: Int
    /// The labels in use, in the set's order: the only ones that may be said. Empty where nothing was ever changed.
    package let active: [String]
    /// What each of them is for, where somebody has said so.
    package let descriptions: [String: String]
    /// What each name means that is in use or was.
    private let meanings: [String: Meaning]

    /// What a name says today.
    package enum Meaning: Hashable, Sendable {
        /// This label, which may have another name now.
        case active(String)
        /// This label, which is used no more.
        case retired(String)
        /// Nothing that the team knows.
        case unknown
    }

    package init(_ set: LabelSet) {
        version = set.version
        guard set.version > 0 else {
            (active, descriptions, meanings) = ([], [:], [:])
            return
        }
        active = set.active
        var known: [String: TeamLabel] = [:]
        for label in set.labels { known[label.value] = label }
        var meanings: [String: Meaning] = [:]
        var descriptions: [String: String] = [:]
        for label in set.labels {
            guard let end = LabelSet.end(of: label, in: known) else { continue }
            meanings[label.value] = end.state == .active ? .active(end.value) : .retired(end.value)
            if label.state == .active, let text = label.description { descriptions[label.value] = text }
        }
        self.meanings = meanings
        self.descriptions = descriptions
    }

    /// Only what history needs: names that became others, and retired ones.
    package init(today: [String: String], retired: [String]) {
        version = 1
        (active, descriptions) = ([], [:])
        let gone = Set(retired)
        var meanings = today.mapValues { gone.contains($0) ? Meaning.retired($0) : .active($0) }
        for name in retired where meanings[name] == nil { meanings[name] = .retired(name) }
        self.meanings = meanings
    }

    /// Whether the team has ever changed its labels.
    package var isSet: Bool { version > 0 }

    /// What a name says today; before the first change each name is what it is.
    package func meaning(of name: String) -> Meaning {
        isSet ? meanings[name] ?? .unknown : .active(name)
    }

    /// The name that history is shown and trained under: of a label that became another one that one's, else its own.
    package func renamed(_ name: String) -> String {
        switch meanings[name] {
        case .active(let now), .retired(let now): now
        case .unknown, nil: name
        }
    }

    /// The names of before that lead to another one today, in the order of the names.
    package var aliases: [String: String] {
        var aliases: [String: String] = [:]
        for name in meanings.keys where renamed(name) != name { aliases[name] = renamed(name) }
        return aliases
    }

    /// Labels that are used no more, and the names that lead to them.
    package var retired: [String] {
        meanings.compactMap { name, meaning in
            if case .retired = meaning { name } else { nil }
        }.sorted()
    }
}

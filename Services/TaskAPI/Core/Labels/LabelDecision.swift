package import Contracts

/// What a change makes of a label set.
package enum LabelDecision: Hashable, Sendable {
    case change(LabelSet)
    case refuse(ErrorCode, String)

    /// Reads no clock and no store: equal input gives an equal answer.
    ///
    /// Renaming back to a name of before lets the two change places, so that nothing leads in a circle.
    package static func decide(on draft: LabelChangeDraft, set: LabelSet) -> LabelDecision {
        if let version = draft.version, version != set.version {
            return .refuse(.labelsChanged, "The set is at version \(set.version), not \(version).")
        }
        var set = set
        do throws(Refusal) {
            switch draft.action {
            case .add: try set.add(draft)
            case .rename: try set.rename(draft)
            case .merge: try set.merge(draft)
            case .retire: for label in draft.labels { try set.leave(label, .retired, into: nil) }
            }
            try set.checkCounts()
        } catch {
            return .refuse(error.code, error.detail)
        }
        set.version += 1
        return .change(set)
    }
}

private struct Refusal: Error {
    let code: ErrorCode
    let detail: String
}

extension LabelSet {
    fileprivate mutating func add(_ draft: LabelChangeDraft) throws(Refusal) {
        guard let value = draft.labels.first else { return }
        if let place = labels.firstIndex(where: { $0.value == value }) {
            guard labels[place].state == .retired else { throw taken(labels[place]) }
            labels[place].state = .active
            if let text = draft.description { labels[place].description = text }
        } else {
            labels.append(TeamLabel(value, description: draft.description))
        }
    }

    fileprivate mutating func rename(_ draft: LabelChangeDraft) throws(Refusal) {
        guard let old = draft.labels.first, let new = draft.into else { return }
        let description = draft.description ?? self[old]?.description
        guard old != new else { throw itself(old) }
        if let place = labels.firstIndex(where: { $0.value == new }) {
            // Back to a name that leads to it.
            guard LabelMapping(known).meaning(of: new) == .active(old) else { throw taken(labels[place]) }
            labels[place] = TeamLabel(new, description: description)
            try leave(old, .renamed, into: new)
        } else {
            guard let place = labels.firstIndex(where: { $0.value == old }) else { throw unknown(old) }
            try leave(old, .renamed, into: new)
            // In its place, so that lists keep their order.
            labels.insert(TeamLabel(new, description: description), at: place)
        }
    }

    fileprivate mutating func merge(_ draft: LabelChangeDraft) throws(Refusal) {
        guard let target = draft.into else { return }
        guard let place = labels.firstIndex(where: { $0.value == target }) else { throw unknown(target) }
        guard labels[place].state == .active else { throw inactive(labels[place]) }
        guard !draft.labels.contains(target) else { throw itself(target) }
        if let text = draft.description { labels[place].description = text }
        for label in draft.labels { try leave(label, .merged, into: target) }
    }

    /// Takes a label out of use.
    fileprivate mutating func leave(_ name: String, _ state: LabelState, into: String?) throws(Refusal) {
        guard let place = labels.firstIndex(where: { $0.value == name }) else { throw unknown(name) }
        guard labels[place].state == .active else { throw inactive(labels[place]) }
        labels[place].state = state
        labels[place].into = into
    }

    fileprivate func checkCounts() throws(Refusal) {
        guard active.count >= Self.fewestActive else {
            throw Refusal(
                code: .labelsTooFew, detail: "\(active.count) would be left; \(Self.fewestActive) are needed at least.")
        }
        guard active.count <= Self.mostActive, labels.count <= Self.mostNames else {
            throw Refusal(
                code: .limitReached,
                detail: "At most \(Self.mostActive) labels are in use, \(Self.mostNames) names with those of before.")
        }
    }

    /// As a mapping takes it, also before the first change.
    private var known: LabelSet { LabelSet(version: max(version, 1), labels: labels) }

    private func unknown(_ name: String) -> Refusal {
        Refusal(code: .labelNotFound, detail: "There is no label \(name).")
    }

    private func itself(_ name: String) -> Refusal {
        Refusal(code: .nameTaken, detail: "\(name) can't become itself.")
    }

    private func taken(_ label: TeamLabel) -> Refusal {
        let why: String =
            switch label.state {
            case .active: "is in use; to make one of two labels, merge them"
            case .retired: "is retired; add it to use it again"
            case .renamed, .merged: "is a name of before of \(LabelMapping(known).renamed(label.value))"
            }
        return Refusal(code: .nameTaken, detail: "\(label.value) \(why).")
    }

    private func inactive(_ label: TeamLabel) -> Refusal {
        let now = LabelMapping(known).renamed(label.value)
        return Refusal(
            code: .labelNotActive,
            detail: label.state == .retired
                ? "\(label.value) is retired." : "\(label.value) was \(label.state.rawValue): it is \(now) now.")
    }
}

extension LabelSet {
    /// Where a team begins that has never changed its labels: what the shipped model says, and what its tasks show, the
    /// most frequent first.
    package static func beginning(with shown: [String]) -> LabelSet {
        var names: [String] = []
        for name in shipped + shown where !names.contains(name) {
            guard names.count < mostActive, TriageField.category.fault(in: .text(name)) == nil else { continue }
            names.append(name)
        }
        return LabelSet(labels: names.map { TeamLabel($0) })
    }

    /// The refusal of a value that is not in use; nil for one that is.
    package static func refusal(of value: String, in labels: LabelMapping, at pointer: String) -> BrokenRule? {
        let why: String
        switch labels.meaning(of: value) {
        case .active: return nil
        case .retired(let name): why = name == value ? "is retired" : "is \(name) now, which is retired"
        case .unknown: why = "is none of your labels"
        }
        let shown = labels.active.prefix(20).joined(separator: ", ") + (labels.active.count > 20 ? ", …" : "")
        return BrokenRule(pointer: pointer, detail: "\(value) \(why); in use are \(shown)", code: .labelNotActive)
    }
}

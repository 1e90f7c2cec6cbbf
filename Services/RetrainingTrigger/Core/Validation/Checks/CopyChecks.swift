import Contracts

/// What near copies do to a data set.
enum CopyChecks {
    /// Fewer pairs say nothing about how people agree.
    static let minimumPairs = 5

    static func duplicates(_ copies: NearCopies, _ input: ValidationInput) -> Finding {
        guard !input.examples.isEmpty else { return .silent(.duplicates, "there are no tasks") }
        let merged = input.examples.reduce(0) { $0 + ($1.copies?.count ?? 0) }
        let count = copies.members.count
        return Finding(
            .duplicates, Double(count) / Double(input.examples.count),
            "\(count) of \(NumberText.count(input.examples.count, "task")) have a near copy; "
                + "\(merged) merged as exact copies", atMost: count < 5 ? .note : .failure)
    }

    static func splitOverlap(_ copies: NearCopies, _ input: ValidationInput) -> Finding {
        let held = input.examples.count(where: \.isHeldOut)
        guard held > 0 else { return .silent(.splitOverlap, "nothing is held out") }
        var agreeing = 0
        var contradicting = 0
        var straddling: Set<Int> = []
        for pair in copies.pairs {
            let sides = (input.examples[pair.first], input.examples[pair.second])
            guard sides.0.isHeldOut != sides.1.isHeldOut else { continue }
            straddling.insert(sides.0.isHeldOut ? pair.first : pair.second)
            if agrees(sides.0, sides.1) ?? true { agreeing += 1 } else { contradicting += 1 }
        }
        return Finding(
            .splitOverlap, Double(straddling.count) / Double(held),
            "\(straddling.count) of \(held) held-out tasks have a near copy among those trained on; of the pairs "
                + "\(agreeing) have the same labels, \(contradicting) have others",
            atMost: straddling.count < 3 ? .note : .failure)
    }

    static func conflictingCopies(_ copies: NearCopies, _ input: ValidationInput) -> Finding {
        let answers = copies.pairs.map { ($0, agrees(input.examples[$0.first], input.examples[$0.second])) }
            .filter { $0.1 != nil }
        guard answers.count >= minimumPairs else {
            return .silent(
                .conflictingCopies, "\(NumberText.count(answers.count, "pair")) of near copies, too few to judge")
        }
        let conflicting = answers.filter { $0.1 == false }.map(\.0)
        let named = conflicting.prefix(3).map {
            "\(input.examples[$0.first].taskID) and \(input.examples[$0.second].taskID)"
        }
        return Finding(
            .conflictingCopies, Double(conflicting.count) / Double(answers.count),
            "\(conflicting.count) of \(answers.count) pairs of near copies have different labels"
                + (named.isEmpty ? "" : ": " + named.joined(separator: "; ")),
            atMost: conflicting.count < 3 ? .note : .failure)
    }

    /// Nil: they have no field in common.
    private static func agrees(_ first: DatasetExample, _ second: DatasetExample) -> Bool? {
        var hasCommon = false
        for label in first.labels {
            guard let other = second.labels.first(where: { $0.field == label.field }) else { continue }
            hasCommon = true
            if other.value != label.value { return false }
        }
        return hasCommon ? true : nil
    }
}

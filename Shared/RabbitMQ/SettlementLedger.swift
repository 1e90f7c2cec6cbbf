/// Which deliveries of one connection are settled; turns single acknowledgements into few frames.
///
/// The broker ends the channel for a tag it doesn't know any more, so each tag goes out at most once.
package struct SettlementLedger {
    package struct Acknowledgement: Equatable {
        package var tag: UInt64
        /// All up to the tag.
        package var isMultiple: Bool

        package init(tag: UInt64, isMultiple: Bool) {
            self.tag = tag
            self.isMultiple = isMultiple
        }
    }

    /// The first delivery that isn't settled.
    package private(set) var firstOpen: UInt64 = 1
    /// The newest delivery.
    package private(set) var newest: UInt64 = 0
    /// Settled ones above `firstOpen`.
    private var settled: Set<UInt64> = []

    package init() {}

    package var openCount: Int { Int(newest + 1 - firstOpen) - settled.count }

    package mutating func deliver(_ tag: UInt64) { newest = max(newest, tag) }

    /// What to send for these; tags that are unknown or settled count for nothing.
    package mutating func acknowledge(_ tags: [UInt64]) -> [Acknowledgement] {
        var fresh: [UInt64] = []
        for tag in tags where take(tag) { fresh.append(tag) }
        fresh.sort()
        // All below `firstOpen` are settled: one frame for the highest of them, which must be one of ours.
        let reached = advance()
        var answers: [Acknowledgement] = []
        var multiple: UInt64?
        for tag in fresh {
            if tag < reached { multiple = tag } else { answers.append(Acknowledgement(tag: tag, isMultiple: false)) }
        }
        if let multiple {
            let isSingle = fresh.first == multiple
            answers.insert(Acknowledgement(tag: multiple, isMultiple: !isSingle), at: 0)
        }
        return answers
    }

    /// Whether a rejection of this tag may be sent.
    package mutating func reject(_ tag: UInt64) -> Bool {
        guard take(tag) else { return false }
        _ = advance()
        return true
    }

    /// The open ones up to this tag.
    package func open(through tag: UInt64) -> [UInt64] {
        let last = min(tag, newest)
        guard last >= firstOpen else { return [] }
        return (firstOpen...last).filter { !settled.contains($0) }
    }

    private mutating func take(_ tag: UInt64) -> Bool {
        guard tag >= firstOpen, tag <= newest else { return false }
        return settled.insert(tag).inserted
    }

    private mutating func advance() -> UInt64 {
        while settled.remove(firstOpen) != nil { firstOpen += 1 }
        return firstOpen
    }
}

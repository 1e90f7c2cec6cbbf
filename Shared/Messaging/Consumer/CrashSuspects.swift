/// In which order a batch is handled when messages of it were delivered before and never answered.
///
/// A message that kills its consumer takes along what was prefetched beside it: all of them come again, all counted
/// once more, and at the delivery limit the broker buries them all. So whoever may be the culprit is handled alone,
/// after those that can't be, and in another order each time: sooner or later each of the others comes first.
package enum CrashSuspects {
    /// Deliveries without an answer that make a message suspect; one happens at every restart.
    package static let suspectFrom = 2

    /// Positions in `unanswered`, group by group; each group is settled before the next one is begun.
    ///
    /// The first time in the order of the queue and the second time from its end: with one culprit that is enough for
    /// all others. Then in any order, for several.
    package static func groups(
        unanswered: [Int], using generator: inout some RandomNumberGenerator
    ) -> [[Int]] {
        var suspects = unanswered.indices.filter { unanswered[$0] >= suspectFrom }
        let others = unanswered.indices.filter { unanswered[$0] < suspectFrom }
        switch suspects.map({ unanswered[$0] }).max() {
        case nil, suspectFrom?: break
        case (suspectFrom + 1)?: suspects.reverse()
        default: suspects.shuffle(using: &generator)
        }
        return (others.isEmpty ? [] : [others]) + suspects.map { [$0] }
    }
}

/// How much of a rollout's evidence one person may give.
///
/// A step needs twenty answers: without a bound one person who judges fast moves everybody's model. Answers are left out by
/// who gives them and how many came before, never by what they say, so that the levels of the test hold.
package enum PersonShare {
    /// So many of each person count whatever the others do: half a step.
    static let free = 10
    /// Of all that count, from then on.
    static let share = 0.5
    /// With fewer people a share would leave next to nothing to decide by.
    package static let people = 3
    /// So many of the latest judgements tell how many people there are.
    package static let lookedAt = 1_000

    /// - Parameters:
    ///   - own: answers of this person that were counted.
    ///   - all: everybody's.
    package static func allows(own: Int, of all: Int) -> Bool {
        own < free || Double(own + 1) <= share * Double(all + 1)
    }
}

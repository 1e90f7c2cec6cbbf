/// Shares of the users for several variants, by a bucket that a user keeps.
package struct Split: Sendable, Hashable {
    /// How a user comes to a bucket.
    package enum Assignment: String, Sendable, Hashable, CaseIterable {
        /// By a hash alone. Nothing is stored; shares are as even as chance is.
        case hash
        /// By the order in which users are first seen, which somebody must store. Shares are even at any time.
        case balanced
    }

    /// The unit of weights: hundredths of a percent.
    package static let whole = 10_000

    /// Names the experiment and salts its buckets: another name deals all users anew.
    package let experiment: String
    /// Hundredths of a percent for each variant; they sum to 10,000.
    package let weights: [String: Int]
    /// The weights that this experiment had before, oldest first, so that a change moves only whom it must.
    ///
    /// Two variants don't need it; with more, write the old weights here when you change them.
    package let earlier: [[String: Int]]
    package let assignment: Assignment
    /// Which bucket belongs to whom; nil when weights don't sum to the whole.
    let map: BucketMap?

    package init(
        experiment: String, weights: [String: Int], earlier: [[String: Int]] = [], assignment: Assignment = .hash
    ) {
        self.experiment = experiment
        self.weights = weights
        self.earlier = earlier
        self.assignment = assignment
        map = BucketMap(history: earlier + [weights])
    }
}

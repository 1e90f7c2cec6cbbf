/// A moment by which everything must be done.
struct Deadline: Sendable {
    private let end: ContinuousClock.Instant

    init(in duration: Duration) { end = .now.advanced(by: duration) }

    /// What is left; never below zero.
    var left: Duration { max(.zero, ContinuousClock.now.duration(to: end)) }

    /// - Throws: `timeout` when nothing is left.
    func check() throws(ProviderError) {
        if left <= .zero { throw ProviderError(.timeout, reason: "no time left for another call") }
    }
}

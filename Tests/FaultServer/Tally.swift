import Synchronization

/// Counts on any thread.
package final class Tally: Sendable {
    private let value = Atomic<Int>(0)

    package init() {}

    package var count: Int { value.load(ordering: .sequentiallyConsistent) }

    /// One more; answers the new count.
    @discardableResult
    package func add() -> Int { value.add(1, ordering: .sequentiallyConsistent).newValue }
}

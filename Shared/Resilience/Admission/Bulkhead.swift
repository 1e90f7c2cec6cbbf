/// Bounds how many calls go to one place at once and how many wait for that, so that a slow place can't take everything.
///
/// Pure: it says who may go, and ``BulkheadGate`` lets them. First come, first served; who finds the queue full is turned
/// away at once.
package struct Bulkhead: Sendable, Hashable {
    package enum Answer: Sendable, Hashable {
        /// Go; ``leave()`` when done.
        case admitted
        /// Wait until ``leave()`` names you.
        case queued
        /// Both are full.
        case rejected
    }

    /// The most calls at once; at least 1.
    package let limit: Int
    /// The most that wait.
    package let queueLimit: Int
    package private(set) var running = 0
    private var queue: [UInt64] = []
    /// How many at the front of `queue` have gone already.
    private var gone = 0
    package private(set) var totals = Totals()

    /// Counts since the start; they only grow.
    package struct Totals: Sendable, Hashable {
        package fileprivate(set) var admitted: UInt64 = 0
        package fileprivate(set) var rejected: UInt64 = 0
        /// Those who stopped waiting.
        package fileprivate(set) var abandoned: UInt64 = 0
    }

    package init(limit: Int, queueLimit: Int) {
        precondition(limit > 0 && queueLimit >= 0, "a bulkhead lets somebody through")
        self.limit = limit
        self.queueLimit = queueLimit
    }

    /// How many wait.
    package var waiting: Int { queue.count - gone }

    /// Asks for a place; `id` must be the caller's alone while it waits.
    package mutating func enter(_ id: UInt64) -> Answer {
        if running < limit {
            running += 1
            totals.admitted += 1
            return .admitted
        }
        guard waiting < queueLimit else {
            totals.rejected += 1
            return .rejected
        }
        queue.append(id)
        return .queued
    }

    /// Gives a place back; who is named has it from now on.
    package mutating func leave() -> UInt64? {
        precondition(running > 0, "nobody is inside who could leave")
        guard gone < queue.count else {
            running -= 1
            return nil
        }
        let next = queue[gone]
        gone += 1
        if gone > 64 && gone * 2 > queue.count { compact() }
        totals.admitted += 1
        return next
    }

    /// Stops waiting. False when `id` doesn't wait: it was named already and must leave, or it never waited.
    package mutating func abandon(_ id: UInt64) -> Bool {
        guard let index = queue[gone...].firstIndex(of: id) else { return false }
        queue.remove(at: index)
        totals.abandoned += 1
        return true
    }

    private mutating func compact() {
        queue.removeFirst(gone)
        gone = 0
    }
}

/// What was looked up a moment ago, for a fixed time and of a bounded number; time is the caller's.
///
/// Entries leave in the order in which they came: all live equally long, so that the oldest is the next to expire.
package struct ExpiringCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let number: UInt64
        let until: Duration
    }

    private let lifetime: Duration
    private let limit: Int
    private var entries: [Key: Entry] = [:]
    /// With those that were replaced meanwhile, whose numbers tell them.
    private var order: [(key: Key, number: UInt64)] = []
    private var first = 0
    private var lastNumber: UInt64 = 0

    /// - Parameters:
    ///   - lifetime: how long an entry is believed; zero: not at all.
    ///   - limit: entries at most.
    package init(lifetime: Duration, limit: Int) {
        self.lifetime = lifetime
        self.limit = max(1, limit)
    }

    package var count: Int { entries.count }

    /// What is known of the key at `now`, a time since any fixed moment.
    package func value(of key: Key, at now: Duration) -> Value? {
        guard let entry = entries[key], now < entry.until else { return nil }
        return entry.value
    }

    package mutating func insert(_ value: Value, for key: Key, at now: Duration) {
        guard lifetime > .zero else { return }
        lastNumber += 1
        entries[key] = Entry(value: value, number: lastNumber, until: now + lifetime)
        order.append((key, lastNumber))
        while entries.count > limit || order.count - first > 2 * limit { removeFirst() }
        guard first > limit else { return }
        order.removeFirst(first)
        first = 0
    }

    private mutating func removeFirst() {
        let (key, number) = order[first]
        first += 1
        if entries[key]?.number == number { entries[key] = nil }
    }
}

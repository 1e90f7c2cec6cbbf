/// The last calls' outcomes: bounded by count and by age, each counted exactly.
struct OutcomeWindow: Sendable, Hashable {
    private struct Entry: Sendable, Hashable {
        var at: ContinuousClock.Instant
        var failed: Bool
        var slow: Bool
    }

    private let calls: Int
    private let age: Duration
    /// A ring, oldest first from `head`.
    private var entries: [Entry] = []
    private var head = 0
    private(set) var count = 0
    private(set) var failures = 0
    private(set) var slowCalls = 0

    init(calls: Int, age: Duration) {
        self.calls = calls
        self.age = age
    }

    /// Adds one; the oldest goes when there are too many.
    mutating func record(failed: Bool, slow: Bool, at now: ContinuousClock.Instant) {
        // Clocks read before a lock was taken may come in the wrong order by a little: entries stay sorted by time.
        let entry = Entry(at: max(now, newest ?? now), failed: failed, slow: slow)
        drop(at: entry.at)
        if count == calls { removeOldest() }
        if count == entries.count { grow(with: entry) } else { entries[(head + count) % entries.count] = entry }
        count += 1
        failures += failed ? 1 : 0
        slowCalls += slow ? 1 : 0
    }

    /// Makes room in the ring, which grows to `calls` only as they come.
    private mutating func grow(with entry: Entry) {
        entries = Array(entries[head...] + entries[..<head])
        head = 0
        entries.append(entry)
    }

    /// Forgets what is too old.
    mutating func drop(at now: ContinuousClock.Instant) {
        while count > 0, entries[head].at.duration(to: now) > age { removeOldest() }
    }

    private var newest: ContinuousClock.Instant? {
        count == 0 ? nil : entries[(head + count - 1) % entries.count].at
    }

    private mutating func removeOldest() {
        let oldest = entries[head]
        failures -= oldest.failed ? 1 : 0
        slowCalls -= oldest.slow ? 1 : 0
        head = (head + 1) % entries.count
        count -= 1
    }
}

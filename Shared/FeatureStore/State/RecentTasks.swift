import FoundationEssentials

/// The latest tasks of an entity, with whether somebody judged them: what the open load is counted from.
///
/// It holds the `capacity` tasks that were created last; an older one makes room. Which those are depends on what is in
/// the history, not on the order in which it came.
package struct RecentTasks: Hashable, Sendable {
    /// Tasks that are kept; 32 bytes each.
    package static let capacity = 128
    /// Tasks that are older don't count as open load.
    static let openMicroseconds: Int64 = 14 * 86_400_000_000

    struct Entry: Hashable, Sendable, Comparable {
        var createdAt: Int64
        var taskID: UUID
        var isJudged: Bool

        static func < (left: Entry, right: Entry) -> Bool {
            left.createdAt == right.createdAt
                ? left.taskID.uuidBytes.lexicographicallyPrecedes(right.taskID.uuidBytes)
                : left.createdAt < right.createdAt
        }
    }

    /// In ascending order of creation.
    private(set) var entries: [Entry] = []

    init() {}

    /// Entries as they were kept; nil when they can't have been.
    init?(_ entries: [Entry]) {
        guard entries.count <= Self.capacity, zip(entries, entries.dropFirst()).allSatisfy({ $0 < $1 }) else {
            return nil
        }
        self.entries = entries
    }

    /// Takes note of a task, and for good that it is judged.
    mutating func note(_ taskID: UUID, createdAt: Int64, isJudged: Bool) {
        let entry = Entry(createdAt: createdAt, taskID: taskID, isJudged: isJudged)
        // New tasks come last, nearly always.
        var place = entries.endIndex
        while place > 0, entry < entries[place - 1] { place -= 1 }
        if place > 0, entries[place - 1].taskID == taskID, entries[place - 1].createdAt == createdAt {
            if isJudged { entries[place - 1].isJudged = true }
            return
        }
        if entries.count == Self.capacity {
            if place == 0 { return }
            entries.removeFirst()
            place -= 1
        }
        entries.insert(entry, at: place)
    }

    /// Tasks of the last 14 days that nobody has judged.
    func openCount(at time: Int64) -> Int {
        var count = 0
        for entry in entries.reversed() {
            if entry.createdAt <= time - Self.openMicroseconds { break }
            if !entry.isJudged { count += 1 }
        }
        return count
    }
}

extension UUID {
    /// Its 16 bytes in the order in which they are written.
    var uuidBytes: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }
}

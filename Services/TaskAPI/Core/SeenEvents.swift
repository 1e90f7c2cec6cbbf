package import Contracts

/// Which events a stream has carried, as its `id:` lines tell it and `Last-Event-ID` brings it back.
///
/// One id can't say it: events come in the order of the broker, which is neither that of their times nor that in which
/// the database has them. So a position names the latest sixteen that were sent, by the last group of their ids. What it
/// doesn't name was missed if the history has fewer than twelve of them behind it, else it was sent before them. That is
/// wrong only for a reader whose event was overtaken by twelve others, or who got five late ones among the last sixteen.
package struct SeenEvents: Sendable {
    /// Events that a position names.
    package static let named = 16
    /// So many named events behind one that isn't say that it was sent before.
    private static let overtaken = 12
    /// Latest events kept to know repetitions by.
    private static let remembered = 2_048
    private static let prefix = "v1"

    /// Newest last; fewer than `named` are all there were.
    private var latest: [Substring] = []
    /// Changes of the serving model concern everybody and are in no task's history: only the latest counts.
    private var rollout: Substring?
    /// What the client sent was the id of one event.
    private var isEventID = false
    private var known: Set<Identifier> = []
    private var order: [Identifier] = []

    package init() {}

    /// - Parameter lastEventID: what the client sent; also a bare event id, as one position.
    /// - Returns: nil for anything else: then nothing is known of what it has seen.
    package init?(lastEventID text: some StringProtocol) {
        guard text.utf8.count <= 300 else { return nil }
        if Identifier(text) != nil {
            latest = [Self.name(String(text).lowercased())]
            isEventID = true
            return
        }
        var parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Substring($0) }
        guard parts.count >= 2, parts.count <= Self.named + 2, parts.removeFirst() == Self.prefix else { return nil }
        let rollout = parts.removeFirst()
        guard rollout.isEmpty || Self.isName(rollout), parts.allSatisfy({ Self.isName($0) }) else { return nil }
        self.rollout = rollout.isEmpty ? nil : rollout
        latest = parts.reversed()
    }

    /// The value of an `id:` line.
    package var position: String {
        ([Self.prefix[...], rollout ?? ""] + latest.reversed()).joined(separator: ".")
    }

    /// Notes an event before it is sent.
    /// - Returns: false for one that was sent before.
    package mutating func admit(_ event: Identifier, isRollout: Bool = false) -> Bool {
        let name = Self.name(event.description)
        guard !known.contains(event), isRollout ? rollout != name : !latest.contains(name) else { return false }
        known.insert(event)
        order.append(event)
        if order.count > 2 * Self.remembered {
            known.subtract(order.prefix(Self.remembered))
            order.removeFirst(Self.remembered)
        }
        if isRollout {
            rollout = name
        } else {
            latest.append(name)
            if latest.count > Self.named { latest.removeFirst() }
        }
        return true
    }

    /// Whether the position names this event.
    package func names(_ event: Identifier) -> Bool {
        let name = Self.name(event.description)
        return rollout == name || latest.contains(name)
    }

    /// What the reader of this position has missed of a history.
    /// - Parameters:
    ///   - history: the latest events, in the order of the history.
    ///   - isWhole: whether there is nothing before them.
    /// - Returns: the places of the missed ones; nil when too much has happened to know.
    package mutating func missed(in history: [Identifier], isWhole: Bool) -> [Int]? {
        let places = history.indices.filter { names(history[$0]) }
        if isEventID {
            guard let place = places.first else { return nil }
            // From now on the position is like any other.
            isEventID = false
            latest = history[...place].suffix(Self.named).map { Self.name($0.description) }
            return Array(history.indices[(place + 1)...])
        }
        // Not stored yet, and so behind everything else; or erased, or too long ago.
        let absent = latest.count - places.count
        if latest.count < Self.named {
            return isWhole && absent <= Self.named - Self.overtaken
                ? history.indices.filter { !names(history[$0]) } : nil
        }
        guard absent <= Self.named - Self.overtaken else { return nil }
        var behind = latest.count
        return history.indices.filter { place in
            if names(history[place]) {
                behind -= 1
                return false
            }
            return behind < Self.overtaken
        }
    }

    /// The last group of a UUID: its 48 random bits.
    private static func name(_ id: String) -> Substring { id.suffix(12) }

    private static func isName(_ text: Substring) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

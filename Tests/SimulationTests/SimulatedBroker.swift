import Contracts
import Messaging

/// What a message says: a task's revision, or the analysis of one; and what becomes of it in the handler.
struct Content: Hashable {
    enum Kind: Hashable {
        case plain
        /// Fails that many times before it succeeds.
        case flaky(Int)
        /// Fails whenever it is tried.
        case failing
        /// Says at once that it never will succeed.
        case undecodable
    }

    let task: Int
    let revision: Int
    let kind: Kind
}

/// A message in the broker or on its way there.
struct Wire: Hashable {
    let eventID: Identifier
    let content: Content
    var queue: String
    var attempt = 0
    /// When it leaves its waiting room; `nil` when it is in no room.
    var dueAt: Int?
    var deadLetterCode: ErrorCode?
}

/// A message handed to a consumer, not acknowledged yet.
struct SimulatedDelivery {
    let tag: Int
    let wire: Wire
}

/// A broker that loses nothing it confirmed, and does everything else that a broker may do: refuse, take in another
/// order, take twice, lose its answer, deliver again.
struct SimulatedBroker {
    struct Queue {
        var exists = false
        var ready: [Wire] = []
        var unacknowledged: [Int: Wire] = [:]
    }

    static let maximumLength = 40

    var queues: [String: Queue] = [:]
    var rooms: [Wire] = []
    var dead: [Wire] = []
    /// Every event that was confirmed to its publisher, where it was to be routed by its type.
    var confirmed: Set<Identifier> = []
    private var lastTag = 0

    enum Answer { case confirm, refuse }

    /// Takes a message in, or not.
    mutating func accept(_ wire: Wire, isMandatory: Bool, _ random: inout SeededGenerator, isFaulty: Bool) -> Answer {
        if wire.deadLetterCode != nil {
            dead.append(wire)
            return .confirm
        }
        if wire.dueAt != nil {
            rooms.append(wire)
            return .confirm
        }
        guard var queue = queues[wire.queue], queue.exists else {
            if !isMandatory { confirmed.insert(wire.eventID) }
            return isMandatory ? .refuse : .confirm
        }
        if queue.ready.count >= Self.maximumLength || (isFaulty && random.chance(40)) { return .refuse }
        insert(wire, into: &queue, &random, isFaulty: isFaulty)
        // A message taken twice: as if its publisher had lost the first confirm.
        if isFaulty, random.chance(30) { insert(wire, into: &queue, &random, isFaulty: true) }
        queues[wire.queue] = queue
        confirmed.insert(wire.eventID)
        return .confirm
    }

    private func insert(_ wire: Wire, into queue: inout Queue, _ random: inout SeededGenerator, isFaulty: Bool) {
        let place =
            isFaulty && random.chance(5) ? Int.random(in: 0...queue.ready.count, using: &random) : queue.ready.count
        queue.ready.insert(wire, at: place)
    }

    mutating func deliver(from name: String, limit: Int) -> [SimulatedDelivery] {
        guard var queue = queues[name] else { return [] }
        let wires = queue.ready.prefix(limit)
        queue.ready.removeFirst(wires.count)
        let deliveries = wires.map { wire in
            lastTag += 1
            queue.unacknowledged[lastTag] = wire
            return SimulatedDelivery(tag: lastTag, wire: wire)
        }
        queues[name] = queue
        return deliveries
    }

    /// - Returns: the wire, unless its connection was lost meanwhile and it is queued again.
    mutating func acknowledge(_ tag: Int, in name: String) -> Wire? {
        queues[name]?.unacknowledged.removeValue(forKey: tag)
    }

    mutating func requeue(_ tag: Int, in name: String) {
        guard let wire = queues[name]?.unacknowledged.removeValue(forKey: tag) else { return }
        queues[name]?.ready.insert(wire, at: 0)
    }

    /// The consumer's connection is gone: all that it had comes again.
    mutating func requeueAll(in name: String) {
        for tag in (queues[name]?.unacknowledged.keys.sorted() ?? []).reversed() { requeue(tag, in: name) }
    }

    /// Moves what has waited long enough back to its queue.
    mutating func releaseRooms(at now: Int) {
        let due = rooms.filter { $0.dueAt.map { $0 <= now } ?? true }
        guard !due.isEmpty else { return }
        rooms.removeAll { $0.dueAt.map { $0 <= now } ?? true }
        for var wire in due {
            wire.dueAt = nil
            queues[wire.queue]?.ready.append(wire)
        }
    }

    var isEmpty: Bool {
        rooms.isEmpty && queues.values.allSatisfy { $0.ready.isEmpty && $0.unacknowledged.isEmpty }
    }
}

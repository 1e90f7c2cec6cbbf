package import Contracts
import DequeModule

/// Decides what the relay does next: which messages are published, which rows may go, what is left to the sweeper.
///
/// A message moves `waiting → publishing → confirmed → gone`. One whose publish failed, or for which there is no room,
/// is forgotten here: its row is still in the outbox, and the sweeper brings it back.
package struct RelayState: Sendable {
    /// Messages held in memory at most; what is beyond is the sweeper's.
    package let capacity: Int
    private var waiting: Deque<OutboxMessage> = []
    /// Every message held here, from the offer until its row is gone.
    private var held: Set<Identifier> = []
    private var confirmed: [Identifier] = []

    package init(capacity: Int = 20_000) { self.capacity = capacity }

    /// Messages whose rows are not gone yet.
    package var backlog: Int { held.count }
    package var hasWaiting: Bool { !waiting.isEmpty }
    package var hasConfirmed: Bool { !confirmed.isEmpty }
    /// Nothing is held: what a shutdown waits for.
    package var isIdle: Bool { held.isEmpty }

    /// Takes over messages that were just committed, or that the sweeper found; leaves out those held already.
    /// - Returns: how many were taken.
    @discardableResult
    package mutating func offer(_ messages: [OutboxMessage]) -> Int {
        var taken = 0
        for message in messages where held.count < capacity && held.insert(message.eventID).inserted {
            waiting.append(message)
            taken += 1
        }
        return taken
    }

    /// The next messages to publish, in the order of their commits.
    package mutating func nextBatch(limit: Int) -> [OutboxMessage] {
        let batch = Array(waiting.prefix(limit))
        waiting.removeFirst(batch.count)
        return batch
    }

    /// What the broker said of a batch: only a confirm lets a row go.
    package mutating func published(_ batch: [OutboxMessage], isConfirmed: (Int) -> Bool) {
        for (index, message) in batch.enumerated() {
            if isConfirmed(index) {
                confirmed.append(message.eventID)
            } else {
                held.remove(message.eventID)
            }
        }
    }

    /// The rows to delete next.
    package mutating func takeConfirmed(limit: Int) -> [Identifier] {
        let ids = Array(confirmed.prefix(limit))
        confirmed.removeFirst(ids.count)
        return ids
    }

    /// The rows are gone, or their deletion failed: then the sweeper publishes them once more, which consumers absorb.
    package mutating func released(_ ids: [Identifier]) {
        for id in ids { held.remove(id) }
    }

    /// Gives up what is not published yet; its rows stay.
    package mutating func abandonWaiting() {
        for message in waiting { held.remove(message.eventID) }
        waiting.removeAll()
    }
}

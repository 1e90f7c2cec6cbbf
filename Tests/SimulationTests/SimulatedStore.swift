import Contracts
import Messaging

/// The database: what is committed stays, whatever dies. One outbox per service.
struct SimulatedStore {
    struct Key: Hashable {
        let task: Int
        let revision: Int
    }

    struct Row {
        let message: OutboxMessage
        let createdAt: Int
    }

    /// Each revision that was committed, and of which kind it is.
    var revisions: [Key: Content.Kind] = [:]
    /// The current revision of each task.
    var current: [Int: Int] = [:]
    var outboxes: [String: [Identifier: Row]] = [:]
    /// What each event says; kept after its row is gone.
    var contents: [Identifier: Content] = [:]
    /// How many results were made of a revision.
    var analyses: [Key: Int] = [:]
    /// How many entries an analysis has in its task's story.
    var timeline: [Key: Int] = [:]
    /// The revision of the analysis that a task shows.
    var shown: [Int: Int] = [:]

    mutating func insert(_ message: OutboxMessage, of content: Content, into outbox: String, at now: Int) {
        contents[message.eventID] = content
        outboxes[outbox, default: [:]][message.eventID] = Row(message: message, createdAt: now)
    }

    func overdue(in outbox: String, before limit: Int) -> [OutboxMessage] {
        (outboxes[outbox] ?? [:]).values.filter { $0.createdAt <= limit }.map(\.message)
            .sorted { $0.eventID < $1.eventID }
    }

    mutating func delete(_ ids: [Identifier], from outbox: String) {
        for id in ids { outboxes[outbox]?[id] = nil }
    }

    var outboxesAreEmpty: Bool { outboxes.values.allSatisfy(\.isEmpty) }
}

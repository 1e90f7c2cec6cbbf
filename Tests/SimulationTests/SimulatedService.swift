import Contracts
import Messaging

/// A process: what it holds in memory is gone when it dies. Its decisions are the real ones (`RelayState`,
/// `RetryPolicy`, `BatchFailure`); only the shells around them are made here.
struct SimulatedService {
    /// One `publish(contentsOf:)` on its way: the relay's batch, or the copies of one settlement.
    struct Publication {
        enum Purpose {
            case relay([OutboxMessage])
            case copies(tags: [Int])
        }

        let purpose: Purpose
        let wires: [Wire]
        /// By position: whether the broker confirmed; `nil` while it has not spoken.
        var answers: [Bool?]

        var isAnswered: Bool { answers.allSatisfy { $0 != nil } }
    }

    /// A message of a publication that the broker has not taken yet.
    struct Sent {
        let publication: Int
        let position: Int
    }

    /// An answer that has not arrived yet.
    struct Reply {
        let publication: Int
        let position: Int
        let isConfirm: Bool
    }

    let name: String
    let queue: String
    /// Where its events go.
    let destination: String
    var isUp = true
    var isPublisherConnected = false
    var isConsumerConnected = false
    var relay = RelayState(capacity: 25)
    var publications: [Int: Publication] = [:]
    var sent: [Sent] = []
    var replies: [Reply] = []
    var batch: [SimulatedDelivery] = []
    private var lastPublication = 0

    init(name: String, queue: String, destination: String) {
        self.name = name
        self.queue = queue
        self.destination = destination
    }

    var isRelayPublishing: Bool {
        publications.values.contains { if case .relay = $0.purpose { true } else { false } }
    }

    var isSettling: Bool {
        publications.values.contains { if case .copies = $0.purpose { true } else { false } }
    }

    mutating func publish(_ wires: [Wire], for purpose: Publication.Purpose) {
        lastPublication += 1
        // Without a connection each message fails at once.
        let answers = [Bool?](repeating: isPublisherConnected ? nil : false, count: wires.count)
        publications[lastPublication] = Publication(purpose: purpose, wires: wires, answers: answers)
        guard isPublisherConnected else { return }
        sent += wires.indices.map { Sent(publication: lastPublication, position: $0) }
    }

    /// The publisher's connection is gone: what was not answered has failed, as far as this side knows.
    mutating func losePublisher() {
        isPublisherConnected = false
        sent.removeAll()
        replies.removeAll()
        publications = publications.mapValues { publication in
            var publication = publication
            publication.answers = publication.answers.map { $0 ?? false }
            return publication
        }
    }

    /// Forgets all that is not stored.
    mutating func die() {
        losePublisher()
        isUp = false
        isConsumerConnected = false
        relay = RelayState(capacity: relay.capacity)
        publications.removeAll()
        batch.removeAll()
    }
}

/// The messages of one call and what has become of each; stays on the connection's thread.
final class PublishBatch {
    let messages: [OutgoingMessage]
    let submittedAt: ContinuousClock.Instant
    /// Before its confirm, a message's entry says only that it came back as unroutable.
    var results: [BrokerError?]
    /// The first message not yet sent.
    var next = 0
    private var unsettledCount: Int
    private let complete: @Sendable ([BrokerError?]) -> Void

    init(_ request: PublishRequest, at now: ContinuousClock.Instant) {
        messages = request.messages
        complete = request.complete
        submittedAt = now
        unsettledCount = messages.count
        results = Array(repeating: nil, count: messages.count)
    }

    /// Notes the end of one message; the last one wakes the caller. Each index once.
    func settle(_ index: Int, _ error: BrokerError?) {
        if let error { results[index] = error }
        unsettledCount -= 1
        if unsettledCount == 0 { complete(results) }
    }

    /// The whole batch, none of it sent.
    func fail(_ error: BrokerError) {
        for index in messages.indices { settle(index, error) }
    }

    /// What hasn't been sent; the rest is in the confirm window.
    func failUnsent(_ error: BrokerError) {
        let first = next
        next = messages.count
        for index in first..<messages.count { settle(index, error) }
    }
}

/// A message in the confirm window.
struct SentMessage {
    let batch: PublishBatch
    let index: Int
    let sentAt: ContinuousClock.Instant

    func settle(isTaken: Bool) {
        batch.settle(
            index, isTaken ? nil : BrokerError(.nacked, reason: "the broker did not take the message"))
    }

    func fail(_ error: BrokerError) { batch.settle(index, error) }
}

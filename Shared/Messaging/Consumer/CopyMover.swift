import Logging
import RabbitMQ

/// Publishes copies of deliveries elsewhere: to a waiting room, or to the dead letters.
///
/// Where the broker can't be had at the moment, it waits: given back to their queue the originals would come again at
/// once, and after twenty times, in less than a second, the broker would bury them itself, without a reason, a retry,
/// or a word to the others.
struct CopyMover: Sendable {
    let queue: String
    let publisher: Publisher
    let logger: Logger
    /// Whether the consumer ends: nobody waits for a broker that may have ended before us.
    let isStopping: @Sendable () -> Bool

    /// - Returns: nil for each copy that the broker has confirmed, else why not; in their order. What failed for good,
    ///   or when the consumer ends. A copy may be there twice, where its confirm was lost.
    func move(_ copies: [OutgoingMessage]) async -> [BrokerError?] {
        var failures = await attempt(copies)
        var pause = Duration.milliseconds(50)
        while !isStopping() {
            let again = failures.indices.filter { failures[$0]?.isRetriable ?? false }
            guard let first = again.first else { break }
            logger.warning(
                "the broker doesn't take what is to be moved; it waits",
                metadata: [
                    "queue": "\(queue)", "events": "\(again.count)", "reason": "\(failures[first]?.reason ?? "")",
                ])
            // Cut short by a cancellation it only asks earlier.
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
            pause = min(pause * 2, .seconds(2))
            for (index, failure) in zip(again, await attempt(again.map { copies[$0] })) { failures[index] = failure }
        }
        return failures
    }

    private func attempt(_ copies: [OutgoingMessage]) async -> [BrokerError?] {
        var failures = await publisher.publish(contentsOf: copies)
        for index in failures.indices where failures[index]?.code == .invalidMessage {
            // A peer's headers can be more than may be sent on with ours: what matters goes without them.
            failures[index] = await publisher.publish(contentsOf: [copies[index].withOwnHeadersOnly])[0]
        }
        return failures
    }
}

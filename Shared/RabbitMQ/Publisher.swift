package import Logging
import Polling
import Synchronization

/// Publishes messages and waits for the broker's confirms, over a connection and thread of its own.
///
/// `run()` must be running: it connects and reconnects. Nothing is stored here: while there is no connection a
/// publish fails at once, and what was unconfirmed when a connection is lost fails as `connectionLost`. Whoever
/// publishes keeps the message until it is confirmed and may publish it again: duplicates are possible, loss isn't.
package final class Publisher: Sendable {
    private let connection: PublisherConnection
    private let reconnect: Reconnect

    /// - Parameters:
    ///   - topology: declared on each connection before the first publish, so that no queue that should get a message
    ///     is missing when it is routed: `mandatory` only notices when none at all takes it.
    ///   - windowLimit: messages in flight without a confirm, at most.
    package init(
        configuration: BrokerConfiguration, topology: BrokerTopology = BrokerTopology(), windowLimit: Int = 1_000,
        backoff: ReconnectBackoff = ReconnectBackoff(), logger: Logger
    ) {
        precondition(windowLimit > 0 && !configuration.endpoints.isEmpty)
        let board = StatusBoard()
        connection = PublisherConnection(
            configuration: configuration, topology: topology, windowLimit: windowLimit, board: board)
        reconnect = Reconnect(configuration: configuration, backoff: backoff, board: board, logger: logger)
    }

    /// Keeps a connection until the task is cancelled; then takes no more messages, waits at most `confirmTimeout`
    /// for the confirms still to come, says good-bye and returns. Runs once.
    package func run() async throws {
        let connection = connection
        // Unstructured, because it must go on after cancellation of this task, while the confirms come in.
        let monitor = Task { await connection.stallGuard.run() }
        defer { monitor.cancel() }
        await withTaskCancellationHandler {
            await reconnect.run(until: { connection.isStopping }) { (endpoint) async throws(BrokerError) in
                try await connection.connect(endpoint)
                return await connection.untilLost()
            }
        } onCancel: {
            connection.stop()
        }
        await connection.finish()
    }

    /// Publishes one message and returns after the broker's confirm.
    /// - Throws: `unroutable`, `nacked`, `invalidMessage`: the broker doesn't have it. `notConnected`, `closed`: it
    ///   was never sent. `timeout`, `connectionLost`, `channelClosed`, `blocked`: the broker may have it.
    package func publish(_ message: OutgoingMessage) async throws(BrokerError) {
        let results = await publish(contentsOf: [message])
        if let error = results[0] { throw error }
    }

    /// Publishes messages in order with one suspension for all, and returns when each is confirmed or has failed:
    /// nil or its error, in the order given. Takes no longer than about `confirmTimeout` per window; cancellation
    /// doesn't cut it short, since what was sent can't be taken back.
    package func publish(contentsOf messages: [OutgoingMessage]) async -> [BrokerError?] {
        guard !messages.isEmpty else { return [] }
        guard status.isConnected else {
            let error = connection.isStopping ? PublisherConnection.closed : PublisherConnection.notConnected
            return Array(repeating: error, count: messages.count)
        }
        return await withCheckedContinuation { continuation in
            connection.submit(PublishRequest(messages: messages) { continuation.resume(returning: $0) })
        }
    }

    /// Hands over a message that may be lost, without waiting: it goes out behind whatever was handed over before it
    /// and before whatever is handed over afterwards.
    ///
    /// - Parameter onSettled: called once, on the connection's thread, with nil after the confirm or with the error; it
    ///   must not block. Not called when the answer is false.
    /// - Returns: false, and nothing is sent, under pressure: without a connection, in an alarm of the broker, or while
    ///   messages wait for room in the confirm window or the socket.
    package func offer(_ message: OutgoingMessage, onSettled: @escaping @Sendable (BrokerError?) -> Void) -> Bool {
        guard status == .connected, !connection.isCongested else { return false }
        return connection.take(PublishRequest(messages: [message]) { onSettled($0[0]) })
    }

    package var status: BrokerStatus { connection.board.status }

    package var isConnected: Bool { status.isConnected }

    /// The status now, and each change.
    package var statusUpdates: AsyncStream<BrokerStatus> { connection.board.updates() }

    /// Returns as soon as there is a connection.
    /// - Throws: `notConnected` after the time-out, `closed`, `cancelled`.
    package func waitUntilConnected(timeout: Duration = .seconds(30)) async throws(BrokerError) {
        try await connection.board.waitUntilConnected(timeout: timeout)
    }
}

/// Messages of one call on their way to the connection's thread.
struct PublishRequest: Sendable {
    let messages: [OutgoingMessage]
    /// Called once, with nil or the error of each message.
    let complete: @Sendable ([BrokerError?]) -> Void
}

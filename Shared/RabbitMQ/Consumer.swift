package import Logging
import Polling

/// What a consumer consumes from.
package struct ConsumerQueue: Sendable, Equatable {
    /// Empty: the last queue of `topology`, whose name the broker may make up.
    package var name: String
    /// Declared on each (re)connect, on the consuming connection; so it may hold exclusive queues.
    package var topology: BrokerTopology

    package init(name: String, topology: BrokerTopology = BrokerTopology()) {
        precondition(!name.isEmpty || !topology.queues.isEmpty, "a consumer needs a queue")
        self.name = name
        self.topology = topology
    }
}

/// Hands the messages of one queue over in batches, over a connection and thread of its own.
///
/// Delivery is at least once: everything unsettled when a connection ends comes again, marked redelivered.
package final class Consumer: Sendable {
    private let connection: ConsumerConnection
    private let reconnect: Reconnect
    private let maximumBatch: Int
    private let logger: Logger

    /// - Parameters:
    ///   - prefetch: unsettled messages the broker hands out at most, the bound of our memory; at least 1.
    ///   - maximumBatch: messages in one call of the handler, at most.
    ///   - isNoAck: the broker counts a message as settled once sent: those on the way are lost with the connection.
    ///   - watchdogInterval: how long without a delivery before we ask whether the queue and our consumer still exist.
    package init(
        configuration: BrokerConfiguration, queue: ConsumerQueue, prefetch: UInt16 = 512, maximumBatch: Int = 256,
        isNoAck: Bool = false, watchdogInterval: Duration = .seconds(30),
        backoff: ReconnectBackoff = ReconnectBackoff(), logger: Logger
    ) {
        precondition(prefetch > 0 && maximumBatch > 0 && !configuration.endpoints.isEmpty)
        let board = StatusBoard()
        let settings = ConsumerSettings(
            configuration: configuration, queue: queue, prefetch: prefetch, isNoAck: isNoAck,
            bufferLimit: maximumBatch * 4, watchdogInterval: watchdogInterval)
        connection = ConsumerConnection(settings: settings, board: board)
        reconnect = Reconnect(configuration: configuration, backoff: backoff, board: board, logger: logger)
        self.maximumBatch = maximumBatch
        self.logger = logger
    }

    /// Consumes until the task is cancelled; then cancels the consumer, lets the handler finish (it isn't
    /// cancelled), sends its acknowledgements, says good-bye and returns. Runs once.
    /// - Parameters:
    ///   - drain: awaited before the good-bye, for a handler that settles later.
    ///   - handle: called with whatever has arrived, one call at a time. It settles through the batch, also
    ///     later. If it throws, what it left unsettled is given back to the queue and the next call waits a little.
    package func run(
        drain: @escaping @Sendable () async -> Void = {},
        _ handle: @escaping @Sendable ([Delivery], ConsumerBatch) async throws -> Void
    ) async throws {
        let connection = connection
        // Unstructured, both: a cancellation of this task must not reach a handler half-way through its work, and the
        // guard must go on until the connection has closed.
        let monitor = Task { await connection.stallGuard.run() }
        let loop = Task { await consume(drain, handle) }
        await withTaskCancellationHandler {
            await loop.value
        } onCancel: {
            connection.stop()
        }
        monitor.cancel()
        connection.board.set(.closed)
    }

    private func consume(
        _ drain: @Sendable () async -> Void, _ handle: @Sendable ([Delivery], ConsumerBatch) async throws -> Void
    ) async {
        let connection = connection
        await reconnect.run(until: { connection.isStopping }) { (endpoint) async throws(BrokerError) in
            let generation = try await connection.connect(endpoint)
            var failures = 0
            while let deliveries = await connection.nextBatch(atMost: maximumBatch) {
                let batch = ConsumerBatch(connection: connection, generation: generation, tags: deliveries.map(\.tag))
                do {
                    try await handle(deliveries, batch)
                    failures = 0
                } catch {
                    logger.warning(
                        "message handler failed", metadata: ["error": "\(error)", "count": "\(deliveries.count)"])
                    batch.requeueUnsettled()
                    failures += 1
                    await connection.pause(for: reconnect.backoff.limit(attempt: failures - 1))
                }
            }
            if connection.isStopping { await drain() }
            return await connection.disconnect()
        }
    }

    package var status: BrokerStatus { connection.board.status }

    package var isConnected: Bool { status.isConnected }

    /// Whether it was told to end: what a handler still has should be finished or given back now.
    package var isStopping: Bool { connection.isStopping }

    /// The status now, and each change.
    package var statusUpdates: AsyncStream<BrokerStatus> { connection.board.updates() }

    /// Returns as soon as the broker sends us messages.
    /// - Throws: `notConnected` after the time-out, `closed`, `cancelled`.
    package func waitUntilConnected(timeout: Duration = .seconds(30)) async throws(BrokerError) {
        try await connection.board.waitUntilConnected(timeout: timeout)
    }
}

/// Settles the deliveries of one handler call. Cheap, from any thread; what is settled twice counts once.
///
/// After its connection has ended every call does nothing: the broker delivers again.
package struct ConsumerBatch: Sendable {
    let connection: ConsumerConnection
    let generation: Int
    let tags: [UInt64]

    /// Acknowledges every delivery of the connection up to this one, those of earlier batches too.
    package func acknowledge(throughTag tag: UInt64) {
        connection.settle(Settlement(generation: generation, kind: .acknowledgeThrough(tag)))
    }

    /// Acknowledges these deliveries.
    package func acknowledge(_ tags: [UInt64]) {
        guard !tags.isEmpty else { return }
        connection.settle(Settlement(generation: generation, kind: .acknowledge(tags)))
    }

    /// Acknowledges every delivery of this batch that isn't settled yet.
    package func acknowledgeAll() { acknowledge(tags) }

    /// Gives one delivery back: to the queue, or to its dead-letter exchange.
    package func reject(_ tag: UInt64, requeue: Bool) {
        connection.settle(Settlement(generation: generation, kind: .reject([tag], requeue: requeue)))
    }

    /// Gives every delivery of this batch that isn't settled yet back to the queue.
    package func requeueUnsettled() {
        connection.settle(Settlement(generation: generation, kind: .reject(tags, requeue: true)))
    }
}

struct Settlement: Sendable {
    enum Kind: Sendable {
        case acknowledge([UInt64])
        case acknowledgeThrough(UInt64)
        case reject([UInt64], requeue: Bool)
    }

    var generation: Int
    var kind: Kind
}

struct ConsumerSettings: Sendable {
    var configuration: BrokerConfiguration
    var queue: ConsumerQueue
    var prefetch: UInt16
    var isNoAck: Bool
    /// Without acknowledgements nothing else bounds what the broker sends: we stop reading above this.
    var bufferLimit: Int
    var watchdogInterval: Duration
}

import Glibc
package import Logging
import Polling

/// A short connection for administration: declare, look, take single messages.
///
/// No reconnect: after a failure that ends the connection every call throws it. A refusal by the broker (404, 406 …)
/// throws and leaves the session usable.
package final class BrokerSession: Sendable {
    private let connection: SessionConnection

    private init(connection: SessionConnection) { self.connection = connection }

    /// Connects to the first endpoint that lets us in.
    /// - Throws: the last endpoint's failure: `connectionRefused`, `timeout`, `tls`, `authentication`.
    package static func open(
        _ configuration: BrokerConfiguration, logger: Logger
    ) async throws(BrokerError) -> BrokerSession {
        let connection = SessionConnection(configuration: configuration)
        try await connection.connect(logger)
        return BrokerSession(connection: connection)
    }

    package func declare(_ exchange: ExchangeDeclaration) async throws(BrokerError) {
        try await connection.use { (link) throws(BrokerError) in try link.declare(exchange) }
    }

    /// - Returns: its name, made up by the broker for an empty one, and counts.
    @discardableResult
    package func declare(_ queue: QueueDeclaration) async throws(BrokerError) -> QueueStatus {
        try await connection.use { (link) throws(BrokerError) in try link.declare(queue) }
    }

    package func declare(_ binding: BindingDeclaration) async throws(BrokerError) {
        try await connection.use { (link) throws(BrokerError) in try link.declare(binding) }
    }

    /// Declares all of it; safe to repeat.
    /// - Throws: `precondition` where something exists with other arguments.
    package func declare(_ topology: BrokerTopology) async throws(BrokerError) {
        try await connection.use { (link) throws(BrokerError) in _ = try link.declare(topology) }
    }

    /// - Throws: `notFound` when there is no such queue.
    package func queueStatus(_ name: String) async throws(BrokerError) -> QueueStatus {
        try await connection.use { (link) throws(BrokerError) in
            try link.declare(QueueDeclaration(name: name), isPassive: true)
        }
    }

    /// Takes one message off a queue, nil when there is none. It stays unacknowledged until settled or until the
    /// session closes, when the broker puts it back.
    package func get(_ queue: String) async throws(BrokerError) -> Delivery? {
        try await connection.use { (link) throws(BrokerError) in try link.get(queue) }
    }

    package func acknowledge(_ tag: UInt64) async throws(BrokerError) {
        try await connection.use { (link) throws(BrokerError) in try link.acknowledge(tag, multiple: false) }
    }

    package func reject(_ tag: UInt64, requeue: Bool) async throws(BrokerError) {
        try await connection.use { (link) throws(BrokerError) in try link.reject(tag, requeue: requeue) }
    }

    /// Drops the ready messages and tells how many.
    @discardableResult
    package func purge(queue: String) async throws(BrokerError) -> Int {
        try await connection.use { (link) throws(BrokerError) in try link.purge(queue) }
    }

    package func delete(queue: String) async throws(BrokerError) {
        try await connection.use { (link) throws(BrokerError) in try link.deleteQueue(queue) }
    }

    package func delete(exchange: String) async throws(BrokerError) {
        try await connection.use { (link) throws(BrokerError) in try link.deleteExchange(exchange) }
    }

    /// Publishes and waits for the confirm.
    /// - Throws: `unroutable`, `nacked`, `timeout` and whatever ends the connection.
    package func publish(_ message: OutgoingMessage) async throws(BrokerError) {
        try await connection.publish(message)
    }

    /// Says good-bye; what is unsettled goes back to its queues.
    package func close() async { await connection.close() }
}

/// The session's link, on the thread it owns.
actor SessionConnection {
    nonisolated let thread = PollThread(name: "amqp-session")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    private let configuration: BrokerConfiguration
    private var link: BrokerLink?
    private var failure: BrokerError?
    /// Confirms count from 1 on a channel from the first publish on; 0: confirms aren't on.
    private var nextSequence: UInt64 = 0

    init(configuration: BrokerConfiguration) { self.configuration = configuration }

    func connect(_ logger: Logger) throws(BrokerError) {
        for endpoint in configuration.endpoints {
            do throws(BrokerError) {
                link = try BrokerLink(configuration: configuration, endpoint: endpoint)
                failure = nil
                installSource()
                return
            } catch {
                failure = error
                logger.debug("cannot connect", metadata: ["endpoint": "\(endpoint)", "reason": "\(error.reason)"])
            }
        }
        throw failure ?? BrokerError(.notConnected, reason: "no endpoint is configured")
    }

    func use<R: Sendable>(_ body: @Sendable (BrokerLink) throws(BrokerError) -> R) throws(BrokerError) -> R {
        let link = try openLink()
        do throws(BrokerError) {
            return try body(link)
        } catch {
            if link.failure != nil { lose(error) }
            throw error
        }
    }

    func publish(_ message: OutgoingMessage) throws(BrokerError) {
        let link = try openLink()
        do throws(BrokerError) {
            if nextSequence == 0 {
                try link.selectConfirms()
                nextSequence = 1
            }
            try link.publish(message)
            let sequence = nextSequence
            nextSequence += 1
            try waitForConfirm(of: sequence, link)
        } catch {
            if link.failure != nil { lose(error) }
            throw error
        }
    }

    func close() {
        link?.close()
        lose(BrokerError(.closed, reason: "the session was closed"))
    }

    /// The link with an open channel: a refusal has closed the one before.
    private func openLink() throws(BrokerError) -> BrokerLink {
        guard let link else { throw failure ?? BrokerError(.notConnected, reason: "the session has no connection") }
        if !link.isChannelOpen {
            nextSequence = 0
            try link.openChannel()
        }
        return link
    }

    private func waitForConfirm(of sequence: UInt64, _ link: BrokerLink) throws(BrokerError) {
        let deadline = ContinuousClock.now + configuration.confirmTimeout
        var unroutable: BrokerError?
        while true {
            let remaining = deadline - ContinuousClock.now
            guard remaining > .zero, let event = try link.nextEvent(waiting: remaining) else {
                throw link.fail(BrokerError(.timeout, reason: "no confirm within \(configuration.confirmTimeout)"))
            }
            switch event {
            case .returned(let message):
                unroutable = BrokerError(
                    .unroutable, reason: "no queue takes \(message.message.routingKey): \(message.replyText)",
                    replyCode: message.replyCode)
            case .confirmed(let tag, let multiple, let isTaken) where tag == sequence || (multiple && tag > sequence):
                if let unroutable { throw unroutable }
                if !isTaken { throw BrokerError(.nacked, reason: "the broker did not take the message") }
                return
            case .channelClosed(let error): throw error
            default: continue
            }
        }
    }

    private func lose(_ reason: BrokerError) {
        link = nil
        if failure == nil { failure = reason }
    }

    /// Keeps heartbeats going while nobody calls.
    private func installSource() {
        thread.setSource(
            prepare: { [weak self] descriptors in
                var wanted: pollfd?
                let timeout = self?.assumeIsolated { $0.prepare(&wanted) }
                if let wanted { descriptors.append(wanted) }
                return timeout ?? -1
            },
            ready: { [weak self] _ in self?.assumeIsolated { $0.pump() } })
    }

    private func prepare(_ wanted: inout pollfd?) -> Int32 {
        guard let link else { return -1 }
        wanted = pollfd(fd: link.descriptor, events: Int16(POLLIN), revents: 0)
        return link.hasBufferedFrames ? 0 : Int32(clamping: (link.heartbeat / 4).milliseconds)
    }

    private func pump() {
        guard let link else { return }
        do throws(BrokerError) {
            // What comes without being asked for (alarms, a cancel) means nothing to a session.
            while try link.nextEvent() != nil {}
        } catch {
            lose(error)
        }
    }
}

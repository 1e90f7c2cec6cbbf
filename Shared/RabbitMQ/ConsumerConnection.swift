import Glibc
import Polling

/// The consumer's side of one connection at a time, on the thread it owns.
actor ConsumerConnection {
    nonisolated let board: StatusBoard
    nonisolated let stallGuard = StallGuard()
    nonisolated let thread: PollThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private nonisolated let mailbox = ConsumerMailbox()
    private nonisolated let settings: ConsumerSettings
    private var link: BrokerLink?
    private var ledger = SettlementLedger()
    private var generation = 0
    private var queueName = ""
    private var consumerTag = ""
    private var hasSource = false
    private var isPaused = false
    private var isBlocked = false
    private var lastReadable = ContinuousClock.now
    private var lastDelivery = ContinuousClock.now
    private var nextTick = ContinuousClock.now
    private var lostReason: BrokerError?

    init(settings: ConsumerSettings, board: StatusBoard) {
        self.settings = settings
        self.board = board
        thread = PollThread(name: "amqp-consume")
    }

    nonisolated var isStopping: Bool { mailbox.isStopping }

    nonisolated func stop() {
        mailbox.stop()
        thread.wake()
    }

    nonisolated func settle(_ settlement: Settlement) {
        if settings.isNoAck { return }
        mailbox.put(settlement)
        thread.wake()
    }

    nonisolated func nextBatch(atMost limit: Int) async -> [Delivery]? {
        let batch = await mailbox.nextBatch(atMost: limit, drains: settings.isNoAck)
        if settings.isNoAck { thread.wake() }
        return batch
    }

    nonisolated func pause(for duration: Duration) async { await mailbox.pause(for: duration) }

    /// Connects, declares and starts consuming; blocks the thread (no other) until then.
    /// - Returns: the number of this connection, which settlements must carry.
    func connect(_ endpoint: BrokerEndpoint) throws(BrokerError) -> Int {
        let link = try BrokerLink(configuration: settings.configuration, endpoint: endpoint)
        let declared = try link.declare(settings.queue.topology)
        queueName = settings.queue.name.isEmpty ? declared ?? "" : settings.queue.name
        generation += 1
        consumerTag = "\(settings.configuration.connectionName)-\(generation)"
        if !settings.isNoAck { try link.setPrefetch(settings.prefetch) }
        try link.consume(queueName, tag: consumerTag, isNoAck: settings.isNoAck)
        self.link = link
        ledger = SettlementLedger()
        (isPaused, isBlocked, lostReason) = (false, false, nil)
        (lastReadable, lastDelivery, nextTick) = (.now, .now, .now)
        mailbox.begin()
        installSource()
        board.set(.connected)
        return generation
    }

    /// After the last batch: sends the acknowledgements, cancels the consumer and says good-bye.
    /// - Returns: why the connection was lost; nil after a stop.
    func disconnect() -> BrokerError? {
        guard let link else { return lostReason ?? BrokerError(.connectionLost, reason: "the connection ended") }
        do throws(BrokerError) {
            try link.cancelConsumer(consumerTag)
            try stallGuard.watch(link.descriptor, from: .now, limit: settings.configuration.rpcTimeout) {
                () throws(BrokerError) in
                try sendSettlements(link)
            }
            link.close()
            lose(nil)
        } catch {
            // The broker delivers again what it didn't hear of; there is nobody left to tell.
            lose(error)
        }
        return lostReason
    }

    private func installSource() {
        guard !hasSource else { return }
        hasSource = true
        thread.setSource(
            prepare: { [weak self] descriptors in
                var wanted: pollfd?
                let timeout = self?.assumeIsolated { $0.prepare(&wanted) }
                if let wanted { descriptors.append(wanted) }
                return timeout ?? -1
            },
            ready: { [weak self] descriptors in
                let events = descriptors.first?.revents ?? 0
                self?.assumeIsolated { $0.pass(events: events) }
            })
    }

    // MARK: On the thread, around each wait

    private func prepare(_ wanted: inout pollfd?) -> Int32 {
        guard let link else { return -1 }
        isPaused = settings.isNoAck && mailbox.bufferedCount > settings.bufferLimit
        wanted = pollfd(fd: link.descriptor, events: isPaused ? 0 : Int16(POLLIN), revents: 0)
        if !isPaused, link.hasBufferedFrames { return 0 }
        return Int32(clamping: min(tick(link), settings.watchdogInterval).milliseconds)
    }

    /// Often enough that heartbeats go out in time and a dead peer shows before two of them.
    private func tick(_ link: BrokerLink) -> Duration { link.heartbeat / 4 }

    private func pass(events: Int16) {
        guard let link else { return }
        let now = ContinuousClock.now
        let isReadable = events & Int16(POLLIN | POLLERR | POLLHUP) != 0
        if isReadable || isPaused { lastReadable = now }
        do throws(BrokerError) {
            try stallGuard.watch(link.descriptor, from: now, limit: settings.configuration.rpcTimeout) {
                () throws(BrokerError) in
                try sendSettlements(link)
            }
            let isTickDue = now >= nextTick
            if isTickDue { nextTick = now + tick(link) }
            if isPaused {
                // Not reading also means that the library sends no heartbeats by itself.
                if isTickDue { try link.sendHeartbeat() }
                return
            }
            if isReadable || isTickDue || link.hasBufferedFrames { try read(link, now: now) }
            if now - lastReadable > link.heartbeat * 7 / 4 {
                throw BrokerError(.connectionLost, reason: "the broker has been silent for \(now - lastReadable)")
            }
            if now - lastDelivery > settings.watchdogInterval { try watch(link) }
        } catch {
            lose(error)
        }
    }

    private func sendSettlements(_ link: BrokerLink) throws(BrokerError) {
        var tags: [UInt64] = []
        for settlement in mailbox.takeSettlements() where settlement.generation == generation {
            switch settlement.kind {
            case .acknowledge(let some): tags.append(contentsOf: some)
            case .acknowledgeThrough(let tag):
                tags.append(contentsOf: ledger.open(through: tag))
            case .reject(let some, let requeue):
                // In the order of the calls: an acknowledgement before this rejection wins.
                try send(ledger.acknowledge(tags), link)
                tags.removeAll()
                for tag in some where ledger.reject(tag) { try link.reject(tag, requeue: requeue) }
            }
        }
        try send(ledger.acknowledge(tags), link)
    }

    private func send(
        _ acknowledgements: [SettlementLedger.Acknowledgement], _ link: BrokerLink
    ) throws(BrokerError) {
        for acknowledgement in acknowledgements {
            try link.acknowledge(acknowledgement.tag, multiple: acknowledgement.isMultiple)
        }
    }

    private func read(_ link: BrokerLink, now: ContinuousClock.Instant) throws(BrokerError) {
        var deliveries: [Delivery] = []
        defer {
            if !deliveries.isEmpty {
                lastDelivery = now
                mailbox.put(deliveries)
            }
        }
        var isFirst = true
        // With TLS, bytes may wait in the library's buffers where neither poll nor we can see them.
        while isFirst || link.isTLS || link.hasBufferedFrames, deliveries.count < 1_024 {
            isFirst = false
            guard let event = try link.nextEvent() else { return }
            switch event {
            case .delivered(let delivery):
                ledger.deliver(delivery.tag)
                deliveries.append(delivery)
            case .consumerCancelled:
                throw BrokerError(
                    .notFound, reason: "the broker cancelled our consumer of \(queueName)", isRetriable: true)
            case .channelClosed(let error): throw error
            case .blocked(let reason): board.set(.blocked(reason: reason))
            case .unblocked: board.set(.connected)
            case .confirmed, .returned: continue
            }
        }
    }

    /// A deleted queue doesn't always tell its consumers: ask.
    private func watch(_ link: BrokerLink) throws(BrokerError) {
        lastDelivery = .now
        let status = try link.declare(QueueDeclaration(name: queueName), isPassive: true)
        if status.consumers == 0 {
            throw BrokerError(.notFound, reason: "queue \(queueName) has lost our consumer", isRetriable: true)
        }
    }

    private func lose(_ reason: BrokerError?) {
        link = nil
        lostReason = reason
        if let reason { board.set(.disconnected(reason: reason.description)) }
        mailbox.end(keepsDeliveries: settings.isNoAck)
    }
}

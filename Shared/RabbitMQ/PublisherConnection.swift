import DequeModule
import Glibc
import Polling
import Synchronization

/// The publisher's side of one connection at a time, on the thread it owns.
actor PublisherConnection {
    static let closed = BrokerError(.closed, reason: "the publisher was stopped")
    static let notConnected = BrokerError(.notConnected, reason: "no connection to the broker")

    private struct Inbox {
        var requests: [PublishRequest] = []
        var isStopping = false
        /// Nobody will look at the requests any more.
        var isFinished = false
    }

    nonisolated let board: StatusBoard
    nonisolated let stallGuard = StallGuard()
    nonisolated let thread: PollThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private nonisolated let inbox = Mutex(Inbox())
    private nonisolated let congestion = Atomic(false)
    private let configuration: BrokerConfiguration
    private let topology: BrokerTopology
    private let windowLimit: Int
    private var link: BrokerLink?
    private var window = ConfirmWindow<SentMessage>()
    private var waiting: Deque<PublishBatch> = []
    private var blockedSince: ContinuousClock.Instant?
    private var lastSent = ContinuousClock.now
    private var wantsWritable = false
    private var hasSource = false
    private var lastReadable = ContinuousClock.now
    private var nextTick = ContinuousClock.now
    private var nackedSince: ContinuousClock.Instant?
    private var stopDeadline: ContinuousClock.Instant?
    private var lostReason: BrokerError?
    private var lossWaiter: CheckedContinuation<BrokerError?, Never>?

    init(configuration: BrokerConfiguration, topology: BrokerTopology, windowLimit: Int, board: StatusBoard) {
        self.configuration = configuration
        self.topology = topology
        self.windowLimit = windowLimit
        self.board = board
        thread = PollThread(name: "amqp-publish")
    }

    /// Takes a call from any thread; one wake-up serves many.
    nonisolated func submit(_ request: PublishRequest) {
        if take(request) { return }
        request.complete(Array(repeating: Self.closed, count: request.messages.count))
    }

    /// Takes a call from any thread, unless we are stopping.
    nonisolated func take(_ request: PublishRequest) -> Bool {
        let isAccepted = inbox.withLock { inbox in
            if inbox.isFinished || inbox.isStopping { return false }
            inbox.requests.append(request)
            return true
        }
        if isAccepted { thread.wake() }
        return isAccepted
    }

    /// Whether messages wait for room in the confirm window or in the socket.
    nonisolated var isCongested: Bool { congestion.load(ordering: .relaxed) }

    nonisolated var isStopping: Bool { inbox.withLock { $0.isStopping } }

    nonisolated func stop() {
        inbox.withLock { $0.isStopping = true }
        thread.wake()
    }

    /// Blocks the thread (no other) until connected or failed.
    func connect(_ endpoint: BrokerEndpoint) throws(BrokerError) {
        let link = try BrokerLink(configuration: configuration, endpoint: endpoint)
        _ = try link.declare(topology)
        try link.selectConfirms()
        self.link = link
        (blockedSince, wantsWritable, nackedSince, lostReason) = (nil, false, nil, nil)
        (lastReadable, nextTick) = (.now, .now)
        if !hasSource {
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
        board.set(.connected)
    }

    /// Returns why the connection ended; nil after a stop.
    func untilLost() async -> BrokerError? {
        if link == nil { return lostReason }
        return await withCheckedContinuation { lossWaiter = $0 }
    }

    /// Fails whatever came in after the last connection.
    func finish() {
        inbox.withLock { $0.isFinished = true }
        lose(Self.closed)
        takeRequests(now: .now)
        board.set(.closed)
    }

    // MARK: On the thread, around each wait

    private func prepare(_ wanted: inout pollfd?) -> Int32 {
        guard let link else { return -1 }
        wanted = pollfd(fd: link.descriptor, events: Int16(POLLIN | (wantsWritable ? POLLOUT : 0)), revents: 0)
        if link.hasBufferedFrames { return 0 }
        let isBusy = !window.isEmpty || !waiting.isEmpty || stopDeadline != nil
        return Int32(clamping: (isBusy ? min(tick, .milliseconds(250)) : tick).milliseconds)
    }

    /// Often enough that heartbeats go out in time and a dead peer shows before two of them.
    private var tick: Duration { (link?.heartbeat ?? .seconds(4)) / 4 }

    private func pass(events: Int16) {
        let now = ContinuousClock.now
        takeRequests(now: now)
        defer { congestion.store(!waiting.isEmpty, ordering: .relaxed) }
        guard let link else { return }
        let isReadable = events & Int16(POLLIN | POLLERR | POLLHUP) != 0
        if isReadable { lastReadable = now }
        do throws(BrokerError) {
            if isReadable || now >= nextTick || link.hasBufferedFrames {
                try read(link, isReadable: isReadable)
                nextTick = now + tick
            }
            if now - lastReadable > link.heartbeat * 7 / 4 {
                throw BrokerError(.connectionLost, reason: "the broker has been silent for \(now - lastReadable)")
            }
            wantsWritable = false
            if blockedSince == nil { try send(link, now: now) }
            try checkLimits(link, now: now)
        } catch {
            lose(error)
        }
    }

    private func takeRequests(now: ContinuousClock.Instant) {
        let requests = inbox.withLock { inbox in
            defer { inbox.requests.removeAll(keepingCapacity: true) }
            return inbox.requests
        }
        for request in requests {
            let batch = PublishBatch(request, at: now)
            if link == nil { batch.fail(Self.notConnected) } else { waiting.append(batch) }
        }
    }

    private func read(_ link: BrokerLink, isReadable: Bool) throws(BrokerError) {
        var isFirst = true
        // With TLS, bytes may wait in the library's buffers where neither poll nor we can see them.
        while isFirst || link.isTLS || link.hasBufferedFrames {
            isFirst = false
            guard let event = try link.nextEvent() else { return }
            switch event {
            case .confirmed(let tag, let multiple, let isTaken):
                nackedSince = isTaken ? nil : nackedSince ?? .now
                window.settle(tag: tag, multiple: multiple) { $0.settle(isTaken: isTaken) }
            case .returned(let message): mark(returned: message)
            case .blocked(let reason):
                blockedSince = blockedSince ?? .now
                board.set(.blocked(reason: reason))
            case .unblocked:
                blockedSince = nil
                board.set(.connected)
            case .channelClosed(let error):
                window.removeAll { $0.fail(error) }
                try link.openChannel()
                _ = try link.declare(topology)
                try link.selectConfirms()
            case .delivered, .consumerCancelled: continue
            }
        }
    }

    /// Remembers that this message found no queue; its confirm follows and settles it.
    private func mark(returned: ReturnedMessage) {
        let message = returned.message
        let sent = window.first { token in
            let candidate = token.batch.messages[token.index]
            return candidate.isMandatory && token.batch.results[token.index] == nil
                && candidate.routingKey == message.routingKey && candidate.exchange == message.exchange
                && candidate.properties.messageID == message.properties.messageID && candidate.body == message.body
        }
        guard let sent else { return }
        sent.batch.results[sent.index] = BrokerError(
            .unroutable,
            reason: "no queue takes \(message.routingKey) of exchange \(message.exchange): \(returned.replyText)",
            replyCode: returned.replyCode)
    }

    private func send(_ link: BrokerLink, now: ContinuousClock.Instant) throws(BrokerError) {
        guard !waiting.isEmpty, window.count < windowLimit else { return }
        let isMany = waiting.count > 1 || waiting[0].messages.count - waiting[0].next > 1
        if isMany { link.setCorked(true) }
        defer { if isMany { link.setCorked(false) } }
        try stallGuard.watch(link.descriptor, from: now, limit: configuration.confirmTimeout) {
            () throws(BrokerError) in
            var uncheckedBytes = Int.max / 2
            while let batch = waiting.first {
                while batch.next < batch.messages.count, window.count < windowLimit {
                    // The library waits in a full socket: look before it gets there.
                    if uncheckedBytes > 16_384 {
                        guard link.isWritable else {
                            wantsWritable = true
                            return
                        }
                        uncheckedBytes = 0
                    }
                    let index = batch.next
                    uncheckedBytes += batch.messages[index].body.count + 256
                    batch.next += 1
                    try publish(batch, index, on: link, now: now)
                }
                if batch.next < batch.messages.count { return }
                waiting.removeFirst()
            }
        }
    }

    private func publish(
        _ batch: PublishBatch, _ index: Int, on link: BrokerLink, now: ContinuousClock.Instant
    ) throws(BrokerError) {
        do throws(BrokerError) {
            try link.publish(batch.messages[index])
            window.append(SentMessage(batch: batch, index: index, sentAt: now))
            lastSent = now
        } catch {
            batch.settle(index, error)
            if link.failure != nil { throw error }
        }
    }

    private func checkLimits(_ link: BrokerLink, now: ContinuousClock.Instant) throws(BrokerError) {
        let limit = configuration.confirmTimeout
        if let blockedSince {
            failBlocked(before: now - limit, blockedSince: blockedSince)
        } else if let oldest = window.oldest {
            if now - oldest.sentAt > limit { throw BrokerError(.timeout, reason: "no confirm within \(limit)") }
        } else if let batch = waiting.first, now - max(lastSent, batch.submittedAt) > limit {
            throw BrokerError(.timeout, reason: "the broker has read nothing for \(limit)")
        }
        if let nackedSince, now - nackedSince > .seconds(15), configuration.endpoints.count > 1 {
            // A channel can keep refusing after a change of the queue's leader; another node may do better.
            throw BrokerError(.connectionLost, reason: "nothing but negative confirms for 15 s")
        }
        guard isStopping else { return }
        let deadline = stopDeadline ?? now + limit
        stopDeadline = deadline
        if (window.isEmpty && waiting.isEmpty) || now > deadline {
            link.close()
            lose(nil)
        }
    }

    /// In an alarm nothing is wrong with the connection; only those who wait too long must hear of it.
    private func failBlocked(before limit: ContinuousClock.Instant, blockedSince: ContinuousClock.Instant) {
        let error = BrokerError(.blocked, reason: "the broker is in an alarm and takes no messages")
        window.abandon(where: { max($0.sentAt, blockedSince) < limit }) { $0.fail(error) }
        while let batch = waiting.first, max(batch.submittedAt, blockedSince) < limit {
            waiting.removeFirst()
            batch.failUnsent(error)
        }
    }

    private func lose(_ reason: BrokerError?) {
        link = nil
        lostReason = reason
        // First, so that one who hears of a failure doesn't still see a connection.
        if let reason { board.set(.disconnected(reason: reason.description)) }
        // Taken now or never known: the connection that would have told is gone.
        let error = reason ?? Self.closed
        window.removeAll { $0.fail(error) }
        while let batch = waiting.popFirst() { batch.failUnsent(error) }
        if let lossWaiter {
            self.lossWaiter = nil
            lossWaiter.resume(returning: reason)
        }
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}

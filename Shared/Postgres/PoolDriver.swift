import DequeModule
import Glibc
import Logging
import Polling
import Synchronization

/// The pool's own side: hands work to connections and keeps them, on one thread that polls all their sockets.
///
/// Callers never enter the actor: they append to `inbox` and wake the thread, which costs them one suspension.
actor PoolDriver {
    private nonisolated let thread = PollThread(name: "postgres")
    private nonisolated let inbox = Mutex<[Command]>([])
    private nonisolated let reachable = Atomic<Bool>(false)
    private let configuration: DatabaseConfiguration
    private let logger: Logger
    private let connections: [ConnectionDriver]
    private var waiting: Deque<Work> = []
    private var cancelSender: CancelSender?
    /// The connection each polled descriptor belongs to.
    private var polled: [Int] = []
    private var keepsConnected = false
    private var failures = 0
    private var retryAt: ContinuousClock.Instant?
    private var lastFailure: String?
    private var closeDeadline: ContinuousClock.Instant?
    private var isClosed = false
    private var closers: [CheckedContinuation<Void, Never>] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    nonisolated var isReachable: Bool { reachable.load(ordering: .relaxed) }

    init(configuration: DatabaseConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        connections = (0..<configuration.poolSize).map { ConnectionDriver(index: $0, configuration: configuration) }
        thread.setSource(
            prepare: { [weak self] descriptors in
                guard let self else { return -1 }
                return self.assumeIsolated { $0.prepare(&descriptors) }
            },
            ready: { [weak self] descriptors in self?.assumeIsolated { $0.service(descriptors) } })
    }

    /// Hands a command to the thread; from anywhere, without waiting.
    nonisolated func post(_ command: Command) {
        inbox.withLock { $0.append(command) }
        thread.wake()
    }

    // MARK: The thread's loop

    private func prepare(_ descriptors: inout [pollfd]) -> Int32 {
        polled.removeAll(keepingCapacity: true)
        var next = closeDeadline
        func consider(_ instant: ContinuousClock.Instant?) {
            guard let instant else { return }
            next = next.map { min($0, instant) } ?? instant
        }
        for connection in connections {
            consider(connection.deadline)
            guard let interest = connection.interest else { continue }
            descriptors.append(interest)
            polled.append(connection.index)
        }
        consider(waiting.first?.deadline)
        consider(retryAt)
        guard let next else { return -1 }
        return Int32(clamping: max(0, (next - .now).wholeMilliseconds))
    }

    private func service(_ descriptors: ArraySlice<pollfd>) {
        let now = ContinuousClock.now
        for command in inbox.withLock({ inbox in
            defer { inbox.removeAll(keepingCapacity: inbox.count < 4096) }
            return inbox
        }) { receive(command, now: now) }
        var events = [Int16](repeating: 0, count: connections.count)
        for (index, descriptor) in zip(polled, descriptors) { events[index] = descriptor.revents }
        for connection in connections where connection.phase != .disconnected {
            let wasConnecting = connection.phase == .connecting
            connection.service(events[connection.index], now: now)
            if wasConnecting, connection.phase == .ready { noteConnected() }
        }
        dispatch(now: now)
        expire(now: now)
        noteFailures(now: now)
        connect(now: now)
        closeIfDone(now: now)
        reachable.store(connections.contains { $0.phase == .ready }, ordering: .relaxed)
    }

    private func receive(_ command: Command, now: ContinuousClock.Instant) {
        switch command {
        case .work(let work): receive(work, now: now)
        case .cancel(let id): cancel(id, now: now)
        case .cancelDelivered(let index): connections[index].isCancelRequested = false
        case .keepConnected: keepsConnected = true
        case .close(let continuation):
            guard !isClosed else { return continuation.resume() }
            closers.append(continuation)
            keepsConnected = false
            closeDeadline = closeDeadline ?? now + configuration.shutdownTimeout
        }
    }

    private func receive(_ work: Work, now: ContinuousClock.Instant) {
        if let lease = work.lease {
            guard let connection = connections.first(where: { $0.lease?.id == lease }) else {
                return work.fail(DatabaseError(code: .connectionLost, reason: "the held connection was lost"))
            }
            connection.lease?.waiting.append(work)
        } else if isClosed || closeDeadline != nil {
            work.fail(.closed)
        } else if waiting.count >= configuration.waitingLimit {
            work.fail(DatabaseError(code: .poolExhausted, reason: "\(waiting.count) statements wait already"))
        } else {
            waiting.append(work)
        }
    }

    private func dispatch(now: ContinuousClock.Instant) {
        for connection in connections {
            while connection.isIdle {
                if let lease = connection.lease {
                    guard let work = lease.waiting.popFirst() else { break }
                    connection.start(work, now: now)
                } else {
                    guard let work = waiting.popFirst() else { break }
                    connection.start(work, now: now)
                }
            }
        }
    }

    private func expire(now: ContinuousClock.Instant) {
        while let work = waiting.first, work.deadline <= now {
            waiting.removeFirst()
            if connections.contains(where: { $0.phase == .ready }) {
                work.fail(DatabaseError(code: .poolExhausted, reason: "every connection stayed busy"))
            } else {
                work.fail(DatabaseError(code: .connectionFailed, reason: lastFailure ?? "no connection in time"))
            }
        }
    }

    // MARK: Connections

    private func noteConnected() {
        if failures > 0 { logger.info("database reachable again", metadata: ["failures": "\(failures)"]) }
        failures = 0
        retryAt = nil
    }

    private func noteFailures(now: ContinuousClock.Instant) {
        for connection in connections {
            guard let failure = connection.failure else { continue }
            connection.failure = nil
            lastFailure = failure
            guard connection.failedToConnect else {
                logger.info("database connection lost", metadata: ["reason": "\(failure)"])
                continue
            }
            connection.failedToConnect = false
            // Once an outage, not once an attempt.
            if failures == 0 { logger.info("database unreachable", metadata: ["reason": "\(failure)"]) }
            failures += 1
            let limit = min(2000, 50 << min(failures, 6))
            retryAt = now + .milliseconds(Int.random(in: limit / 2...limit))
        }
    }

    /// Opens what is needed: all connections if they are to be kept, otherwise one for each waiting work; only one
    /// at a time while the database doesn't answer.
    private func connect(now: ContinuousClock.Instant) {
        guard !isClosed, retryAt.map({ $0 <= now }) ?? true else { return }
        retryAt = nil
        let connecting = connections.count { $0.phase == .connecting }
        var wanted = (keepsConnected ? connections.count : waiting.count) - connecting
        if failures > 0 { wanted = min(wanted, 1 - connecting) }
        for connection in connections where wanted > 0 && connection.phase == .disconnected {
            guard connection.failure == nil else { continue }
            connection.connect(now: now)
            wanted -= 1
        }
        noteFailures(now: now)
    }

    private func cancel(_ id: UInt64, now: ContinuousClock.Instant) {
        if let position = waiting.firstIndex(where: { $0.id == id }) {
            return waiting.remove(at: position).fail(.cancelled)
        }
        for connection in connections {
            guard let handle = connection.cancel(id, now: now) else { continue }
            let sender = cancelSender ?? CancelSender()
            cancelSender = sender
            let index = connection.index
            // Unstructured: it must outlive this turn of the loop, and is bounded by libpq's own connect and answer.
            Task { [weak self] in
                await sender.send(handle)
                self?.post(.cancelDelivered(connection: index))
            }
            return
        }
    }

    private func closeIfDone(now: ContinuousClock.Instant) {
        guard let closeDeadline, !isClosed else { return }
        let isBusy = !waiting.isEmpty || connections.contains { $0.flight != nil || $0.lease != nil }
        guard !isBusy || now >= closeDeadline else { return }
        isClosed = true
        self.closeDeadline = nil
        retryAt = nil
        for work in waiting { work.fail(.closed) }
        waiting.removeAll()
        for connection in connections where connection.phase != .disconnected {
            connection.lose(.closed)
            connection.failure = nil
        }
        for closer in closers { closer.resume() }
        closers.removeAll()
    }
}

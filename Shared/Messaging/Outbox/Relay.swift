package import Contracts
package import Logging
import Metrics
import Postgres
package import RabbitMQ
import ServiceLifecycle
import Synchronization

/// Brings committed events to the broker: from memory right after the commit, and from the table what a crash, a
/// broken connection or a full memory left behind.
///
/// Two loops, each with its next batch gathering while one is on its way: publish and await confirms; delete rows.
package final class Relay: Service {
    /// Limits of one relay.
    package struct Limits: Sendable {
        package var publishBatch = 500
        package var deleteBatch = 2_000
        package var sweepBatch = 1_000
        package var sweepInterval: Duration = .seconds(1)
        /// A row this old was left behind by somebody.
        package var sweepAge: Duration = .seconds(2)
        /// Above this, intake waits while the broker is well.
        package var highWater = 4_000
        /// No intake waits longer than this.
        package var longestWait: Duration = .seconds(1)
        package init() {}
    }

    private let outbox: Outbox
    private let publisher: Publisher
    private let service: ServiceName
    private let limits: Limits
    private let logger: Logger
    private let state = Mutex(RelayState())
    private let publishSignal = Signal()
    private let deleteSignal = Signal()
    private let drained = Signal()
    private let backlogGauge = Gauge(label: "triageloop_outbox_backlog")
    private let publishedCounter = Counter(label: "triageloop_published_total")
    private let failureCounter = Counter(label: "triageloop_publish_failures_total")

    package init(
        outbox: Outbox, publisher: Publisher, service: ServiceName, limits: Limits = Limits(), logger: Logger
    ) {
        self.outbox = outbox
        self.publisher = publisher
        self.service = service
        self.limits = limits
        self.logger = logger
    }

    /// Takes over messages whose rows were just committed. Suspends while too much is on its way and the broker is
    /// well, so that intake slows down to what can leave; never longer than `Limits.longestWait`.
    package func enqueue(_ messages: [OutboxMessage]) async {
        guard publisher.isConnected else { return }
        let backlog = state.withLock { state in
            state.offer(messages)
            return state.backlog
        }
        publishSignal.raise()
        guard backlog > limits.highWater else { return }
        let deadline = ContinuousClock.now + limits.longestWait
        while ContinuousClock.now < deadline, publisher.isConnected,
            state.withLock({ $0.backlog }) > limits.highWater
        {
            await drained.wait(atMost: .milliseconds(20))
        }
    }

    /// Messages in memory that are not confirmed and deleted yet.
    package var backlog: Int { state.withLock { $0.backlog } }

    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await self.publishLoop() }
            group.addTask { await self.deleteLoop() }
            group.addTask { await self.sweepLoop() }
            try await gracefulShutdown()
            await self.flush()
            group.cancelAll()
        }
    }

    /// Waits until nothing is held, but not for ever: rows that remain are swept after the next start.
    private func flush() async {
        let deadline = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < deadline, !state.withLock({ $0.isIdle }) {
            await drained.wait(atMost: .milliseconds(20))
        }
        let left = backlog
        if left > 0 { logger.warning("outbox rows are left for the next start", metadata: ["rows": "\(left)"]) }
    }

    private func publishLoop() async {
        while !Task.isCancelled {
            let batch = state.withLock { $0.nextBatch(limit: limits.publishBatch) }
            guard !batch.isEmpty else {
                await publishSignal.wait(atMost: .seconds(1))
                continue
            }
            let now = EventTime.now
            let failures = await publisher.publish(
                contentsOf: batch.map { OutgoingMessage($0, service: service, at: now) })
            state.withLock { $0.published(batch) { failures[$0] == nil } }
            deleteSignal.raise()
            report(failures, of: batch)
        }
    }

    private func report(_ failures: [BrokerError?], of batch: [OutboxMessage]) {
        let failed = failures.indices.filter { failures[$0] != nil }
        publishedCounter.increment(by: batch.count - failed.count)
        guard let first = failed.first, let error = failures[first] else { return }
        failureCounter.increment(by: failed.count)
        logger.warning(
            "events were not confirmed; the sweeper tries again",
            metadata: [
                "events": "\(failed.count)", "event_id": "\(batch[first].eventID)",
                "event_type": "\(batch[first].type)",
                "correlation_id": "\(batch[first].correlationID)", "reason": "\(error.reason)",
            ])
        // Without a connection the rest would fail alike.
        if !publisher.isConnected { state.withLock { $0.abandonWaiting() } }
    }

    private func deleteLoop() async {
        while !Task.isCancelled {
            let ids = state.withLock { $0.takeConfirmed(limit: limits.deleteBatch) }
            guard !ids.isEmpty else {
                await deleteSignal.wait(atMost: .seconds(1))
                continue
            }
            do {
                try await outbox.delete(ids)
            } catch {
                logger.warning(
                    "confirmed outbox rows could not be deleted; they will be published again",
                    metadata: ["rows": "\(ids.count)", "reason": "\(error.reason)"])
            }
            let backlog = state.withLock { state in
                state.released(ids)
                return state.backlog
            }
            backlogGauge.record(backlog)
            drained.raise()
        }
    }

    private func sweepLoop() async {
        while !Task.isCancelled {
            if publisher.isConnected { await sweep() }
            // Cancellation ends the wait, and the loop.
            try? await Task.sleep(for: limits.sweepInterval)
        }
    }

    private func sweep() async {
        var after = Identifier.zero
        while !Task.isCancelled, publisher.isConnected {
            do {
                let rows = try await outbox.overdue(age: limits.sweepAge, after: after, limit: limits.sweepBatch)
                guard let last = rows.last else { return }
                after = last.eventID
                let taken = state.withLock { $0.offer(rows) }
                if taken > 0 {
                    logger.info("outbox rows left behind are published", metadata: ["rows": "\(taken)"])
                    publishSignal.raise()
                }
                if rows.count < limits.sweepBatch { return }
                while backlog > limits.highWater, publisher.isConnected, !Task.isCancelled {
                    await drained.wait(atMost: .milliseconds(50))
                }
            } catch {
                logger.warning("the outbox could not be read", metadata: ["reason": "\(error)"])
                return
            }
        }
    }
}

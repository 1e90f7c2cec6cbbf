package import AIAnalyzerCore
package import Contracts
package import Logging
import Messaging
import Metrics
import Observability
package import RabbitMQ
import Synchronization

/// Tells browsers what remote models are writing, as `analysis.progressed.v1`.
///
/// It goes out over the connection of the outbox's relay: what was told before `finish` returned is ahead of the final
/// event there, and afterwards nothing of that analysis is told any more. Nothing waits for it: under pressure
/// (no connection, an alarm, a full confirm window, too many unconfirmed) it is dropped and counted.
package final class ProgressPublisher: Sendable {
    /// What one analysis tells.
    struct Teller: Sendable {
        let task: TaskSnapshot
        let story: Story
        var source: AnalysisProgressed.Source
    }

    private struct State {
        var coalescer: ProgressCoalescer
        var tellers: [ProgressCoalescer.Run: Teller] = [:]
    }

    private let publisher: Publisher
    private let logger: Logger
    private let state: Mutex<State>
    private let started = ContinuousClock.now
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let sent = MetricCatalogue.progressEvents.counter([("outcome", "sent")])
    private let refused = MetricCatalogue.progressEvents.counter([("outcome", "dropped_pressure")])
    private let invalid = MetricCatalogue.progressEvents.counter([("outcome", "dropped_invalid")])
    private let unconfirmed = MetricCatalogue.progressEvents.counter([("outcome", "unconfirmed")])
    private let untold = MetricCatalogue.progressEvents.counter([("outcome", "dropped_full")])

    /// - Parameter publisher: the one that the relay publishes final events with.
    package init(publisher: Publisher, limits: ProgressCoalescer.Limits = .init(), logger: Logger) {
        self.publisher = publisher
        self.logger = logger
        state = Mutex(State(coalescer: ProgressCoalescer(limits: limits)))
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Follows one analysis. The caller must `finish` it before it stores the result.
    /// - Parameter story: that of the event which asked for the analysis, as the final event will carry it.
    package func begin(
        _ task: TaskSnapshot, story: Story, source: AnalysisProgressed.Source
    ) -> AnalysisProgress {
        let run = state.withLock { state -> ProgressCoalescer.Run? in
            guard let run = state.coalescer.begin(task.taskID, now: elapsed) else { return nil }
            // The run of the same task before this one, if any, tells nothing more.
            state.tellers = state.tellers.filter { $0.key.task != task.taskID }
            state.tellers[run] = Teller(task: task, story: story, source: source)
            return run
        }
        if run == nil { untold.increment() }
        return AnalysisProgress(run: run, publisher: self)
    }

    /// Tells what waits for its interval to pass, until cancelled. Without it only what comes late enough is told.
    package func run() async {
        for await _ in wake {
            while let due = state.withLock({ $0.coalescer.nextDue }) {
                let pause = due - elapsed
                if pause > .zero {
                    do { try await Task.sleep(for: pause) } catch { return }
                }
                flush()
            }
        }
    }

    /// Analyses followed now.
    package var count: Int { state.withLock { $0.coalescer.count } }

    fileprivate func append(_ text: String, to run: ProgressCoalescer.Run) {
        let isWaiting = state.withLock { state in
            if let emission = state.coalescer.append(text, to: run, now: elapsed) { tell(emission, &state) }
            return state.coalescer.nextDue != nil
        }
        if isWaiting { waker.yield() }
    }

    fileprivate func restart(_ run: ProgressCoalescer.Run, source: AnalysisProgressed.Source) {
        state.withLock { state in
            state.coalescer.restart(run)
            state.tellers[run]?.source = source
        }
    }

    fileprivate func finish(_ run: ProgressCoalescer.Run) {
        state.withLock { state in
            state.coalescer.finish(run)
            state.tellers[run] = nil
        }
    }

    private var elapsed: Duration { ContinuousClock.now - started }

    private func flush() {
        state.withLock { state in
            for emission in state.coalescer.due(now: elapsed) { tell(emission, &state) }
        }
    }

    /// Under the lock, so that whoever finishes afterwards finds it ahead of everything it publishes itself.
    private func tell(_ emission: ProgressCoalescer.Emission, _ state: inout State) {
        guard let teller = state.tellers[emission.run] else { return state.coalescer.settle(emission) }
        let message: OutgoingMessage
        do {
            message = try teller.message(emission)
        } catch {
            invalid.increment()
            logger.debug("progress can't be told", metadata: ["reason": "\(error)"])
            return state.coalescer.settle(emission)
        }
        let isTaken = publisher.offer(message) { [weak self] error in self?.settled(emission, error) }
        if !isTaken {
            refused.increment()
            state.coalescer.settle(emission)
        }
    }

    private func settled(_ emission: ProgressCoalescer.Emission, _ error: BrokerError?) {
        if error == nil { sent.increment() } else { unconfirmed.increment() }
        let isWaiting = state.withLock { state in
            state.coalescer.settle(emission)
            return state.coalescer.nextDue != nil
        }
        if isWaiting { waker.yield() }
    }
}

/// One analysis whose text is told while it is written. Cheap, from any thread; never waits.
package struct AnalysisProgress: Sendable {
    /// Nil: as many are told of as may be, this one is not.
    fileprivate let run: ProgressCoalescer.Run?
    fileprivate let publisher: ProgressPublisher

    /// What the model has written since the last call.
    package func append(_ text: String) {
        if let run { publisher.append(text, to: run) }
    }

    /// Another attempt, perhaps of another provider, writes from the start.
    package func restart(source: AnalysisProgressed.Source) {
        if let run { publisher.restart(run, source: source) }
    }

    /// Nothing is told from now on; to be called before the result is stored, also when there is none.
    package func finish() {
        if let run { publisher.finish(run) }
    }
}

extension ProgressPublisher.Teller {
    /// The event on the wire.
    fileprivate func message(_ emission: ProgressCoalescer.Emission) throws -> OutgoingMessage {
        let now = EventTime.now
        let event = CloudEvent(
            source: .aiAnalyzer, subject: task.taskID.description, time: now, story: story, sequence: task.revision,
            data: AnalysisProgressed(
                taskID: task.taskID, tenant: task.tenant, author: task.author, revision: task.revision,
                source: source, number: emission.number, text: emission.text, characters: emission.characters))
        return OutgoingMessage(transient: try OutboxMessage(event), service: .aiAnalyzer, at: now)
    }
}

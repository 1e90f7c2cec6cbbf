import Contracts
import Metrics
import Observability
import Synchronization
import TaskAPICore

/// What passes from the hub to one stream's writer: never waits for the writer, bounded by `StreamBacklog`.
final class StreamMailbox: Sendable {
    private struct State {
        var backlog = StreamBacklog<StreamEvent>()
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Wakes the writer; several wakes are one.
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private static let drops = MetricCatalogue.streamDrops.counter()
    private static let overruns = MetricCatalogue.streamOverruns.counter()

    init() { (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// An event as it comes.
    func put(_ event: StreamEvent) {
        change { backlog in
            if event.type == .analysisProgressed {
                guard let task = event.taskID, let revision = event.revision else { return }
                backlog.put(progress: event, of: task, revision: revision)
            } else {
                Self.note(event, in: &backlog)
                backlog.put(event)
            }
        }
    }

    /// The reader has this event by other means: no progress of what it ends.
    func note(_ event: StreamEvent) { change { Self.note(event, in: &$0) } }

    func putReset() { change { $0.putReset() } }
    func putKeepAlive() { change { $0.putKeepAlive() } }

    /// Nothing more comes; what is there may still be written.
    func close() {
        state.withLock { $0.isClosed = true }
        waker.finish()
    }

    /// The next entry; nil once the mailbox is closed or overrun and empty, or the task is cancelled.
    func next() async -> StreamBacklog<StreamEvent>.Entry? {
        while !Task.isCancelled {
            if let entry = state.withLock({ $0.backlog.take() }) { return entry }
            if state.withLock({ $0.isClosed || $0.backlog.isOverrun }) { return nil }
            for await _ in wakes { break }
        }
        return nil
    }

    private func change(_ body: (inout StreamBacklog<StreamEvent>) -> Void) {
        let (dropped, isOverrun) = state.withLock { state -> (Int, Bool) in
            guard !state.isClosed else { return (0, false) }
            let (dropped, wasOverrun) = (state.backlog.dropped, state.backlog.isOverrun)
            body(&state.backlog)
            return (state.backlog.dropped - dropped, state.backlog.isOverrun && !wasOverrun)
        }
        if dropped > 0 { Self.drops.increment(by: dropped) }
        if isOverrun { Self.overruns.increment() }
        waker.yield()
    }

    private static func note(_ event: StreamEvent, in backlog: inout StreamBacklog<StreamEvent>) {
        guard let task = event.taskID, let revision = event.revision else { return }
        switch event.type {
        case .analysisCompleted, .analysisFailed: backlog.end(task, through: revision)
        case .taskEdited: backlog.end(task, through: revision - 1)
        default: break
        }
    }
}

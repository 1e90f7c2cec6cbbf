import Contracts
import DequeModule
import Messaging
import Metrics
import RabbitMQ
import Synchronization

/// Hands live events to the browsers connected to this replica, each through a bounded buffer of its own.
///
/// Keeps the latest events undecoded, so that nothing is parsed while nobody listens, and a browser that comes back
/// within that window misses nothing. A slow reader is told `reset` and sent away rather than waited for.
final class StreamHub: Sendable {
    /// What a stream carries.
    enum Item: Sendable {
        case event(StreamEvent)
        case keepAlive
        /// Events were missed: load again.
        case reset
    }

    /// Which events a stream wants.
    enum Scope: Hashable, Sendable {
        case task(Identifier, tenant: String)
        case caller(Caller)

        func matches(_ event: StreamEvent) -> Bool {
            switch self {
            case .task(let id, let tenant): event.taskID == id && event.owner?.tenant == tenant
            case .caller(let caller): event.owner == nil || event.owner == caller
            }
        }
    }

    private struct State {
        var lastID: UInt64 = 0
        var subscribers: [UInt64: (scope: Scope, continuation: AsyncStream<Item>.Continuation)] = [:]
        var recent: Deque<IncomingEvent> = []
        var recentBytes = 0
        var isClosed = false
    }

    private static let bufferedItems = 256
    private static let recentLimit = 4_096
    private static let recentBytesLimit = 16 << 20
    private let streamLimit: Int
    private let state = Mutex(State())
    private let gauge = Gauge(label: "triageloop_sse_streams")

    init(streamLimit: Int = 2_000) { self.streamLimit = streamLimit }

    /// A new stream; `nil` when there are as many as may be, or the service is stopping.
    func subscribe(_ scope: Scope) -> (id: UInt64, items: AsyncStream<Item>)? {
        let (stream, continuation) = AsyncStream<Item>.makeStream(bufferingPolicy: .bufferingOldest(Self.bufferedItems))
        let entry = state.withLock { state -> (UInt64, Int)? in
            guard !state.isClosed, state.subscribers.count < streamLimit else { return nil }
            state.lastID += 1
            state.subscribers[state.lastID] = (scope, continuation)
            return (state.lastID, state.subscribers.count)
        }
        guard let (id, count) = entry else { return nil }
        gauge.record(count)
        return (id, stream)
    }

    func unsubscribe(_ id: UInt64) {
        let (subscriber, count) = state.withLock { ($0.subscribers.removeValue(forKey: id), $0.subscribers.count) }
        subscriber?.continuation.finish()
        gauge.record(count)
    }

    /// What happened after an event that a client has seen; `nil` when that is too long ago to know.
    func recent(after id: Identifier, in scope: Scope) -> [StreamEvent]? {
        let recent = state.withLock { Array($0.recent) }
        let text = id.description
        guard let index = recent.lastIndex(where: { $0.delivery.properties.messageID == text }) else { return nil }
        return recent[(index + 1)...].compactMap { incoming in
            // A body that doesn't decode was reported when it came.
            guard let event = try? StreamEvent(incoming), scope.matches(event) else { return nil }
            return event
        }
    }

    /// Takes in events as they come from the broker.
    func accept(_ events: [IncomingEvent]) {
        let subscribers = state.withLock { state in
            for event in events {
                state.recent.append(event)
                state.recentBytes += event.delivery.body.count
            }
            while state.recent.count > Self.recentLimit || state.recentBytes > Self.recentBytesLimit {
                state.recentBytes -= state.recent.removeFirst().delivery.body.count
            }
            return state.subscribers
        }
        guard !subscribers.isEmpty else { return }
        for incoming in events {
            // A body that doesn't decode is dead-lettered by the work queues; there is nothing to show of it.
            guard let event = try? StreamEvent(incoming) else { continue }
            for (id, subscriber) in subscribers where subscriber.scope.matches(event) {
                send(.event(event), to: id, subscriber.continuation)
            }
        }
    }

    /// Keeps connections open through proxies, and notices dead ones; call every 15 s.
    func keepAlive() {
        for (id, subscriber) in state.withLock({ $0.subscribers }) { send(.keepAlive, to: id, subscriber.continuation) }
    }

    /// Events may have been missed (the queue was lost with its connection): every stream is told.
    func reset() {
        let subscribers = state.withLock { state in
            state.recent.removeAll()
            state.recentBytes = 0
            return state.subscribers
        }
        for (id, subscriber) in subscribers { send(.reset, to: id, subscriber.continuation) }
    }

    /// Ends all streams; browsers reconnect elsewhere.
    func close() {
        let subscribers = state.withLock { state in
            state.isClosed = true
            defer { state.subscribers.removeAll() }
            return state.subscribers
        }
        for subscriber in subscribers.values { subscriber.continuation.finish() }
    }

    private func send(_ item: Item, to id: UInt64, _ continuation: AsyncStream<Item>.Continuation) {
        if case .dropped = continuation.yield(item) { unsubscribe(id) }
    }
}

import Contracts
import DequeModule
import Messaging
import Metrics
import RabbitMQ
import Synchronization

/// Hands live events to the browsers connected to this replica, each through a bounded mailbox of its own.
///
/// Nothing is parsed while nobody listens. Results of analyses are kept undecoded for a minute, for streams that begin
/// when the event has passed here and the projection has not stored it yet.
final class StreamHub: Sendable {
    /// Which events a stream wants.
    enum Scope: Hashable, Sendable {
        case task(Identifier, tenant: String)
        case caller(Caller)

        /// The scopes of the streams that want an event; nil for one that all callers want.
        static func wanting(_ event: StreamEvent) -> [Scope]? {
            guard let owner = event.owner else { return nil }
            guard let task = event.taskID else { return [.caller(owner)] }
            return [.caller(owner), .task(task, tenant: owner.tenant)]
        }

        func matches(_ event: StreamEvent) -> Bool {
            switch self {
            case .task(let id, let tenant): event.taskID == id && event.owner?.tenant == tenant
            case .caller(let caller): event.owner == nil || event.owner == caller
            }
        }
    }

    private struct State {
        var lastID: UInt64 = 0
        var scopes: [UInt64: (scope: Scope, caller: Caller)] = [:]
        /// By what they want, so that an event costs nothing to those that don't want it.
        var mailboxes: [Scope: [UInt64: StreamMailbox]] = [:]
        var callers: [Caller: Int] = [:]
        var recent: Deque<RecentEvent> = []
        var recentBytes = 0
        var isClosed = false
    }

    private static let recentLimit = 4_096
    private static let recentBytesLimit = 16 << 20
    private static let recentTime = Duration.seconds(60)
    private let streamLimit: Int
    private let callerLimit: Int
    private let state = Mutex(State())
    private let gauge = Gauge(label: "triageloop_sse_streams")

    init(streamLimit: Int = 10_000, callerLimit: Int = 200) {
        self.streamLimit = streamLimit
        self.callerLimit = callerLimit
    }

    /// A new stream; `nil` when there are as many as may be, of all or of the caller, or the service is stopping.
    func subscribe(_ scope: Scope, of caller: Caller) -> (id: UInt64, mailbox: StreamMailbox)? {
        let mailbox = StreamMailbox()
        let entry = state.withLock { state -> (UInt64, Int)? in
            guard !state.isClosed, state.scopes.count < streamLimit, state.callers[caller, default: 0] < callerLimit
            else { return nil }
            state.lastID += 1
            state.scopes[state.lastID] = (scope, caller)
            state.callers[caller, default: 0] += 1
            state.mailboxes[scope, default: [:]][state.lastID] = mailbox
            return (state.lastID, state.scopes.count)
        }
        guard let (id, count) = entry else { return nil }
        gauge.record(count)
        return (id, mailbox)
    }

    func unsubscribe(_ id: UInt64) {
        let (mailbox, count) = state.withLock { state -> (StreamMailbox?, Int) in
            guard let (scope, caller) = state.scopes.removeValue(forKey: id) else { return (nil, state.scopes.count) }
            let mailbox = state.mailboxes[scope]?.removeValue(forKey: id)
            if state.mailboxes[scope]?.isEmpty == true { state.mailboxes[scope] = nil }
            let others = state.callers[caller, default: 1] - 1
            state.callers[caller] = others > 0 ? others : nil
            return (mailbox, state.scopes.count)
        }
        mailbox?.close()
        gauge.record(count)
    }

    /// What passed here within the last minute and may not be in the database yet; oldest first.
    func recent(in scope: Scope, now: ContinuousClock.Instant = .now) -> [StreamEvent] {
        let recent = state.withLock { Array($0.recent) }
        return recent.drop { now - $0.arrived > Self.recentTime }.compactMap { entry in
            guard let event = entry.event, scope.matches(event) else { return nil }
            return event
        }
    }

    /// Takes in events as they come from the broker.
    func accept(_ events: [IncomingEvent]) {
        let isHeard = state.withLock { state in
            for event in events where RecentEvent.isProjected(event.type) {
                state.recent.append(RecentEvent(event))
                state.recentBytes += event.delivery.body.count
            }
            while state.recent.count > Self.recentLimit || state.recentBytes > Self.recentBytesLimit {
                state.recentBytes -= state.recent.removeFirst().bytes
            }
            return !state.scopes.isEmpty
        }
        guard isHeard else { return }
        for incoming in events {
            // A body that doesn't decode is dead-lettered by the work queues; there is nothing to show of it.
            guard let event = try? StreamEvent(incoming) else { continue }
            let wanting = Scope.wanting(event)
            let mailboxes = state.withLock { state in
                guard let wanting else {
                    return state.mailboxes.flatMap { $0.key.matches(event) ? Array($0.value.values) : [] }
                }
                return wanting.flatMap { state.mailboxes[$0].map { Array($0.values) } ?? [] }
            }
            for mailbox in mailboxes { mailbox.put(event) }
        }
    }

    /// Keeps connections open through proxies, and notices dead ones; call every 15 s.
    func keepAlive() {
        for mailbox in all() { mailbox.putKeepAlive() }
    }

    /// Events may have been missed (the queue was lost with its connection): every stream is told.
    func reset() {
        for mailbox in all() { mailbox.putReset() }
    }

    /// Ends all streams; browsers reconnect elsewhere.
    func close() {
        let mailboxes = state.withLock { state in
            state.isClosed = true
            defer {
                state.scopes = [:]
                state.callers = [:]
                state.mailboxes = [:]
            }
            return state.mailboxes.values.flatMap { $0.values }
        }
        for mailbox in mailboxes { mailbox.close() }
    }

    private func all() -> [StreamMailbox] { state.withLock { $0.mailboxes.values.flatMap { $0.values } } }
}

/// An event that passed lately; decoded once, when somebody asks.
private final class RecentEvent: Sendable {
    let arrived = ContinuousClock.now
    private let incoming: IncomingEvent
    private let decoded = Mutex<StreamEvent??>(nil)

    init(_ incoming: IncomingEvent) { self.incoming = incoming }

    var bytes: Int { incoming.delivery.body.count }

    /// Nil for a body that doesn't decode.
    var event: StreamEvent? {
        decoded.withLock { decoded in
            if let decoded { return decoded }
            // The work queue reports it.
            let event = try? StreamEvent(incoming)
            decoded = .some(event)
            return event
        }
    }

    /// Whether it is stored here only after it was published; task-api's own events are stored before.
    static func isProjected(_ type: EventType) -> Bool {
        type == .analysisCompleted || type == .analysisFailed || type == .rolloutChanged
    }
}

import Contracts
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Postgres
import TaskAPIContract
import TaskAPICore

/// Server-Sent Events: one task's story, or all tasks of a caller.
///
/// Each durable event sets the stream's position (`SeenEvents`), which a reconnect brings back as `Last-Event-ID`:
/// first comes what the history has and the position doesn't, then what happens. Progress sets none and isn't replayed.
struct StreamRoutes: Sendable {
    let store: TaskStore
    let erasures: ErasureStore
    let history: StreamHistory
    let hub: StreamHub
    let logger: Logger

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.streamTask, to: task)
        routes.bind(API.streamTasks, to: all)
    }

    /// How a stream begins.
    private struct Beginning {
        var seen: SeenEvents
        var replay: [StreamEvent] = []
        var isReset = false
    }

    /// The story so far (after `Last-Event-ID`, if given), then what comes.
    @Sendable func task(_ call: Call<NoBody, NoValue>) async throws -> Reply<NoValue> {
        let id = try call.required(PathParameters.task)
        let caller = call.caller
        let scope = StreamHub.Scope.task(id, tenant: caller.tenant)
        return try await stream(call, scope) { seen in
            guard try await store.task(id, tenant: caller.tenant) != nil else {
                throw try await erasures.missing(id, tenant: caller.tenant)
            }
            let story = try await history.story(of: id)
            if let seen { return beginning(seen, story, scope) }
            return Beginning(seen: SeenEvents(), replay: story.events + passed(scope, notIn: story))
        }
    }

    /// What comes; after a `Last-Event-ID` first what was missed, or `reset` if that is too much.
    @Sendable func all(_ call: Call<NoBody, NoValue>) async throws -> Reply<NoValue> {
        let caller = call.caller
        let scope = StreamHub.Scope.caller(caller)
        return try await stream(call, scope) { seen in
            do {
                let rollout = try await history.rollout()
                if let seen {
                    var beginning = beginning(seen, try await history.story(of: caller), scope)
                    // Only the latest counts.
                    let latest = hub.recent(in: scope).last(where: \.isRollout) ?? rollout
                    if let latest, !seen.names(latest.eventID) { beginning.replay.append(latest) }
                    return beginning
                }
                // What was before counts as seen: it is there for the asking.
                var now = SeenEvents()
                for id in try await history.latest(of: caller, count: SeenEvents.named) { _ = now.admit(id) }
                if let rollout { _ = now.admit(rollout.eventID, isRollout: true) }
                return Beginning(seen: now, isReset: try call(HeaderParameters.lastEventID) != nil)
            } catch let error as DatabaseError {
                // Live events need no database.
                logger.warning("a stream begins without the past", metadata: ["reason": "\(error.reason)"])
                return Beginning(seen: seen ?? SeenEvents(), isReset: true)
            }
        }
    }

    private func beginning(_ seen: SeenEvents, _ story: StreamHistory.Part, _ scope: StreamHub.Scope) -> Beginning {
        var seen = seen
        guard let missed = seen.missed(in: story.events.map(\.eventID), isWhole: story.isWhole) else {
            var now = SeenEvents()
            for event in story.events.suffix(SeenEvents.named) { _ = now.admit(event.eventID) }
            return Beginning(seen: now, isReset: true)
        }
        return Beginning(seen: seen, replay: missed.map { story.events[$0] } + passed(scope, notIn: story))
    }

    /// What has passed here and isn't stored yet.
    private func passed(_ scope: StreamHub.Scope, notIn story: StreamHistory.Part) -> [StreamEvent] {
        let passed = hub.recent(in: scope).filter { !$0.isRollout }
        guard !passed.isEmpty else { return [] }
        let stored = Set(story.events.map(\.eventID))
        return passed.filter { !stored.contains($0.eventID) }
    }

    /// Subscribes first and reads the past then: nothing falls between.
    private func stream(
        _ call: Call<NoBody, NoValue>, _ scope: StreamHub.Scope, begin: (SeenEvents?) async throws -> Beginning
    ) async throws -> Reply<NoValue> {
        guard let (stream, mailbox) = hub.subscribe(scope, of: call.caller) else { throw Problem.noStream }
        do {
            let seen = try call(HeaderParameters.lastEventID).flatMap { SeenEvents(lastEventID: $0) }
            return reply(
                call, stream, mailbox, try await begin(seen), isHeldBack: store.holdBack.isBlind(call.caller))
        } catch {
            hub.unsubscribe(stream)
            throw error
        }
    }

    private func reply(
        _ call: Call<NoBody, NoValue>, _ stream: UInt64, _ mailbox: StreamMailbox, _ beginning: Beginning,
        isHeldBack: Bool
    ) -> Reply<NoValue> {
        @Sendable func frame(_ event: StreamEvent, _ position: String?) -> ByteBuffer {
            ByteBuffer(bytes: event.frame(position: position, isHeldBack: isHeldBack))
        }
        let body = ResponseBody { writer in
            defer { hub.unsubscribe(stream) }
            try await call.request.body.consumeWithCancellationOnInboundClose { _ in
                var seen = beginning.seen
                // The position alone: it sets where to resume from and makes no event.
                try await writer.write(ByteBuffer(string: "retry: 1000\n: connected\nid: \(seen.position)\n\n"))
                if beginning.isReset { try await writer.write(Self.resetFrame) }
                for event in beginning.replay {
                    mailbox.note(event)
                    guard seen.admit(event.eventID, isRollout: event.isRollout) else { continue }
                    try await writer.write(frame(event, seen.position))
                }
                while let entry = await mailbox.next() {
                    switch entry {
                    case .keepAlive:
                        guard await call.isStillLetIn() else { return }
                        try await writer.write(ByteBuffer(string: ": keep-alive\n\n"))
                    case .reset: try await writer.write(Self.resetFrame)
                    case .progress(let event): try await writer.write(frame(event, nil))
                    case .event(let event):
                        guard seen.admit(event.eventID, isRollout: event.isRollout) else { continue }
                        try await writer.write(frame(event, seen.position))
                    }
                }
            }
            try await writer.finish(nil)
        }
        return Reply(
            headers: [.contentType: "text/event-stream", .cacheControl: "no-cache", .xAccelBuffering: "no"],
            body: body)
    }

    private static let resetFrame = ByteBuffer(string: "event: reset\ndata: {}\n\n")
}

extension StreamEvent {
    fileprivate var isRollout: Bool { type == .rolloutChanged }
}

extension Problem {
    fileprivate static let noStream = Problem(
        .overloaded, detail: "As many streams are open as may be, of yours or in all; try again.")
}

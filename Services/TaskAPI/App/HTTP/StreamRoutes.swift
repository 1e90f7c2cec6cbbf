import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import Postgres

/// Server-Sent Events: one task's story, or all tasks of a caller.
struct StreamRoutes: Sendable {
    let store: TaskStore
    let hub: StreamHub

    func add(to router: RouterGroup<TaskAPIContext>) {
        router.get("tasks/:id/events", use: task)
        router.get("events", use: all)
    }

    /// The timeline so far (after `Last-Event-ID`, if given), then what comes.
    @Sendable func task(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let id = try context.identifier()
        let caller = try Caller(request)
        // Subscribed before the timeline is read: nothing falls between.
        guard let (stream, items) = hub.subscribe(.task(id, tenant: caller.tenant)) else { throw Problem.noStream }
        do {
            // The story first: an analysis that comes between the two reads is then still to come on the stream, and not
            // replayed without its content.
            var story = try await store.timeline(of: id)
            guard let row = try await store.task(id, tenant: caller.tenant) else { throw Problem.noTask(id) }
            let analysis = try row.analysis.map { try ContractJSON.decode(Analysis.self, from: $0.bytes) }
            if let last = request.headers[.lastEventID].flatMap({ Identifier($0) }),
                let index = story.firstIndex(where: { $0.eventID == last })
            {
                story.removeSubrange(...index)
            }
            let owner = Caller(tenant: row.tenant, user: row.author)
            let replay = story.compactMap { item in
                StreamEvent(
                    item, owner: owner,
                    analysis: item.type == EventType.analysisCompleted.rawValue && item.revision == analysis?.revision
                        ? analysis : nil)
            }
            return response(request, stream: stream, items: items, replay: replay, isReset: false)
        } catch {
            hub.unsubscribe(stream)
            throw error
        }
    }

    @Sendable func all(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let caller = try Caller(request)
        guard let (stream, items) = hub.subscribe(.caller(caller)) else { throw Problem.noStream }
        guard let text = request.headers[.lastEventID] else {
            return response(request, stream: stream, items: items, replay: [], isReset: false)
        }
        let missed = Identifier(text).flatMap { hub.recent(after: $0, in: .caller(caller)) }
        return response(request, stream: stream, items: items, replay: missed ?? [], isReset: missed == nil)
    }

    private func response(
        _ request: Request, stream: UInt64, items: AsyncStream<StreamHub.Item>, replay: [StreamEvent], isReset: Bool
    ) -> Response {
        let body = ResponseBody { writer in
            defer { hub.unsubscribe(stream) }
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                try await writer.write(ByteBuffer(string: "retry: 1000\n: connected\n\n"))
                if isReset { try await writer.write(Self.resetFrame) }
                var sent = Set<Identifier>()
                for event in replay {
                    sent.insert(event.eventID)
                    try await writer.write(ByteBuffer(bytes: event.frame))
                }
                for await item in items {
                    switch item {
                    case .keepAlive: try await writer.write(ByteBuffer(string: ": keep-alive\n\n"))
                    case .reset: try await writer.write(Self.resetFrame)
                    case .event(let event):
                        if sent.contains(event.eventID) { continue }
                        try await writer.write(ByteBuffer(bytes: event.frame))
                    }
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-cache", .xAccelBuffering: "no"],
            body: body)
    }

    private static let resetFrame = ByteBuffer(string: "event: reset\ndata: {}\n\n")
}

extension Problem {
    fileprivate static let noStream = Problem(.overloaded, detail: "There are as many streams as may be; try again.")
}

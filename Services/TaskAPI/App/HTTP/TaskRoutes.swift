import Contracts
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import Observability
import TaskAPICore

/// Creating, reading, listing and editing tasks.
struct TaskRoutes: Sendable {
    static let draftBytes = 512 * 1_024
    static let batchBytes = 16 << 20
    static let batchItems = 1_000

    let store: TaskStore
    let logger: Logger
    private let created = Counter(label: "triageloop_tasks_created_total")

    init(store: TaskStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func add(to router: RouterGroup<TaskAPIContext>) {
        router.post("tasks", use: create)
        router.post("tasks/batch", use: createBatch)
        router.get("tasks", use: list)
        router.get("tasks/:id", use: show)
        router.patch("tasks/:id", use: edit)
        router.get("tasks/:id/timeline", use: timeline)
    }

    @Sendable func create(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let caller = try Caller(request)
        let buffer = try await request.jsonBody(limit: Self.draftBytes)
        let draft = try Self.draft(from: buffer)
        let task = try NewTask(draft, caller: caller, story: context.story)
        try await store.create(task)
        report([task])
        let row = TaskRow(task.task, correlationID: context.story.correlationID)
        return Response(
            status: .accepted, json: row.json, headers: [.location: "/v1/tasks/\(task.task.taskID)"])
    }

    @Sendable func createBatch(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let caller = try Caller(request)
        let buffer = try await request.jsonBody(limit: Self.batchBytes)
        let items: [JSONValue]
        do {
            items = try ContractJSON.decode([JSONValue].self, from: buffer.readableBytesView)
        } catch {
            throw Problem(decoding: error)
        }
        guard (1...Self.batchItems).contains(items.count) else {
            throw Problem(
                .batchTooLarge, detail: "A batch has 1 to \(Self.batchItems) items; this one has \(items.count).")
        }
        var results: [BatchItem] = []
        var tasks: [NewTask] = []
        for (index, item) in items.enumerated() {
            do {
                let draft = try decodeChecked(TaskDraft.self, from: Array(item.text().utf8), prepare: \.storable)
                // Each item begins a story of its own; the trace says that they came together.
                let story = Story(
                    correlationID: context.isStoryGiven && items.count == 1
                        ? context.story.correlationID : Identifier().description,
                    trace: context.story.trace)
                let task = try NewTask(draft, caller: caller, story: story)
                tasks.append(task)
                results.append(
                    BatchItem(
                        index: index, status: 202, id: task.task.taskID, location: "/v1/tasks/\(task.task.taskID)"))
            } catch {
                let problem = Problem(describing: error)
                results.append(BatchItem(index: index, status: problem.status, problem: problem))
            }
        }
        if !tasks.isEmpty { try await store.create(tasks) }
        report(tasks)
        return try Response(status: .accepted, json: BatchResult(items: results))
    }

    @Sendable func list(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let query = try Self.query(request)
        var rows = try await store.list(query)
        let hasMore = rows.count > query.limit
        if hasMore { rows.removeLast() }
        let next = hasMore ? rows.last.map { Cursor(last: $0.id).text } : nil
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for row in rows { row.write(to: &writer) }
        writer.endArray()
        writer.key("next_cursor")
        if let next { writer.string(next) } else { writer.null() }
        writer.endObject()
        var headers: HTTPFields = [:]
        if let next {
            let kept = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
            headers[.link] = "<\(NextPage.address(of: "/v1/tasks", query: kept, cursor: next))>; rel=\"next\""
        }
        return Response(json: writer.bytes, headers: headers)
    }

    @Sendable func show(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let id = try context.identifier()
        guard let row = try await store.task(id, tenant: try Caller(request).tenant) else { throw Problem.noTask(id) }
        return Response(json: row.json)
    }

    @Sendable func edit(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let id = try context.identifier()
        let caller = try Caller(request)
        let change = try await request.decoded(TaskEdit.self, limit: Self.draftBytes, prepare: \.storable)
        let story = context.isStoryGiven ? context.story : nil
        guard let row = try await store.edit(id, change, caller: caller, story: story) else { throw Problem.noTask(id) }
        logger.event(
            .info, "task edited", story: story ?? Story(correlationID: row.correlationID, trace: context.story.trace),
            taskID: id, eventID: nil, eventType: .taskEdited, more: ["revision": "\(row.revision)"])
        return Response(status: .accepted, json: row.json, headers: [.correlationID: row.correlationID])
    }

    @Sendable func timeline(_ request: Request, _ context: TaskAPIContext) async throws -> Response {
        let id = try context.identifier()
        guard try await store.task(id, tenant: try Caller(request).tenant) != nil else { throw Problem.noTask(id) }
        return try Response(json: Page(items: try await store.timeline(of: id)))
    }

    private func report(_ tasks: [NewTask]) {
        created.increment(by: tasks.count)
        for task in tasks {
            logger.event(
                .info, "task accepted", story: task.event.ownStory, taskID: task.task.taskID, eventID: task.event.id,
                eventType: .taskCreated, more: ["project": "\(task.task.project)"])
        }
    }

    /// The fast reader first; where it stumbles, Codable says what is wrong.
    private static func draft(from buffer: ByteBuffer) throws -> TaskDraft {
        let fast = buffer.withUnsafeReadableBytes { TaskDraft(fastFrom: $0.assumingMemoryBound(to: UInt8.self)) }
        guard let fast else {
            return try decodeChecked(TaskDraft.self, from: Array(buffer.readableBytesView), prepare: \.storable)
        }
        let draft = fast.storable
        try draft.checkRules()
        return draft
    }

    private static func query(_ request: Request) throws -> TaskQuery {
        var query = TaskQuery(tenant: try Caller(request).tenant)
        for (name, value) in request.uri.queryParameters {
            let text = String(value)
            switch name {
            case "limit":
                guard let limit = Int(text), (1...200).contains(limit) else {
                    throw Problem(.invalidParameter, detail: "limit must be from 1 to 200.")
                }
                query.limit = limit
            case "cursor":
                guard let cursor = Cursor(text) else {
                    throw Problem(.invalidCursor, detail: "Take the cursor from next_cursor as it stands.")
                }
                query.cursor = cursor
            case "status":
                guard let status = TaskStatus(rawValue: text) else {
                    throw Problem(.invalidParameter, detail: "status must be analysing, analysed or failed.")
                }
                query.status = status
            case "project": query.project = try Self.plain(text, "project")
            case "author": query.author = try Self.plain(text, "author")
            default: continue
            }
        }
        return query
    }

    private static func plain(_ text: String, _ name: String) throws(Problem) -> String {
        guard text.utf8.count <= 400, !text.utf8.contains(0) else {
            throw Problem(.invalidParameter, detail: "\(name) must be at most 400 bytes without U+0000.")
        }
        return text
    }
}

extension Problem {
    static func noTask(_ id: Identifier) -> Problem { Problem(.taskNotFound, detail: "No task \(id) in this tenant.") }
}

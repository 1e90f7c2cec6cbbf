import Contracts
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import Observability
import TaskAPIContract
import TaskAPICore

/// Creating, reading, listing and editing tasks.
struct TaskRoutes: Sendable {
    let store: TaskStore
    let erasures: ErasureStore
    let logger: Logger
    private let created = Counter(label: "triageloop_tasks_created_total")

    init(store: TaskStore, erasures: ErasureStore, logger: Logger) {
        self.store = store
        self.erasures = erasures
        self.logger = logger
    }

    func bind(to routes: inout RouteBinder) {
        routes.bind(API.createTask, to: create)
        routes.bind(API.createBatch, to: createBatch)
        routes.bind(API.listTasks, to: list)
        routes.bind(API.showTask, to: show)
        routes.bind(API.editTask, to: edit)
        routes.bind(API.timeline, to: timeline)
    }

    @Sendable func create(_ call: Call<TaskDraft, TaskView>) async throws -> Reply<TaskView> {
        let draft = try Self.draft(from: try await call.bytes())
        let task = try NewTask(draft, caller: call.caller, story: call.story)
        let row = TaskRow(task.task, correlationID: call.story.correlationID)
        let reply = Reply<TaskView>(
            .accepted, json: try store.shown(row, to: call.caller).json,
            headers: [.location: "/v1/tasks/\(task.task.taskID)"])
        if let once = call.once {
            try await store.create([task], once: once, answer: reply.kept(of: call.story))
        } else {
            try await store.create(task)
        }
        report([task])
        return reply
    }

    @Sendable func createBatch(_ call: Call<[TaskDraft], BatchResult>) async throws -> Reply<BatchResult> {
        let buffer = try await call.bytes()
        let items: [JSONValue]
        do {
            items = try ContractJSON.decode([JSONValue].self, from: buffer.readableBytesView)
        } catch {
            throw Problem(decoding: error)
        }
        guard !items.isEmpty else {
            let rule = BrokenRule(pointer: "", detail: "must have an item")
            throw Problem(.invalidField, detail: "The body \(rule.detail).", errors: [rule])
        }
        guard items.count <= RequestLimits.batchItems else {
            throw Problem(
                .batchTooLarge,
                detail: "A batch has at most \(RequestLimits.batchItems) items; this one has \(items.count).")
        }
        var batch = TaskBatch()
        for (index, item) in items.enumerated() {
            // Each item begins a story of its own; the trace says that they came together.
            let story = Story(
                correlationID: items.count == 1 ? call.story.correlationID : Identifier().description,
                trace: call.story.trace)
            batch.add(Array(item.text().utf8), index: index, caller: call.caller, story: story)
        }
        // What makes nothing leaves nothing under its key.
        guard let once = call.once, !batch.tasks.isEmpty else {
            report(batch.settle(try await store.createEach(batch.tasks)))
            return try Reply(.accepted, BatchResult(items: batch.results))
        }
        let reply = try Reply(.accepted, BatchResult(items: batch.results))
        try await store.create(batch.tasks, once: once, answer: reply.kept(of: call.story))
        report(batch.tasks)
        return reply
    }

    @Sendable func list(_ call: Call<NoBody, Page<TaskView>>) async throws -> Reply<Page<TaskView>> {
        let query = TaskQuery(
            tenant: call.caller.tenant, blindUser: store.holdBack.isBlind(call.caller) ? call.caller.user : nil,
            limit: try call(QueryParameters.limit) ?? 50,
            cursor: try call(QueryParameters.cursor), project: try call(QueryParameters.project),
            status: try call(QueryParameters.status), author: try call(QueryParameters.author),
            label: try call(QueryParameters.label), category: try call(QueryParameters.category),
            priority: try call(QueryParameters.priority), createdFrom: try call(QueryParameters.createdFrom),
            createdBefore: try call(QueryParameters.createdBefore), search: try call(QueryParameters.search),
            order: try call(QueryParameters.sort) ?? .newest)
        guard query.order != .relevance || query.search != nil else {
            throw QueryParameters.sort.description.problem("by relevance needs q")
        }
        if let cursor = query.cursor, cursor.query != query.fingerprint || !cursor.place.fits(query.order) {
            throw QueryParameters.cursor.description.problem("belongs to other filters or another order")
        }
        let page = try await store.list(query)
        let next = page.next?.text
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for row in page.rows { try store.shown(row, to: call.caller).write(to: &writer) }
        writer.endArray()
        writer.key("next_cursor")
        if let next { writer.string(next) } else { writer.null() }
        writer.endObject()
        var headers: HTTPFields = [:]
        if let next {
            let address = NextPage.address(of: "/v1/tasks", query: call.query.items, cursor: next)
            headers[.link] = "<\(address)>; rel=\"next\""
        }
        return Reply(json: writer.bytes, headers: headers)
    }

    @Sendable func show(_ call: Call<NoBody, TaskView>) async throws -> Reply<TaskView> {
        let id = try call.required(PathParameters.task)
        guard let row = try await store.task(id, tenant: call.caller.tenant) else {
            throw try await erasures.missing(id, tenant: call.caller.tenant)
        }
        let json = try store.shown(row, to: call.caller).json
        let tag = EntityTag(of: json, revision: row.revision)
        if let known = try call(HeaderParameters.ifNoneMatch), known.matchesWeakly(tag) { return .notModified(tag) }
        return Reply(json: json, headers: [.eTag: tag.header])
    }

    @Sendable func edit(_ call: Call<TaskEdit, TaskView>) async throws -> Reply<TaskView> {
        let id = try call.required(PathParameters.task)
        let change = try await call.body(prepare: \.storable)
        guard
            let row = try await store.edit(
                id, change, caller: call.caller, story: call.givenStory, ifMatch: try call(HeaderParameters.ifMatch))
        else {
            throw try await erasures.missing(id, tenant: call.caller.tenant)
        }
        logger.event(
            .info, "task edited",
            story: call.givenStory ?? Story(correlationID: row.correlationID, trace: call.story.trace),
            taskID: id, eventID: nil, eventType: .taskEdited, more: ["revision": "\(row.revision)"])
        let json = try store.shown(row, to: call.caller).json
        return Reply(
            .accepted, json: json,
            headers: [.correlationID: row.correlationID, .eTag: EntityTag(of: json, revision: row.revision).header])
    }

    @Sendable func timeline(_ call: Call<NoBody, Page<TimelineItem>>) async throws -> Reply<Page<TimelineItem>> {
        let id = try call.required(PathParameters.task)
        guard try await store.task(id, tenant: call.caller.tenant) != nil else {
            throw try await erasures.missing(id, tenant: call.caller.tenant)
        }
        return try Reply(.ok, Page(items: store.holdBack.shown(try await store.timeline(of: id), to: call.caller)))
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
}

extension Problem {
    static func noTask(_ id: Identifier) -> Problem { Problem(.taskNotFound, detail: "No task \(id) in this tenant.") }
}

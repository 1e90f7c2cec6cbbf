import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import Observability
import TaskAPIContract
import TaskAPICore

/// Tasks from a stream of lines: stored while it is read, a part of it at a time, so that memory doesn't grow with it.
struct ImportRoutes: Sendable {
    /// Lines of one transaction.
    static let partLines = 500
    /// Bytes after which a part ends, whatever its lines.
    static let partBytes = 1 << 20

    let store: TaskStore
    let repeats: OnceRequests
    let logger: Logger
    private let created = Counter(label: "triageloop_tasks_created_total")

    init(store: TaskStore, repeats: OnceRequests, logger: Logger) {
        self.store = store
        self.repeats = repeats
        self.logger = logger
    }

    func bind(to routes: inout RouteBinder) { routes.bind(API.importTasks, to: run) }

    /// What has been read and what came of it.
    private struct Progress {
        var results: [BatchItem] = []
        var part: [LineSplitter.Line] = []
        var partBytes = 0
        var parts = 0
        var read = 0
        /// Why nothing more is stored.
        var end: Problem?
    }

    /// The answer comes when everything was read: a client that reads nothing before it has sent everything would else
    /// wait for us, and we for it.
    @Sendable func run(_ call: Call<TaskDraft, NoValue>) async throws -> Reply<NoValue> {
        var progress = Progress()
        var splitter = LineSplitter(limit: RequestLimits.draftBytes)
        var bytes = 0
        for try await buffer in try call.stream() {
            bytes += buffer.readableBytes
            guard bytes <= RequestLimits.importBytes else {
                progress.end =
                    progress.end
                    ?? Problem(
                        .bodyTooLarge, detail: "The body may have at most \(RequestLimits.importBytes) bytes.")
                break
            }
            for line in splitter.feed(buffer.readableBytesView) { try await take(line, &progress, call) }
            if progress.read > RequestLimits.batchItems { break }
        }
        if let last = splitter.finish(), progress.end == nil { try await take(last, &progress, call) }
        try await flush(&progress, call)
        if let end = progress.end, end.status == 413 {
            progress.results.append(BatchItem(index: progress.results.count, status: end.status, problem: end))
        }
        var body = ByteBuffer()
        for result in progress.results {
            body.writeBytes(try ContractJSON.encode(result))
            body.writeInteger(UInt8(ascii: "\n"))
        }
        return Reply(
            .accepted, headers: [.contentType: "application/x-ndjson"], body: ResponseBody(byteBuffer: body))
    }

    private func take(
        _ line: LineSplitter.Line, _ progress: inout Progress, _ call: Call<TaskDraft, NoValue>
    ) async throws {
        progress.read += 1
        guard progress.read <= RequestLimits.batchItems else {
            if progress.read == RequestLimits.batchItems + 1 {
                try await flush(&progress, call)
                progress.end = Problem(
                    .batchTooLarge,
                    detail: "A stream has at most \(RequestLimits.batchItems) lines; what follows was not read.")
            }
            return
        }
        progress.part.append(line)
        if case .text(let text) = line { progress.partBytes += text.count }
        if progress.part.count == Self.partLines || progress.partBytes >= Self.partBytes {
            try await flush(&progress, call)
        }
    }

    /// Stores a part. Where it is cut depends on nothing but the lines, so that a stream that is sent again under its key
    /// has the same parts.
    private func flush(_ progress: inout Progress, _ call: Call<TaskDraft, NoValue>) async throws {
        guard !progress.part.isEmpty else { return }
        defer {
            progress.part = []
            progress.partBytes = 0
            progress.parts += 1
        }
        let first = progress.results.count
        if let end = progress.end {
            for index in progress.part.indices {
                progress.results.append(BatchItem(index: first + index, status: end.status, problem: end))
            }
            return
        }
        var batch = TaskBatch()
        for (index, line) in progress.part.enumerated() {
            switch line {
            case .text(let text):
                // Each line begins a story of its own; the trace says that they came together.
                let story = Story(correlationID: Identifier().description, trace: call.story.trace)
                batch.add(text, index: first + index, caller: call.caller, story: story)
            case .tooLong:
                batch.refuse(
                    first + index,
                    Problem(.bodyTooLarge, detail: "A line may have at most \(RequestLimits.draftBytes) bytes."))
            }
        }
        do {
            progress.results += try await store(&batch, part: progress.parts, lines: progress.part, call)
        } catch let problem as Problem where problem.code == .idempotencyKeyReused {
            throw problem
        } catch {
            let problem = Problem(describing: error)
            guard problem.retryable else { throw error }
            progress.end = problem
            for index in progress.part.indices {
                progress.results.append(BatchItem(index: first + index, status: problem.status, problem: problem))
            }
        }
    }

    private func store(
        _ batch: inout TaskBatch, part: Int, lines: [LineSplitter.Line], _ call: Call<TaskDraft, NoValue>
    ) async throws -> [BatchItem] {
        guard !batch.tasks.isEmpty else { return batch.results }
        guard let key = try call(HeaderParameters.idempotencyKey) else {
            report(batch.settle(try await store.createEach(batch.tasks)))
            return batch.results
        }
        let content = lines.map { line -> [UInt8] in
            if case .text(let text) = line { text } else { [] }
        }
        let once = Once(
            Once.Name(
                tenant: call.caller.tenant, user: call.caller.user, operation: "\(call.endpoint.name)/\(part)",
                key: key), content: content, lifetime: repeats.lifetime)
        let fresh = batch
        let answer = KeptAnswer(
            status: 202, headers: [:], body: try ContractJSON.encode(BatchResult(items: fresh.results)))
        switch try await repeats.run(once, { try await store.create(fresh.tasks, once: once, answer: answer) }) {
        case .fresh:
            report(fresh.tasks)
            return fresh.results
        case .repeated(let kept): return try ContractJSON.decode(BatchResult.self, from: kept.body).items
        }
    }

    private func report(_ tasks: [NewTask]) {
        created.increment(by: tasks.count)
        for task in tasks {
            logger.event(
                .info, "task accepted", story: task.event.ownStory, taskID: task.task.taskID, eventID: task.event.id,
                eventType: .taskCreated, more: ["project": "\(task.task.project)"])
        }
    }
}

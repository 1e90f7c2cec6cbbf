import Contracts
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Metrics
import NIOCore
import TaskAPIContract
import TaskAPICore

/// CloudEvents that hand in tasks: structured, binary, or a batch of structured ones.
struct EventIntakeRoutes: Sendable {
    let submitted: SubmittedTasks

    func bind(to routes: inout RouteBinder) { routes.bind(API.takeEvents, to: take) }

    @Sendable func take(_ call: Call<TaskSubmitted, BatchResult>) async throws -> Reply<BatchResult> {
        let bytes = Array(try await call.bytes().readableBytesView)
        switch call.mediaType {
        case MediaTypes.cloudEventBatch: return try await batch(bytes, call)
        case MediaTypes.cloudEvent: return try await one(try Self.event(bytes), call)
        default: return try await one(try binary(bytes, call), call)
        }
    }

    private func one(
        _ event: TaskSubmitted, _ call: Call<TaskSubmitted, BatchResult>
    ) async throws -> Reply<BatchResult> {
        let result = try await submitted.take([(event, story(of: event, call))], caller: call.caller)[0]
        count([result])
        return try Reply(.accepted, BatchResult(items: [Self.item(0, result)]))
    }

    private func batch(
        _ bytes: [UInt8], _ call: Call<TaskSubmitted, BatchResult>
    ) async throws -> Reply<BatchResult> {
        let values: [JSONValue]
        do {
            values = try ContractJSON.decode([JSONValue].self, from: bytes)
        } catch {
            throw Problem(decoding: error)
        }
        guard values.count <= RequestLimits.batchItems else {
            throw Problem(
                .batchTooLarge,
                detail: "A batch has at most \(RequestLimits.batchItems) items; this one has \(values.count).")
        }
        var items = [BatchItem?](repeating: nil, count: values.count)
        var events: [(event: TaskSubmitted, story: Story)] = []
        var places: [Int] = []
        for (index, value) in values.enumerated() {
            do {
                let event = try Self.event(Array(value.text().utf8))
                events.append((event, story(of: event, call)))
                places.append(index)
            } catch {
                items[index] = BatchItem(index: index, status: error.status, problem: error)
                Counter(
                    label: "triageloop_intake_total", dimensions: [("kind", "cloudevents"), ("outcome", "refused")]
                )
                .increment()
            }
        }
        if !events.isEmpty {
            let results = try await submitted.take(events, caller: call.caller)
            for (place, result) in zip(places, results) { items[place] = Self.item(place, result) }
            count(results)
        }
        return try Reply(.accepted, BatchResult(items: items.compactMap(\.self)))
    }

    /// An event in structured mode.
    private static func event(_ bytes: [UInt8]) throws(Problem) -> TaskSubmitted {
        struct Head: Decodable { var type: String? }
        let head: Head
        do {
            head = try ContractJSON.decode(Head.self, from: bytes)
        } catch {
            throw Problem(decoding: error)
        }
        if let type = head.type { try check(type) }
        return try decodeChecked(TaskSubmitted.self, from: bytes, prepare: \.storable)
    }

    /// An event in binary mode: its attributes in headers, its data in the body.
    private func binary(
        _ bytes: [UInt8], _ call: Call<TaskSubmitted, BatchResult>
    ) throws -> TaskSubmitted {
        func attribute(_ parameter: Parameter<String>) throws -> String? {
            guard let text = try call(parameter) else { return nil }
            guard let value = CloudEventHeader.value(text) else {
                throw parameter.description.problem("is not UTF-8 once decoded")
            }
            return value
        }
        func needed(_ parameter: Parameter<String>) throws -> String {
            guard let value = try attribute(parameter) else {
                throw Problem(
                    .invalidEvent,
                    detail: "This is no CloudEvent: Content-Type is neither \(MediaTypes.cloudEvent) nor "
                        + "\(MediaTypes.cloudEventBatch), and the header \(parameter.description.name) is missing.")
            }
            return value
        }
        let version = try needed(HeaderParameters.eventVersion)
        let type = try needed(HeaderParameters.eventType)
        let (id, source) = (try needed(HeaderParameters.eventID), try needed(HeaderParameters.eventSource))
        try Self.check(type)
        let event = TaskSubmitted(
            specversion: version, id: id, source: source, type: type,
            correlationid: try attribute(HeaderParameters.eventCorrelation),
            data: try decodeChecked(TaskDraft.self, from: bytes, prepare: \.storable))
        try event.checkRules()
        return event
    }

    private static func check(_ type: String) throws(Problem) {
        guard type != TaskSubmitted.type else { return }
        throw Problem(
            .unknownEventType, detail: "The type is \(type.prefix(100)); only \(TaskSubmitted.type) is taken.")
    }

    /// The event's own story where it tells one; else that of the request.
    private func story(of event: TaskSubmitted, _ call: Call<TaskSubmitted, BatchResult>) -> Story {
        let isGiven = event.correlationid.map {
            (1...128).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        }
        return Story(
            correlationID: (isGiven == true ? event.correlationid : nil) ?? Identifier().description,
            trace: event.traceparent.flatMap { TraceContext(traceparent: $0)?.child() } ?? call.story.trace)
    }

    /// 202 for a task that was made, 200 for one that is there since the event came first.
    private static func item(_ index: Int, _ result: SubmittedTasks.Result) -> BatchItem {
        BatchItem(
            index: index, status: result.isNew ? 202 : 200, id: result.taskID, location: "/v1/tasks/\(result.taskID)")
    }

    private func count(_ results: [SubmittedTasks.Result]) {
        for (word, number) in [("created", results.count(where: \.isNew)), ("repeated", results.count { !$0.isNew })]
        where number > 0 {
            Counter(label: "triageloop_intake_total", dimensions: [("kind", "cloudevents"), ("outcome", word)])
                .increment(by: number)
        }
    }
}

import Contracts
import Messaging
import TaskAPICore

/// One event as a browser gets it.
struct StreamEvent: Sendable {
    let eventID: Identifier
    let type: EventType
    let taskID: Identifier?
    let revision: Int?
    /// Whose task it is; `nil` for events that concern everybody.
    let owner: Caller?
    private let time: EventTime
    private let correlationID: String
    private let summary: JSONValue
    /// The JSON of the `data:` line for who sees suggestions.
    private var data: [UInt8] = []

    /// The event as Server-Sent Events text (WHATWG HTML, 9.2).
    /// - Parameters:
    ///   - position: where a stream resumes from that has carried this event; nil leaves that as it was.
    ///   - isHeldBack: whether suggestions are held back from the reader.
    func frame(position: String?, isHeldBack: Bool) -> [UInt8] {
        let data = isHeldBack ? json(HeldBackView.summary(summary, of: type), nil) : self.data
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 320)
        if let position { bytes += Array("id: \(position)\n".utf8) }
        bytes += Array("event: \(type.rawValue)\ndata: ".utf8)
        bytes += data
        bytes += [10, 10]
        return bytes
    }

    /// - Throws: `EventCoder.Rejection` for a body that is not the event it claims to be.
    init(_ event: IncomingEvent) throws {
        switch event.type {
        case .taskCreated:
            let created = try event.decode(TaskCreated.self)
            self.init(created, of: created.data.task, summary: Summaries.created(created.data.task))
        case .taskEdited:
            let edited = try event.decode(TaskEdited.self)
            self.init(edited, of: edited.data.task, summary: Summaries.edited(edited.data.task))
        case .taskErased:
            let erased = try event.decode(TaskErased.self)
            self.init(
                erased, taskID: erased.data.taskID, revision: nil,
                owner: Caller(tenant: erased.data.tenant, user: erased.data.author),
                summary: Summaries.erased(erased.data), analysis: nil)
        case .feedbackRecorded:
            let feedback = try event.decode(FeedbackRecorded.self)
            self.init(feedback, of: feedback.data.task, summary: Summaries.feedback(feedback.data))
        case .analysisCompleted:
            let completed = try event.decode(AnalysisCompleted.self)
            self.init(
                completed, taskID: completed.data.analysis.taskID, revision: completed.data.analysis.revision,
                owner: Caller(tenant: completed.data.tenant, user: completed.data.author),
                summary: Summaries.completed(completed.data.analysis), analysis: completed.data.analysis)
        case .analysisProgressed:
            let progressed = try event.decode(AnalysisProgressed.self)
            self.init(
                progressed, taskID: progressed.data.taskID, revision: progressed.data.revision,
                owner: Caller(tenant: progressed.data.tenant, user: progressed.data.author),
                summary: Summaries.progressed(progressed.data), analysis: nil)
        case .analysisFailed:
            let failed = try event.decode(AnalysisFailed.self)
            self.init(
                failed, taskID: failed.data.taskID, revision: failed.data.revision,
                owner: Caller(tenant: failed.data.tenant, user: failed.data.author),
                summary: Summaries.failed(failed.data), analysis: nil)
        case .rolloutChanged:
            let rollout = try event.decode(RolloutChanged.self)
            self.init(
                rollout, taskID: nil, revision: nil, owner: nil,
                summary: Summaries.rolledOut(champion: rollout.data.champion, reason: rollout.data.reason),
                analysis: nil)
        default:
            throw EventCoder.Rejection(code: .unknownEventType, reason: "\(event.type.rawValue) is not streamed")
        }
    }

    /// An entry of the timeline, replayed.
    init?(_ item: TimelineItem, owner: Caller, analysis: Analysis?) {
        guard let type = EventType(rawValue: item.type) else { return nil }
        self.init(
            id: item.eventID, type: type, time: item.time, correlationID: item.correlationID, taskID: item.taskID,
            revision: item.revision, owner: owner, summary: item.summary, analysis: analysis)
    }

    /// A change of the serving model, replayed.
    init(rollout id: Identifier, at time: EventTime, correlationID: String, champion: String, reason: String) {
        self.init(
            id: id, type: .rolloutChanged, time: time, correlationID: correlationID, taskID: nil, revision: nil,
            owner: nil, summary: Summaries.rolledOut(champion: champion, reason: reason), analysis: nil)
    }

    private init(_ event: CloudEvent<some EventPayload>, of task: TaskSnapshot, summary: JSONValue) {
        self.init(
            event, taskID: task.taskID, revision: task.revision, owner: Caller(tenant: task.tenant, user: task.author),
            summary: summary, analysis: nil)
    }

    private init(
        _ event: CloudEvent<some EventPayload>, taskID: Identifier?, revision: Int?, owner: Caller?,
        summary: JSONValue, analysis: Analysis?
    ) {
        self.init(
            id: event.id, type: event.type, time: event.time, correlationID: event.correlationID, taskID: taskID,
            revision: revision, owner: owner, summary: summary, analysis: analysis)
    }

    private init(
        id: Identifier, type: EventType, time: EventTime, correlationID: String, taskID: Identifier?, revision: Int?,
        owner: Caller?, summary: JSONValue, analysis: Analysis?
    ) {
        eventID = id
        self.type = type
        self.taskID = taskID
        self.revision = revision
        self.owner = owner
        self.time = time
        self.correlationID = correlationID
        self.summary = summary
        data = json(summary, analysis)
    }

    private func json(_ summary: JSONValue, _ analysis: Analysis?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("event_id")
        writer.string(eventID)
        writer.key("type")
        writer.string(type.rawValue)
        if let taskID {
            writer.key("task_id")
            writer.string(taskID)
        }
        if let revision {
            writer.key("revision")
            writer.integer(revision)
        }
        writer.key("time")
        writer.string(time)
        writer.key("correlation_id")
        writer.string(correlationID)
        if let analysis {
            writer.key("analysis")
            analysis.write(to: &writer)
        }
        writer.key("summary")
        writer.raw(Array(summary.text().utf8))
        writer.endObject()
        return writer.bytes
    }
}

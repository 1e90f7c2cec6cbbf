import Contracts
import Postgres

/// One replay, as its row says.
struct ReplayRow: Sendable {
    static let columns = """
        id, tenant, candidate, since, until, project, task_limit, state, reason, next_before, is_listed, tasks_sent,
        tasks_answered, chunks_sent, chunks_answered, fields, correlation_id, traceparent, created_at, changed_at
        """

    let id: Identifier
    let tenant: String
    let candidate: String
    let since: EventTime
    let until: EventTime
    let project: String?
    let limit: Int
    var state = ReplayState.running
    var reason: String?
    /// The next chunk's tasks have ids below it.
    var nextBefore: Identifier
    /// Whether every task was sent.
    var isListed = false
    var tasksSent = 0
    var tasksAnswered = 0
    var chunksSent = 0
    var chunksAnswered = 0
    var fields = TriageField.allCases.map { ReplayField($0) }
    let correlationID: String
    let traceparent: String?
    let createdAt: EventTime
    var changedAt: EventTime

    /// A new one of all tasks so far.
    init(_ draft: ReplayDraft, caller: Caller, story: Story, at now: EventTime) {
        id = draft.id ?? Identifier()
        tenant = caller.tenant
        candidate = draft.candidate
        since = draft.since
        until = now
        project = draft.project
        limit = draft.limit ?? ReplayDraft.defaultLimit
        nextBefore = Self.bound(now, minutes: 1)
        correlationID = story.correlationID
        traceparent = story.trace.traceparent
        createdAt = now
        changedAt = now
    }

    /// By the columns of `columns`.
    init(_ row: Row) throws {
        id = Identifier(try row.decode("id"))
        tenant = try row.decode("tenant")
        candidate = try row.decode("candidate")
        since = EventTime(microseconds: try row.decode("since", as: Timestamp.self).microseconds)
        until = EventTime(microseconds: try row.decode("until", as: Timestamp.self).microseconds)
        project = try row.decode("project")
        limit = Int(try row.decode("task_limit", as: Int32.self))
        let state: String = try row.decode("state")
        guard let known = ReplayState(rawValue: state) else {
            throw DatabaseError(code: .decoding, reason: "unknown state \(state) of a replay")
        }
        self.state = known
        reason = try row.decode("reason")
        nextBefore = Identifier(try row.decode("next_before"))
        isListed = try row.decode("is_listed")
        tasksSent = Int(try row.decode("tasks_sent", as: Int32.self))
        tasksAnswered = Int(try row.decode("tasks_answered", as: Int32.self))
        chunksSent = Int(try row.decode("chunks_sent", as: Int32.self))
        chunksAnswered = Int(try row.decode("chunks_answered", as: Int32.self))
        fields = try ContractJSON.decode([ReplayField].self, from: try row.decode("fields", as: JSONB.self).bytes)
        correlationID = try row.decode("correlation_id")
        traceparent = try row.decode("traceparent")
        createdAt = EventTime(microseconds: try row.decode("created_at", as: Timestamp.self).microseconds)
        changedAt = EventTime(microseconds: try row.decode("changed_at", as: Timestamp.self).microseconds)
    }

    /// Ids of tasks created since then are not below it: a minute is left for clocks that are set back.
    var lowest: Identifier { Self.bound(since, minutes: -1) }

    /// What its events carry on.
    var story: Story {
        Story(
            correlationID: correlationID, trace: traceparent.flatMap { TraceContext(traceparent: $0) } ?? TraceContext()
        )
    }

    /// Whether a request asks for the very same.
    func isAsked(by draft: ReplayDraft) -> Bool {
        (candidate, since, project, limit)
            == (draft.candidate, draft.since, draft.project, draft.limit ?? ReplayDraft.defaultLimit)
    }

    /// An id that is as old as that, or younger by so many minutes.
    static func bound(_ time: EventTime, minutes: Int64) -> Identifier {
        var zeros = Zeros()
        return Identifier(
            at: EventTime(microseconds: max(0, time.microseconds + minutes * 60_000_000)), using: &zeros)
    }

    private struct Zeros: RandomNumberGenerator {
        mutating func next() -> UInt64 { 0 }
    }

    /// Writes what changes.
    func update() throws -> Statement {
        Statement(
            """
            UPDATE task.replays SET state = $2, reason = $3, next_before = $4, is_listed = $5, tasks_sent = $6,
                tasks_answered = $7, chunks_sent = $8, chunks_answered = $9, fields = $10, changed_at = $11
            WHERE id = $1
            """,
            [
                id.uuid, state.rawValue, reason, nextBefore.uuid, isListed, Int32(tasksSent), Int32(tasksAnswered),
                Int32(chunksSent), Int32(chunksAnswered), JSONB(try ContractJSON.encode(fields)), changedAt.timestamp,
            ])
    }
}

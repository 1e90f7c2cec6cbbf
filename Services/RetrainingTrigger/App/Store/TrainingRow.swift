import Contracts
import Messaging
import Postgres
import RetrainingTriggerCore

/// One training, as its row says.
struct TrainingRow: Sendable, Hashable {
    static let columns = """
        id, state, reason, examples, snapshot_sha256, candidate_version, candidate_sha256, champion_version, metrics,
        correlation_id, caused_by, traceparent, attempts, fence, created_at, changed_at, accepted_checks, past_gate
        """

    let id: Identifier
    var state: TrainingState
    var reason: String
    var examples = 0
    var snapshotSHA256: String?
    var candidateVersion: String?
    var candidateSHA256: String?
    var championVersion: String?
    var metrics: [String: Double] = [:]
    let correlationID: String
    /// The last event of its story.
    var causedBy: String?
    let traceparent: String?
    var attempts = 0
    /// Which owner may write.
    var fence = 0
    let createdAt: EventTime
    var changedAt: EventTime
    /// Checks of the data whose failure whoever asked for it takes for right.
    var acceptedChecks: [String] = []
    /// Who wants its version to be rolled out though the gate finds it worse, and why.
    var pastGate: String?
    /// What the checks of the data found, until it is written with the next state.
    var validation: ValidationReport?
    /// What the gate decided, until it is written with the next state.
    var decision: GateDecision?

    /// A new one.
    init(
        reason: String, story: Story?, accepting checks: [String] = [], pastGate: String? = nil,
        at time: EventTime = .now
    ) {
        let id = Identifier()
        let story = story ?? Story(correlationID: id.description)
        self.id = id
        state = .queued
        self.reason = Self.bounded(reason)
        acceptedChecks = checks
        self.pastGate = pastGate
        correlationID = story.correlationID
        causedBy = story.causationID
        traceparent = story.trace.traceparent
        createdAt = time
        changedAt = time
    }

    /// By the columns of `columns`.
    init(_ row: Row) throws {
        id = Identifier(try row.decode("id"))
        let state: String = try row.decode("state")
        guard let known = TrainingState(rawValue: state) else {
            throw DatabaseError(code: .decoding, reason: "unknown training state \(state)")
        }
        self.state = known
        reason = try row.decode("reason")
        examples = Int(try row.decode("examples", as: Int32.self))
        snapshotSHA256 = try row.decode("snapshot_sha256")
        candidateVersion = try row.decode("candidate_version")
        candidateSHA256 = try row.decode("candidate_sha256")
        championVersion = try row.decode("champion_version")
        metrics = try ContractJSON.decode(
            [String: Double].self, from: try row.decode("metrics", as: JSONB.self).bytes)
        correlationID = try row.decode("correlation_id")
        causedBy = try row.decode("caused_by")
        traceparent = try row.decode("traceparent")
        attempts = Int(try row.decode("attempts", as: Int32.self))
        fence = try row.decode("fence")
        createdAt = EventTime(try row.decode("created_at", as: Timestamp.self))
        changedAt = EventTime(try row.decode("changed_at", as: Timestamp.self))
        acceptedChecks = try ContractJSON.decode(
            [String].self, from: try row.decode("accepted_checks", as: JSONB.self).bytes)
        pastGate = try row.decode("past_gate")
    }

    /// As long as an event may carry it.
    private static func bounded(_ reason: String) -> String { String(reason.unicodeScalars.prefix(2_000)) }

    /// The version that it makes.
    var version: String { ModelVersion.name(training: id, queuedAt: createdAt) }

    /// What its next event carries on.
    var story: Story {
        Story(
            correlationID: correlationID, causationID: causedBy,
            trace: traceparent.flatMap { TraceContext(traceparent: $0) } ?? TraceContext())
    }

    /// The event that tells of its present state.
    var event: CloudEvent<TrainingChanged> {
        CloudEvent(
            source: .retrainingTrigger, subject: id.description, time: changedAt, story: story,
            data: TrainingChanged(
                trainingID: id, state: state, reason: reason, examples: examples, candidateVersion: candidateVersion,
                championVersion: championVersion, metrics: metrics, checks: validation?.checks, decision: decision,
                changedAt: changedAt))
    }

    /// The row in its next state: later than before by the clock, with a reason that an event may carry.
    func moved(to state: TrainingState, reason: String, at time: EventTime = .now) -> TrainingRow {
        var next = self
        next.state = state
        next.reason = Self.bounded(reason.isEmpty ? state.rawValue : reason)
        next.changedAt = max(time, EventTime(microseconds: changedAt.microseconds + 1))
        return next
    }
}

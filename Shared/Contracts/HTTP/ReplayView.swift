/// The body of `POST /v1/replays`.
package struct ReplayDraft: Codable, Hashable, Validated {
    /// Chosen by the client, so that it may send the request again; nil: the service's.
    package var id: Identifier?
    /// A version in the registry.
    package var candidate: String
    /// Tasks created from then on.
    package var since: EventTime
    package var project: String?
    /// Most tasks, the latest ones; nil: 10,000.
    package var limit: Int?

    package init(
        id: Identifier? = nil, candidate: String, since: EventTime, project: String? = nil, limit: Int? = nil
    ) {
        self.id = id
        self.candidate = candidate
        self.since = since
        self.project = project
        self.limit = limit
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decodeIfPresent(Identifier.self, forKey: .id)
        candidate = try container.decode(String.self, forKey: .candidate)
        since = try container.decode(EventTime.self, forKey: .since)
        project = try container.decodeIfPresent(String.self, forKey: .project)
        limit = try container.wholeNumberIfPresent(forKey: .limit)
    }

    enum CodingKeys: String, CodingKey { case id, candidate, since, project, limit }

    package static let defaultLimit = 10_000
    package static let maximumLimit = 100_000

    package static let rules: [FieldRule<ReplayDraft>] = [
        .text("candidate", { $0.candidate }, 1...100), .text("project", { $0.project }, 1...100),
        .range("limit", { $0.limit.map(Double.init) }, 1...Double(maximumLimit)),
    ]
}

/// Where a replay stands.
package enum ReplayState: String, Codable, CaseIterable, Sendable { case running, done, failed }

/// A replay as `GET /v1/replays/{id}` shows it: what would change if the candidate served.
package struct ReplayView: Codable, Hashable, Sendable {
    package var id: Identifier
    package var state: ReplayState
    /// Why it failed.
    package var reason: String?
    package var candidate: String
    package var since: EventTime
    /// Tasks created up to then: those of the request's time.
    package var until: EventTime
    package var project: String?
    package var limit: Int
    /// Tasks that the candidate has answered so far.
    package var tasks: Int
    package var fields: [ReplayField]
    /// The latest tasks first; bounded, the counts are not.
    package var differences: [ReplayDifference]
    /// Differences that are not shown.
    package var omitted: Int
    package var correlationID: String
    package var createdAt: EventTime
    package var changedAt: EventTime

    package init(
        id: Identifier, state: ReplayState, reason: String?, candidate: String, since: EventTime, until: EventTime,
        project: String?, limit: Int, tasks: Int, fields: [ReplayField], differences: [ReplayDifference], omitted: Int,
        correlationID: String, createdAt: EventTime, changedAt: EventTime
    ) {
        self.id = id
        self.state = state
        self.reason = reason
        self.candidate = candidate
        self.since = since
        self.until = until
        self.project = project
        self.limit = limit
        self.tasks = tasks
        self.fields = fields
        self.differences = differences
        self.omitted = omitted
        self.correlationID = correlationID
        self.createdAt = createdAt
        self.changedAt = changedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, state, reason, candidate, since, until, project, limit, tasks, fields, differences, omitted
        case correlationID = "correlation_id"
        case createdAt = "created_at"
        case changedAt = "changed_at"
    }
}

/// One field of a replay in counts.
package struct ReplayField: Codable, Hashable, Sendable {
    package var field: TriageField
    /// Tasks for which a value was shown.
    package var shown = 0
    /// Tasks for which the candidate says something else; the sum of the next four.
    package var differ = 0
    /// By what a person said: only the candidate is right; for effort: it is nearer.
    package var won = 0
    /// By what a person said: only what was shown is right; for effort: it is nearer.
    package var lost = 0
    /// Both are wrong, or equally far.
    package var ties = 0
    /// Nobody has judged it.
    package var noTruth = 0
    /// Of the lost ones: a person accepted what was shown, which is easier than to correct it.
    package var lostToAccepted = 0

    package init(_ field: TriageField) { self.field = field }

    enum CodingKeys: String, CodingKey {
        case field, shown, differ, won, lost, ties
        case noTruth = "no_truth"
        case lostToAccepted = "lost_to_accepted"
    }

    /// The counts of both together.
    package static func + (left: ReplayField, right: ReplayField) -> ReplayField {
        var sum = left
        sum.shown += right.shown
        sum.differ += right.differ
        sum.won += right.won
        sum.lost += right.lost
        sum.ties += right.ties
        sum.noTruth += right.noTruth
        sum.lostToAccepted += right.lostToAccepted
        return sum
    }
}

/// A field of a task that would differ.
package struct ReplayDifference: Codable, Hashable, Sendable {
    /// By what a person said.
    package enum Outcome: String, Codable, CaseIterable, Sendable {
        case won, lost, tie
        case noTruth = "no_truth"
    }

    package var taskID: Identifier
    package var title: String?
    package var field: TriageField
    package var shown: FieldValue
    /// Nil: the candidate has no answer.
    package var candidate: FieldValue?
    package var truth: FieldValue?
    package var outcome: Outcome

    package init(
        taskID: Identifier, title: String? = nil, field: TriageField, shown: FieldValue, candidate: FieldValue?,
        truth: FieldValue?, outcome: Outcome
    ) {
        self.taskID = taskID
        self.title = title
        self.field = field
        self.shown = shown
        self.candidate = candidate
        self.truth = truth
        self.outcome = outcome
    }

    enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case title, field, shown, candidate, truth, outcome
    }
}

package import Contracts

/// What one delivery of an issue tracker asks for, whichever tracker it is.
package enum IssueDelivery: Hashable, Sendable {
    /// It only wants to know whether somebody is here.
    case pong
    /// Nothing of it concerns tasks, and why.
    case ignore(String)
    /// The issue is gone, and so is its task to be.
    case erase(issueID: String, sender: String)
    /// The issue as it stands, and what somebody said of it by its labels.
    case take(IssueState, [FeedbackDraft.Field])
}

/// An issue at one moment, within the bounds of a task.
package struct IssueState: Hashable, Sendable {
    /// Never changes, unlike the number when an issue moves.
    package var issueID: String
    package var reference: TaskReference
    package var project: String
    /// Who wrote it, as a user of ours: `github:octocat`.
    package var author: String
    package var title: String
    package var body: String
    package var labels: [String]
    /// By the other system's clock, which alone orders the states.
    package var changedAt: EventTime
    /// Who sent the delivery: whose word its labels are.
    package var sender: String
    /// What was cut, for the answer; nil when all of it is here.
    package var note: String?

    package init(
        issueID: String, reference: TaskReference, project: String, author: String, title: String, body: String,
        labels: [String], changedAt: EventTime, sender: String, note: String? = nil
    ) {
        self.issueID = issueID
        self.reference = reference
        self.project = project
        self.author = author
        self.title = title
        self.body = body
        self.labels = labels
        self.changedAt = changedAt
        self.sender = sender
        self.note = note
    }

    package var draft: TaskDraft {
        TaskDraft(title: title, body: body, project: project, labels: labels, reference: reference)
    }
}

/// What of an issue was taken before.
package struct KnownIssue: Hashable, Sendable {
    package var changedAt: EventTime
    package var textHash: [UInt8]

    package init(changedAt: EventTime, textHash: [UInt8]) {
        self.changedAt = changedAt
        self.textHash = textHash
    }
}

/// What to do with an issue's state.
package enum IssueDecision: Hashable, Sendable {
    case create
    case edit
    /// The text is the one that was taken last.
    case keep
    /// A later state was taken already: deliveries come in any order.
    case outdated

    /// - Parameters:
    ///   - known: what was taken before; nil for an issue that never came, whatever the delivery calls it.
    ///   - textHash: of the state's title and body.
    package static func decide(
        at changedAt: EventTime, textHash: [UInt8], known: KnownIssue?
    ) -> IssueDecision {
        guard let known else { return .create }
        if changedAt < known.changedAt { return .outdated }
        return textHash == known.textHash ? .keep : .edit
    }
}

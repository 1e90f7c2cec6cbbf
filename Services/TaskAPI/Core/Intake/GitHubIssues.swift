package import Contracts

/// What GitHub's webhooks ask for (docs.github.com, "Webhook events and payloads").
package enum GitHubIssues {
    /// Actions that bring the issue as it stands; what it is labelled with is a person's word.
    private static let taken: Set<String> = ["opened", "edited", "reopened", "labeled"]
    private static let reasons = [
        "closed": "tasks aren't closed",
        "transferred": "the task stays: the issue comes anew from where it went",
        "unlabeled": "what a label said stays until something else is said",
    ]

    /// What an event asks for whose body doesn't matter; nil for `issues`.
    package static func withoutBody(event: String) -> IssueDelivery? {
        switch event {
        case "issues": nil
        case "ping": .pong
        default: .ignore("the event \(event.prefix(60)) isn't about issues")
        }
    }

    /// What an `issues` event asks for.
    /// - Parameters:
    ///   - project: of the tasks; nil: the repository's name.
    ///   - now: stands in where GitHub says no time.
    package static func read(
        _ hook: GitHubIssueHook, labels meanings: [LabelMeaning], project: String?, now: EventTime
    ) -> IssueDelivery {
        if hook.action == "deleted" {
            return .erase(
                issueID: String(hook.issue.id),
                sender: IssueText.user((hook.sender ?? hook.issue.user)?.login ?? "ghost", of: .github))
        }
        guard taken.contains(hook.action) else {
            return .ignore(
                reasons[hook.action] ?? "the action \(hook.action.prefix(60)) changes nothing that a task has")
        }
        let issue = hook.issue
        let text = IssueText.fitted(title: issue.title, body: issue.body ?? "")
        let repository = hook.repository.fullName
        let sender = hook.sender ?? issue.user
        let state = IssueState(
            issueID: String(issue.id),
            reference: TaskReference(
                system: IntakeKind.github.rawValue, id: reference(repository, issue.number),
                url: IssueText.address(issue.url)),
            project: IssueText.project(project ?? repository),
            author: IssueText.user(issue.user?.login ?? "ghost", of: .github), title: text.title, body: text.body,
            labels: IssueText.labels((issue.labels ?? []).map(\.name)),
            changedAt: IssueText.time(issue.updatedAt) ?? now,
            sender: IssueText.user(sender?.login ?? "ghost", of: .github), note: text.note)
        // Programs label, too: what they say must not train a model that others may ask.
        let isPerson = sender?.type == nil || sender?.type == "User"
        let said = hook.action == "labeled" && isPerson ? [hook.label?.name].compactMap(\.self) : []
        return .take(state, IssueText.judgements(said, by: meanings))
    }

    private static func reference(_ repository: String, _ number: Int) -> String {
        let visible = repository.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }.prefix(160)
        return String(String.UnicodeScalarView(visible)) + "#\(number)"
    }
}

package import Contracts

/// What GitLab's webhooks ask for (docs.gitlab.com, "Webhook events").
package enum GitLabIssues {
    private static let taken: Set<String> = ["open", "update", "reopen"]

    /// What an event asks for whose body doesn't matter; nil for an `Issue Hook`.
    package static func withoutBody(event: String) -> IssueDelivery? {
        switch event {
        case "Issue Hook": nil
        case "Confidential Issue Hook": .ignore("confidential issues stay where they are")
        default: .ignore("the event \(event.prefix(60)) isn't about issues")
        }
    }

    /// What an `Issue Hook` asks for.
    /// - Parameters:
    ///   - project: of the tasks; nil: the project's path.
    ///   - now: stands in where GitLab says no time.
    package static func read(
        _ hook: GitLabIssueHook, labels meanings: [LabelMeaning], project: String?, now: EventTime
    ) -> IssueDelivery {
        let issue = hook.issue
        guard hook.kind == "issue" else { return .ignore("it is about \(hook.kind.prefix(60))") }
        guard issue.confidential != true else { return .ignore("confidential issues stay where they are") }
        guard let action = issue.action else { return .pong }
        guard taken.contains(action) else {
            return .ignore(
                action == "close" ? "tasks aren't closed" : "the action \(action.prefix(60)) changes no task")
        }
        let text = IssueText.fitted(title: issue.title, body: issue.description ?? "")
        let user = IssueText.user(hook.user?.username ?? "ghost", of: .gitlab)
        let state = IssueState(
            issueID: String(issue.id),
            reference: TaskReference(
                system: IntakeKind.gitlab.rawValue, id: reference(hook.project.path, issue.iid),
                url: IssueText.address(issue.url)),
            project: IssueText.project(project ?? hook.project.path),
            // GitLab names who acts, and its author by a number only: who opens an issue wrote it.
            author: user, title: text.title, body: text.body,
            labels: IssueText.labels((hook.labels ?? []).map(\.title)),
            changedAt: IssueText.time(issue.updatedAt) ?? now, sender: user, note: text.note)
        let isProgram = isBot(hook.user?.username ?? "")
        return .take(state, IssueText.judgements(isProgram ? [] : added(hook, action), by: meanings))
    }

    /// The labels that this delivery set.
    private static func added(_ hook: GitLabIssueHook, _ action: String) -> [String] {
        guard let changed = hook.changes?.labels else {
            return action == "open" ? (hook.labels ?? []).map(\.title) : []
        }
        let before = Set((changed.previous ?? []).map(\.title))
        return (changed.current ?? []).map(\.title).filter { !before.contains($0) }
    }

    /// Whether it is the user of an access token, as GitLab names them: `project_12_bot_9f…`, `group_7_bot`.
    private static func isBot(_ name: String) -> Bool {
        let parts = name.split(separator: "_")
        return parts.count >= 3 && ["project", "group"].contains(parts[0]) && Int(parts[1]) != nil && parts[2] == "bot"
    }

    private static func reference(_ path: String, _ number: Int) -> String {
        let visible = path.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }.prefix(160)
        return String(String.UnicodeScalarView(visible)) + "#\(number)"
    }
}

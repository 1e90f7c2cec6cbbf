import Contracts
import TaskAPICore
import Testing

/// What webhooks of GitHub and GitLab ask for.
struct IssueDeliveryTests {
    private let meanings = [
        LabelMeaning(label: "Bug", field: .category, value: .text("bug")),
        LabelMeaning(label: "p1", field: .priority, value: .text("high")),
        LabelMeaning(label: "p3", field: .priority, value: .text("low")),
    ]
    private let now = EventTime(microseconds: 1_000_000)

    private func gitHub(
        _ action: String, label: String? = nil, sender: String = "User", title: String = "Crash", body: String = "null"
    ) throws -> IssueDelivery {
        let label = label.map { #","label":{"id":1,"name":"\#($0)"}"# } ?? ""
        let text = """
            {"action":"\(action)","issue":{"id":2187001942,"number":12,"title":"\(title)","body":\(body),
             "html_url":"https://github.com/acme/shop/issues/12","state":"open","user":{"login":"octocat","type":"User"},
             "labels":[{"name":"bug","color":"fff"},{"name":"bug"},{"name":" "}],"updated_at":"2026-11-23T08:30:00Z"},
             "repository":{"full_name":"acme/shop"},"sender":{"login":"robo[bot]","type":"\(sender)"}\(label)}
            """
        let hook = try ContractJSON.decode(GitHubIssueHook.self, from: text.utf8)
        return GitHubIssues.read(hook, labels: meanings, project: nil, now: now)
    }

    @Test func `an opened issue is a task with a way back to it`() throws {
        guard case .take(let state, let said) = try gitHub("opened", body: #""boom""#) else {
            Issue.record("not taken")
            return
        }
        #expect(said == [])
        #expect(state.issueID == "2187001942")
        #expect(
            state.draft
                == TaskDraft(
                    title: "Crash", body: "boom", project: "acme/shop", labels: ["bug"],
                    reference: TaskReference(
                        system: "github", id: "acme/shop#12", url: "https://github.com/acme/shop/issues/12")))
        #expect(state.author == "github:octocat")
        #expect(state.changedAt == EventTime("2026-11-23T08:30:00Z"))
        #expect(state.draft.brokenRules() == [] && state.note == nil)
    }

    @Test(arguments: [
        ("labeled", "bug", "User", ["category"]), ("labeled", "P1", "User", ["priority"]),
        ("labeled", "wontfix", "User", []), ("labeled", "bug", "Bot", []), ("opened", "bug", "User", []),
    ])
    func `a label is a judgement when a person sets it and the source says what it means`(
        action: String, label: String, sender: String, fields: [String]
    ) throws {
        guard case .take(let state, let said) = try gitHub(action, label: label, sender: sender) else {
            Issue.record("not taken")
            return
        }
        #expect(said.map(\.field.rawValue) == fields)
        #expect(said.allSatisfy { $0.verdict == .corrected })
        #expect(state.sender == "github:robo[bot]")
    }

    @Test(arguments: ["closed", "transferred", "unlabeled", "pinned", "something_new"])
    func `an action that changes nothing of a task is ignored with a reason`(action: String) throws {
        guard case .ignore(let reason) = try gitHub(action) else {
            Issue.record("not ignored")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test func `a deleted issue takes its task along`() throws {
        #expect(try gitHub("deleted") == .erase(issueID: "2187001942", sender: "github:robo[bot]"))
    }

    @Test func `events of other kinds need no body`() {
        #expect(GitHubIssues.withoutBody(event: "ping") == .pong)
        #expect(GitHubIssues.withoutBody(event: "issues") == nil)
        guard case .ignore = GitHubIssues.withoutBody(event: "push") else {
            Issue.record("not ignored")
            return
        }
        #expect(GitLabIssues.withoutBody(event: "Issue Hook") == nil)
        guard case .ignore = GitLabIssues.withoutBody(event: "Confidential Issue Hook") else {
            Issue.record("a confidential issue must stay where it is")
            return
        }
    }

    @Test func `texts are cut where a task ends, and the answer says so`() throws {
        let long = String(repeating: "é", count: 40_000)
        guard
            case .take(let state, _) = try gitHub(
                "opened", title: String(repeating: "t", count: 600), body: "\"\(long)\"")
        else {
            Issue.record("not taken")
            return
        }
        #expect(state.draft.brokenRules() == [])
        #expect(state.title.count == 500 && state.body.utf8.count > 65_000 && state.body.hasSuffix("é…"))
        #expect(state.note?.contains("title") == true && state.note?.contains("description") == true)
        guard case .take(let blank, _) = try gitHub("opened", title: "  ", body: #""a\u0000b""#) else {
            Issue.record("not taken")
            return
        }
        #expect(blank.title == IssueText.noTitle && blank.body == "a\u{FFFD}b" && blank.draft.brokenRules() == [])
    }

    @Test(arguments: [
        ("open", #""labels":[{"title":"bug"}]"#, "root", ["category"]),
        (
            "update", #""changes":{"labels":{"previous":[{"title":"p1"}],"current":[{"title":"p1"},{"title":"bug"}]}}"#,
            "root", ["category"]
        ),
        (
            "update", #""changes":{"labels":{"previous":[],"current":[{"title":"p1"},{"title":"p3"}]}}"#, "root",
            ["priority"]
        ),
        ("update", #""changes":{"labels":{"previous":[{"title":"bug"}],"current":[]}}"#, "root", []),
        ("update", #""changes":{"labels":{"previous":[],"current":[{"title":"bug"}]}}"#, "project_7_bot_3f", []),
        ("update", #""labels":[{"title":"bug"}]"#, "root", []),
    ])
    func `GitLab's labels are judgements when a person adds them`(
        action: String, more: String, user: String, fields: [String]
    ) throws {
        let text = """
            {"object_kind":"issue","user":{"username":"\(user)"},"project":{"path_with_namespace":"acme/shop"},
             "object_attributes":{"id":301,"iid":23,"title":"Crash","description":"boom","action":"\(action)",
              "url":"javascript:alert(1)","updated_at":"2026-11-23 08:30:00 UTC"},\(more)}
            """
        let hook = try ContractJSON.decode(GitLabIssueHook.self, from: text.utf8)
        guard case .take(let state, let said) = GitLabIssues.read(hook, labels: meanings, project: "shop", now: now)
        else {
            Issue.record("not taken")
            return
        }
        #expect(said.map(\.field.rawValue) == fields)
        #expect(state.changedAt == EventTime("2026-11-23T08:30:00Z"))
        #expect(state.project == "shop" && state.author == "gitlab:\(user)")
        // No link leads anywhere but to a web page.
        #expect(state.reference == TaskReference(system: "gitlab", id: "acme/shop#23"))
    }

    @Test func `a state is taken unless it is older than what was taken or says the same`() {
        let known = KnownIssue(changedAt: EventTime(microseconds: 10), textHash: [1])
        let rows: [(Int64, [UInt8], KnownIssue?, IssueDecision)] = [
            (10, [1], nil, .create), (9, [2], known, .outdated), (9, [1], known, .outdated), (10, [1], known, .keep),
            (10, [2], known, .edit), (11, [2], known, .edit), (11, [1], known, .keep),
        ]
        for (time, hash, known, decision) in rows {
            #expect(
                IssueDecision.decide(at: EventTime(microseconds: time), textHash: hash, known: known) == decision)
        }
    }
}

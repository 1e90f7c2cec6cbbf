import Contracts
import CurlHTTP
import Postgres
import TestSupport
import Testing

/// Issues of GitHub become tasks: each once, whatever comes how often and in which order.
struct GitHubIntakeTests {
    private static let draft = IntakeSourceDraft(
        kind: .github, name: "shop",
        labels: [
            LabelMeaning(label: "bug", field: .category, value: .text("bug")),
            LabelMeaning(label: "urgent", field: .priority, value: .text("high")),
        ])

    private static func run(_ body: @escaping @Sendable (LiveHarness, HookSender) async throws -> Void) async throws {
        try await LiveHarness.run(settings: IntakeSamples.settings) { harness in
            try await body(harness, try await HookSender.make(draft, http: harness.http, url: harness.url))
        }
    }

    @Test func `a signed issue becomes a task that the real analyzer analyses; a forged one is refused`() async throws {
        try await RunningSystem.run(settings: IntakeSamples.settings, starting: [.taskAPI, .aiAnalyzer]) { system in
            let sender = try await HookSender.make(Self.draft, http: system.http, url: system.url)
            let body = try IntakeSamples.gitHub("opened")
            let forged = try await sender.gitHub(
                body, signature: HookSender.hub(body, "a secret of somebody else's"))
            #expect(forged.status == 401)
            #expect(try forged.problem.code == .signatureInvalid)
            let answer = try await sender.gitHub(body)
            #expect(answer.status == 202)
            let receipt = try answer.receipt
            #expect(receipt.outcome == .created)
            let task = try await system.analysed(try #require(receipt.taskID))
            #expect(task.analysis?.category != nil)
            #expect(task.title == "Checkout crashes on an empty cart" && task.project == "acme/shop")
            #expect(task.author == "github:octocat")
            #expect(task.reference?.url == "https://github.com/acme/shop/issues/12")
            let page = try await system.get("/v1/tasks", as: Page<TaskView>.self)
            #expect(page.items.map(\.id) == [task.id])
        }
    }

    @Test func `whatever isn't signed with the secret is refused before it is read`() async throws {
        try await Self.run { harness, sender in
            let body = try IntakeSamples.gitHub("opened")
            let right = HookSender.hub(body, sender.source.secret ?? "")
            let wrong = [
                "", "sha256=", right.replacing("sha256", with: "sha1"), String(right.dropLast(2)),
                HookSender.hub(body + [32], sender.source.secret ?? ""), HookSender.hub(body, ""),
            ]
            for signature in wrong {
                let answer = try await sender.gitHub(body, signature: signature)
                #expect(try answer.problem.code == .signatureInvalid, "\(signature)")
                #expect(answer.status == 401)
                #expect(answer.header("WWW-Authenticate") == "Webhook-Signature realm=\"intake\"")
            }
            // What isn't even JSON is refused for its signature, too: it was not parsed.
            let garbage = Array("{".utf8)
            #expect(try await sender.gitHub(garbage, signature: right).status == 401)
            #expect(try await sender.gitHub(garbage).status == 400)
            #expect(try await sender.gitHub(Array(#"{"action":"opened"}"#.utf8)).status == 422)
            let without = try await sender.post(body, [HTTPHeader("X-GitHub-Event", "issues")])
            #expect(without.status == 401)
            #expect(try await harness.rows("task.tasks") == 0)
            #expect(try await harness.rows("task.intake_deliveries") == 0)
        }
    }

    @Test func `a delivery that comes again, or the issue in another delivery, makes no second task`() async throws {
        try await Self.run { harness, sender in
            let body = try IntakeSamples.gitHub("opened")
            let answers = try await withThrowingTaskGroup(of: IntakeReceipt.self) { group in
                for number in 0..<20 {
                    group.addTask { try await sender.gitHub(body, delivery: "d-\(number % 4)").receipt }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0.outcome == .created && $0.repeated != true } == 1)
            #expect(Set(answers.map(\.taskID)).count == 1)
            #expect(answers.count { $0.repeated == true } == 16)
            #expect(try await harness.rows("task.tasks") == 1)
            #expect(try await harness.rows("task.timeline") == 1)
            #expect(try await harness.rows("task.intake_deliveries") == 4)
        }
    }

    @Test func `an edit is a revision, and states that come late change nothing`() async throws {
        try await Self.run { harness, sender in
            // The edit comes first: it makes the task, and the opening is late.
            let edited = try IntakeSamples.gitHub("edited", title: "Second title", at: "09:00:00")
            let first = try await sender.gitHub(edited, delivery: "edited").receipt
            #expect(first.outcome == .created)
            #expect(try await sender.gitHub(try IntakeSamples.gitHub("opened")).receipt.outcome == .stale)
            let again = try await sender.gitHub(
                try IntakeSamples.gitHub("edited", title: "Third title", at: "10:00:00")
            ).receipt
            #expect(again.outcome == .edited && again.taskID == first.taskID)
            let id = try #require(first.taskID)
            func task() async throws -> TaskView {
                try await harness.read(TaskView.self, "/v1/tasks/\(id)", user: "ana")
            }
            #expect(try await task().revision == 2)
            // The earlier edit, sent again by hand as another delivery and as the same one.
            #expect(try await sender.gitHub(edited).receipt.outcome == .stale)
            #expect(try await sender.gitHub(edited, delivery: "edited").receipt.repeated == true)
            #expect(try await task().title == "Third title")
            // What a person writes here stays when the issue only says again what it said.
            _ = try await harness.call("PATCH", "/v1/tasks/\(id)", #"{"title":"Mine"}"#, user: "ana")
            let reopened = try IntakeSamples.gitHub("reopened", title: "Third title", at: "11:00:00")
            #expect(try await sender.gitHub(reopened).receipt.outcome == .unchanged)
            #expect(try await task().title == "Mine")
            #expect(try await harness.rows("task.tasks") == 1)
        }
    }

    @Test func `a label that a person sets is their word, unseen, and a program's is nobody's`() async throws {
        try await Self.run { harness, sender in
            let id = try #require(try await sender.gitHub(try IntakeSamples.gitHub("opened")).receipt.taskID)
            let robot = try IntakeSamples.gitHub("labeled", label: "bug", sender: "triage[bot]", type: "Bot")
            #expect(try await sender.gitHub(robot).receipt.outcome == .unchanged)
            let task = try await harness.read(TaskView.self, "/v1/tasks/\(id)", user: "ana")
            try await harness.analyse([(task, HoldBackSamples.analysis(of: task))])
            let labeled = try IntakeSamples.gitHub("labeled", at: "08:31:00", label: "Bug", sender: "hubot")
            #expect(try await sender.gitHub(labeled).receipt.outcome == .judged)
            #expect(
                try await sender.gitHub(try IntakeSamples.gitHub("labeled", label: "wontfix")).receipt.outcome == .stale
            )
            let judged = try await harness.read(TaskView.self, "/v1/tasks/\(id)", user: "ana")
            #expect(judged.fields.category?.value == .text("bug"))
            #expect(judged.fields.category?.source == .human)
            #expect(judged.fields.category?.user == "github:hubot")
            let summary = try await harness.pool.query(
                "SELECT summary->>'blind' FROM task.timeline WHERE type = 'feedback.recorded.v1'")
            #expect(try summary.map { try $0.decode(at: 0, as: String?.self) } == ["true"])
            // A label may come before the issue it is on.
            let early = try await sender.gitHub(try IntakeSamples.gitHub("labeled", issue: 7, label: "urgent")).receipt
            #expect(early.outcome == .created)
            let other = try await harness.read(TaskView.self, "/v1/tasks/\(try #require(early.taskID))", user: "ana")
            #expect(other.fields.priority?.value == .text("high"))
        }
    }

    @Test func `a deleted issue takes its task along, for good`() async throws {
        try await Self.run { harness, sender in
            let id = try #require(try await sender.gitHub(try IntakeSamples.gitHub("opened")).receipt.taskID)
            let unknown = try await sender.gitHub(try IntakeSamples.gitHub("deleted", issue: 7)).receipt
            #expect(unknown.outcome == .ignored)
            let gone = try await sender.gitHub(try IntakeSamples.gitHub("deleted")).receipt
            #expect(gone.outcome == .erased && gone.taskID == id)
            #expect(try await harness.call("GET", "/v1/tasks/\(id)", user: "ana").status == 410)
            #expect(try await sender.gitHub(try IntakeSamples.gitHub("deleted")).receipt.outcome == .erased)
            // A state that comes late doesn't bring it back.
            let late = try IntakeSamples.gitHub("edited", title: "Back", at: "12:00:00")
            #expect(try await sender.gitHub(late).receipt.outcome == .ignored)
            #expect(try await harness.rows("task.tasks") == 0)
        }
    }

    @Test func `a ping is answered, other events are ignored with a reason, and all of it is in the list`() async throws
    {
        try await Self.run { harness, sender in
            #expect(try await sender.gitHub(Array(#"{"zen":"x"}"#.utf8), event: "ping").receipt.outcome == .pong)
            let push = try await sender.gitHub(Array("{}".utf8), event: "push")
            #expect(push.status == 202)
            #expect(try push.receipt.outcome == .ignored && push.receipt.reason?.isEmpty == false)
            #expect(try await sender.gitHub(try IntakeSamples.gitHub("closed")).receipt.outcome == .ignored)
            let page = try await harness.read(
                Page<IntakeDelivery>.self, "/v1/intake/sources/\(sender.source.id)/deliveries", user: "operator")
            #expect(page.items.map(\.event) == ["issues", "push", "ping"])
            #expect(page.items.map(\.outcome) == [.ignored, .ignored, .pong])
            #expect(try await harness.rows("task.tasks") == 0)
        }
    }

    @Test func `a source shows its secret once, keeps it sealed, and belongs to its tenant`() async throws {
        try await Self.run { harness, sender in
            let id = sender.source.id
            let secret = try #require(sender.source.secret)
            #expect(secret.count == 64)
            let shown = try await harness.call("GET", "/v1/intake/sources", user: "operator")
            #expect(!String(decoding: shown.body, as: UTF8.self).contains(secret))
            let stored: [UInt8] = try await harness.pool.query("SELECT secret FROM task.intake_sources").one().decode(
                at: 0)
            #expect(!String(decoding: stored, as: UTF8.self).contains(secret))
            #expect(
                try await harness.call("POST", "/v1/intake/sources", #"{"kind":"gitlab","name":"shop"}"#, user: "o")
                    .problem.code == .nameTaken)
            for (method, path) in [("GET", ""), ("GET", "/deliveries"), ("DELETE", "")] {
                let foreign = try await harness.call(
                    method, "/v1/intake/sources/\(id)\(path)", user: "operator", tenant: "other")
                #expect(foreign.status == 404)
            }
            #expect(
                try await harness.call("POST", "/v1/intake/gitlab/\(id)", "{}", user: "o").problem.code
                    == .sourceNotFound)
            #expect(try await harness.call("DELETE", "/v1/intake/sources/\(id)", user: "operator").status == 200)
            #expect(try await sender.gitHub(try IntakeSamples.gitHub("opened")).status == 404)
        }
    }

    @Test func `without a key no source can be made, and a body may have as many bytes as the setting says`()
        async throws
    {
        try await LiveHarness.run { harness in
            let refused = try await harness.call(
                "POST", "/v1/intake/sources", #"{"kind":"github","name":"x"}"#, user: "o")
            #expect(refused.status == 409)
            #expect(try refused.problem.code == .secretsKeyMissing)
        }
        try await LiveHarness.run(
            settings: IntakeSamples.settings.merging(["TRIAGELOOP_INTAKE_BODY_BYTES": "4096"]) { $1 }
        ) { harness in
            let sender = try await HookSender.make(Self.draft, http: harness.http, url: harness.url)
            let large = try IntakeSamples.gitHub("opened", body: String(repeating: "x", count: 4_096))
            let answer = try await sender.gitHub(large)
            #expect(answer.status == 413)
        }
    }
}

extension LiveHarness {
    fileprivate func rows(_ table: String) async throws -> Int {
        try await pool.query("SELECT count(*) FROM \(table)").one().decode(at: 0)
    }
}

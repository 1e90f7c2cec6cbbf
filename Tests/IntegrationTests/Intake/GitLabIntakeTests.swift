import Contracts
import CurlHTTP
import TaskAPI
import TestSupport
import Testing

/// Issues of GitLab become tasks, by its secret token and by its signing token.
struct GitLabIntakeTests {
    private static let labels = [LabelMeaning(label: "bug", field: .category, value: .text("bug"))]

    @Test func `the secret token lets an issue in, and no other does`() async throws {
        try await LiveHarness.run(settings: IntakeSamples.settings) { harness in
            let sender = try await HookSender.make(
                IntakeSourceDraft(kind: .gitlab, name: "lab", labels: Self.labels), http: harness.http, url: harness.url
            )
            let secret = try #require(sender.source.secret)
            let body = IntakeSamples.gitLab("open", labels: ["bug"])
            for token in ["", "x", String(secret.dropLast()), secret + "0"] {
                let answer = try await sender.post(
                    body, [HTTPHeader("X-Gitlab-Event", "Issue Hook"), HTTPHeader("X-Gitlab-Token", token)])
                #expect(answer.status == 401, "\(token)")
            }
            let headers = [HTTPHeader("X-Gitlab-Event", "Issue Hook"), HTTPHeader("X-Gitlab-Token", secret)]
            let first = try await sender.post(body, headers).receipt
            #expect(first.outcome == .created)
            let task = try await harness.read(TaskView.self, "/v1/tasks/\(try #require(first.taskID))", user: "ana")
            #expect(
                task.reference
                    == TaskReference(
                        system: "gitlab", id: "acme/shop#23", url: "https://gitlab.example/acme/shop/-/issues/23"))
            // What is set at the opening is a person's word, too: GitLab's templates set none by themselves.
            #expect(task.fields.category?.user == "gitlab:root" && task.labels == ["bug"])
            let edited = try await sender.post(IntakeSamples.gitLab("update", title: "New"), headers).receipt
            #expect(edited.outcome == .edited && edited.taskID == first.taskID)
            let closed = try await sender.post(IntakeSamples.gitLab("close"), headers).receipt
            #expect(closed.outcome == .ignored)
        }
    }

    @Test func `a signing token signs as Standard Webhooks does, and a delivery counts once`() async throws {
        try await LiveHarness.run(settings: IntakeSamples.settings) { harness in
            let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
            let sender = try await HookSender.make(
                IntakeSourceDraft(kind: .gitlab, name: "lab", secret: secret), http: harness.http, url: harness.url)
            let body = IntakeSamples.gitLab("open")
            func send(_ id: String, at time: Int64, changed: [UInt8]? = nil) async throws -> HTTPResponse {
                let signature = HookSignature.standard(
                    id: id, timestamp: time, body: body, key: HookSignature.key(of: secret))
                return try await sender.post(
                    changed ?? body,
                    [
                        HTTPHeader("X-Gitlab-Event", "Issue Hook"), HTTPHeader("webhook-id", id),
                        HTTPHeader("webhook-timestamp", "\(time)"), HTTPHeader("webhook-signature", signature),
                        // Not looked at where there is a signature.
                        HTTPHeader("X-Gitlab-Token", "x"),
                    ])
            }
            let now = EventTime.now.secondsSinceEpoch
            #expect(try await send("a", at: now - 600).status == 401)
            #expect(try await send("a", at: now, changed: IntakeSamples.gitLab("open", title: "Other")).status == 401)
            #expect(try await send("a", at: now).receipt.outcome == .created)
            #expect(try await send("a", at: now).receipt.repeated == true)
            #expect(try await send("b", at: now).receipt.outcome == .unchanged)
        }
    }
}

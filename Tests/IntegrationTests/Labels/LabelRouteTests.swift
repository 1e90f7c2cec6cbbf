import Contracts
import CurlHTTP
import Postgres
import RabbitMQ
import TaskAPI
import TestSupport
import Testing

/// A team's labels in task-api alone: changes, their history, what tasks are shown and filtered by, and feedback.
struct LabelRouteTests {
    @Test func `changes are versioned, listed and told, and a team sees its own only`() async throws {
        try await LiveHarness.run { harness in
            let first = try await harness.labels()
            #expect(first.version == 0 && first.labels.map(\.value) == ["bug", "feature", "question"])
            let renamed = try await harness.change(LabelChangeDraft(.rename, ["bug"], into: "defect"))
            #expect(renamed.status == 201 && renamed.header("Location") == "/v1/labels")
            let added = try await harness.change(LabelChangeDraft(.add, ["billing"], description: "money", version: 1))
            #expect(added.status == 201)
            let stale = try await harness.change(LabelChangeDraft(.add, ["docs"], version: 1))
            #expect(stale.status == 412 && stale.problemCode == .labelsChanged)
            let unknown = try await harness.change(LabelChangeDraft(.retire, ["spam"]))
            #expect(unknown.status == 404 && unknown.problemCode == .labelNotFound)
            let few = try await harness.change(LabelChangeDraft(.retire, ["defect", "feature", "question"]))
            #expect(few.status == 409 && few.problemCode == .labelsTooFew)

            let set = try await harness.labels()
            #expect(set.version == 2 && set.labels.first?.formerNames == ["bug"])
            #expect(set.labels.map(\.value) == ["defect", "bug", "feature", "question", "billing"])
            let history = try ContractJSON.decode(
                Page<LabelChangeView>.self, from: try await harness.send("GET", "/v1/labels/changes").body)
            #expect(history.items.map(\.version) == [2, 1] && history.items.map(\.action) == [.add, .rename])

            let other = [HTTPHeader("X-Tenant-ID", "other")]
            let foreign = try ContractJSON.decode(
                LabelSetView.self, from: try await harness.send("GET", "/v1/labels", nil, other).body)
            #expect(foreign.version == 0)
            let told = try await harness.pool.query("SELECT version FROM task.label_changes ORDER BY version")
            #expect(told.count == 2)
        }
    }

    @Test func `an entity tag spares the answer, and a key makes a change happen once`() async throws {
        try await LiveHarness.run { harness in
            let answer = try await harness.send("GET", "/v1/labels")
            let tag = try #require(answer.header("ETag"))
            #expect(
                try await harness.send("GET", "/v1/labels", nil, [HTTPHeader("If-None-Match", tag)]).status == 304)
            let draft = LabelChangeDraft(.add, ["billing"])
            let answers = try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await harness.change(draft, [HTTPHeader("Idempotency-Key", "once")]) }
                }
                var answers: [HTTPResponse] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
            #expect(answers.allSatisfy { $0.status == 201 } && Set(answers.map(\.body)).count == 1)
            #expect(try await harness.labels().version == 1)
            // Without a key: the name is taken by then.
            #expect(try await harness.change(draft).problemCode == .nameTaken)
            #expect(
                try await harness.send("GET", "/v1/labels", nil, [HTTPHeader("If-None-Match", tag)]).status == 200)
        }
    }

    @Test func `changes that come at once go one after the other`() async throws {
        try await LiveHarness.run { harness in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<12 {
                    group.addTask { try await harness.change(LabelChangeDraft(.add, ["label \(number)"])).status }
                }
                var statuses: [Int] = []
                for try await status in group { statuses.append(status) }
                return statuses
            }
            #expect(statuses.allSatisfy { $0 == 201 })
            let set = try await harness.labels()
            #expect(set.version == 12 && set.labels.count == 15)
        }
    }

    @Test func `tasks are shown, listed and judged under the names of today`() async throws {
        try await LiveHarness.run { harness in
            let judged = try await harness.create("Crash one")
            let suggested = try await harness.create("Crash two")
            #expect(try await harness.judge(judged.id, "bug").status == 202)
            try await harness.suggest("bug", on: suggested.id)
            #expect(try await harness.change(LabelChangeDraft(.rename, ["bug"], into: "defect")).status == 201)
            #expect(try await harness.change(LabelChangeDraft(.add, ["chore"])).status == 201)

            let shown = try await harness.task(judged.id)
            #expect(shown.fields.category?.value == .text("defect"))
            let analysis = try #require(try await harness.task(suggested.id).analysis?.category)
            #expect(analysis.value == "defect" && analysis.distribution.keys.sorted() == ["defect", "feature"])
            for name in ["defect", "bug"] {
                #expect(try await harness.list("category=\(name)") == Set([judged.id, suggested.id]), "\(name)")
            }
            #expect(try await harness.list("category=feature") == [])
            #expect(try await harness.list("category=defect&q=crash&sort=relevance").count == 2)
            #expect(try await harness.labels().labels.first { $0.value == "defect" }?.tasks == 2)

            // Feedback in old names, in names that are none, and in retired ones.
            #expect(try await harness.judge(suggested.id, "bug").status == 202)
            #expect(try await harness.task(suggested.id).fields.category?.value == .text("defect"))
            #expect(try await harness.judge(suggested.id, "chore").status == 202)
            #expect(try await harness.change(LabelChangeDraft(.retire, ["chore"])).status == 201)
            for name in ["chore", "spam"] {
                let refused = try await harness.judge(judged.id, name)
                #expect(refused.status == 409 && refused.problemCode == .labelNotActive, "\(name)")
                #expect(String(decoding: refused.body, as: UTF8.self).contains("defect, feature, question"))
            }
            // What was said stays said.
            #expect(try await harness.task(suggested.id).fields.category?.value == .text("chore"))
            // The rows are as they were: nothing is rewritten.
            let stored = try await harness.pool.query(
                "SELECT fields->'category'->>'value' FROM task.tasks WHERE id = $1", [judged.id.uuid])
            #expect(try stored.one().decode(at: 0, as: String.self) == "bug")
        }
    }

    @Test func `a team that never changed its labels may say anything`() async throws {
        try await LiveHarness.run { harness in
            let task = try await harness.create("Crash")
            #expect(try await harness.judge(task.id, "whatever").status == 202)
            #expect(try await harness.labels().labels.map(\.value).contains("whatever"))
        }
    }
}

extension LiveHarness {
    func labels() async throws -> LabelSetView {
        try ContractJSON.decode(LabelSetView.self, from: try await send("GET", "/v1/labels").body)
    }

    func change(_ draft: LabelChangeDraft, _ headers: [HTTPHeader] = []) async throws -> HTTPResponse {
        let body = String(decoding: try ContractJSON.encode(draft, isSorted: true), as: UTF8.self)
        return try await send("POST", "/v1/labels/changes", body, headers)
    }

    fileprivate func judge(_ id: Identifier, _ label: String) async throws -> HTTPResponse {
        try await send(
            "POST", "/v1/tasks/\(id)/feedback",
            #"{"fields":[{"field":"category","verdict":"corrected","value":"\#(label)"}]}"#)
    }

    fileprivate func task(_ id: Identifier) async throws -> TaskView {
        try ContractJSON.decode(TaskView.self, from: try await send("GET", "/v1/tasks/\(id)").body)
    }

    fileprivate func list(_ query: String) async throws -> Set<Identifier> {
        let page = try ContractJSON.decode(Page<TaskView>.self, from: try await send("GET", "/v1/tasks?\(query)").body)
        return Set(page.items.map(\.id))
    }

    /// An analysis as it is written down from an event.
    fileprivate func suggest(_ label: String, on id: Identifier) async throws {
        let analysis = Analysis(
            analysisID: Identifier(), taskID: id, revision: 1, modelVersion: "m-1", rung: .embedded,
            category: LabelSuggestion(
                value: label, confidence: 0.8, zone: .suggest, distribution: [label: 0.8, "feature": 0.2], reasons: []),
            analysedAt: .now)
        try await pool.execute(
            "UPDATE task.tasks SET analysis = $2, status = 'analysed' WHERE id = $1",
            [id.uuid, JSONB(try ContractJSON.encode(analysis))])
    }
}

import Contracts
import CurlHTTP
import Postgres
import TestSupport
import Testing

/// What stands behind a suggestion, another one, and what all of them tell.
struct DecisionTests {
    @Test func `a task is analysed again at a revision of its own, once for its key`() async throws {
        try await LiveHarness.run { harness in
            let task = try await harness.create("Checkout crashes")
            try await harness.analyse([(task, HoldBackSamples.analysis(of: task))])
            let path = "/v1/tasks/\(task.id)/analysis"
            let key = [HTTPHeader("Idempotency-Key", "again")]
            let first = try await harness.send("POST", path, nil, key)
            #expect(first.status == 202)
            let view = try ContractJSON.decode(TaskView.self, from: first.body)
            #expect(view.revision == 2 && view.status == .analysing && view.analysis == nil)
            let second = try await harness.send("POST", path, nil, key)
            #expect(second.body == first.body && second.header("Idempotency-Replayed") == "true")
            #expect(try await harness.send("GET", "/v1/tasks/\(task.id)").header("ETag") == first.header("ETag"))
            // An analysis of the text as it was isn't shown any more.
            let rows = try await harness.pool.query(
                "SELECT count(*) FROM task.timeline WHERE task_id = $1 AND type = 'task.edited.v1'", [task.id.uuid])
            #expect(try rows.one().decode(at: 0, as: Int.self) == 1)
            #expect(try await harness.send("POST", "/v1/tasks/\(Identifier())/analysis").status == 404)
        }
    }

    @Test func `similar tasks are shown as they stand, without those that are gone`() async throws {
        try await LiveHarness.run { harness in
            let other = try await harness.create("A crash at the cart")
            let task = try await harness.create("Checkout crashes")
            #expect(try await harness.similarTasks(task.id).isEmpty)
            try await harness.similar(other, on: task)
            _ = try await harness.send("PATCH", "/v1/tasks/\(other.id)", #"{"title":"A new title"}"#)
            let shown = try await harness.similarTasks(task.id)
            #expect(
                shown.map(\.taskID) == [other.id] && shown.first?.title == "A new title" && shown.first?.score == 0.9)
            let foreign = try await harness.send(
                "GET", "/v1/tasks/\(task.id)/similar", nil, [HTTPHeader("X-Tenant-ID", "other")])
            #expect(foreign.status == 404)
        }
    }

    @Test func `a passport has the decision, what people said and every event`() async throws {
        try await LiveHarness.run { harness in
            let task = try await harness.create("Checkout crashes")
            try await harness.analyse([(task, HoldBackSamples.analysis(of: task))])
            let feedback = #"{"fields":[{"field":"category","verdict":"accepted"}]}"#
            #expect(try await harness.send("POST", "/v1/tasks/\(task.id)/feedback", feedback).status == 202)
            let answer = try await harness.send("GET", "/v1/tasks/\(task.id)/passport")
            let passport = try ContractJSON.decode(Passport.self, from: answer.body)
            #expect(passport.task.analysis?.category?.distribution.isEmpty == false)
            #expect(passport.feedback.map(\.type) == ["feedback.recorded.v1"])
            #expect(passport.events.map(\.type) == ["task.created.v1", "analysis.completed.v1"])
            #expect(passport.task.fields.category?.source == .accepted)
            #expect(try await harness.send("GET", "/v1/tasks/\(Identifier())/passport").status == 404)
        }
    }

    @Test func `acceptance counts what people said of what they saw`() async throws {
        try await LiveHarness.run { harness in
            let tasks = [
                try await harness.create("One"), try await harness.create("Two"), try await harness.create("Three"),
            ]
            try await harness.analyse(tasks.prefix(2).map { ($0, HoldBackSamples.analysis(of: $0)) })
            let said = [
                #"{"fields":[{"field":"category","verdict":"accepted"}]}"#,
                #"{"fields":[{"field":"category","verdict":"corrected","value":"never suggested"}]}"#,
                #"{"fields":[{"field":"category","verdict":"corrected","value":"by hand"}]}"#,
            ]
            for (task, body) in zip(tasks, said) {
                #expect(try await harness.send("POST", "/v1/tasks/\(task.id)/feedback", body).status == 202)
            }
            let report = try await harness.insight("acceptance", as: AcceptanceReport.self)
            let all = try #require(report.items.first { $0.modelVersion == nil })
            #expect(all.field == .category && all.accepted == 1 && all.corrected == 1 && all.unsuggested == 1)
            #expect(all.share == 0.5 && (all.low ?? 1) < 0.5 && (all.high ?? 0) > 0.5 && report.isWhole)
            #expect(report.items.count == 2 && report.items.last?.modelVersion != nil)
            #expect(report.calibration.map(\.answers).reduce(0, +) == 2)
            let later = try await harness.insight(
                "acceptance?since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z", as: AcceptanceReport.self)
            #expect(later.items.isEmpty)
            let cost = try await harness.insight("cost", as: CostReport.self)
            #expect(cost.items.map(\.analyses) == [2])
            let drift = try await harness.insight("drift", as: DriftReport.self)
            #expect(drift.tasks == 2 && drift.tasksBefore == 0 && drift.items.allSatisfy { $0.stabilityIndex == nil })
            #expect(drift.items.first?.labels.first?.share == 1)
        }
    }

    @Test(arguments: [
        "since=2999-01-01T00:00:00Z", "since=2020-01-01T00:00:00Z",
        "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
    ])
    func `a range that is none, or too long, is refused`(query: String) async throws {
        try await LiveHarness.run { harness in
            for report in ["acceptance", "drift", "cost"] {
                let answer = try await harness.send("GET", "/v1/insights/\(report)?\(query)")
                #expect(answer.status == 400, "\(report)")
            }
        }
    }

    @Test func `everything is exported, as lines and as a table that is safe to open`() async throws {
        try await LiveHarness.run { harness in
            let lines = (1...1_203).map { #"{"title":"=cmd|' /C calc'!A\#($0)","project":"p\#($0 % 2)"}"# }
            let stored = try await harness.send(
                "POST", "/v1/tasks/import", lines.joined(separator: "\n"),
                [HTTPHeader("Content-Type", "application/x-ndjson")])
            #expect(stored.status == 202)
            let foreign = [HTTPHeader("X-Tenant-ID", "other")]
            _ = try await harness.send("POST", "/v1/tasks", #"{"title":"foreign"}"#, foreign)
            let tasks = try await harness.send("GET", "/v1/exports/lines/tasks")
            let views = try tasks.body.split(separator: 0x0A).map { try ContractJSON.decode(TaskView.self, from: $0) }
            #expect(views.count == 1_203 && Set(views.map(\.id)).count == 1_203)
            #expect(views.map(\.id) == views.map(\.id).sorted())
            let table = try await harness.send("GET", "/v1/exports/csv/tasks?project=p1")
            #expect(table.header("Content-Type") == "text/csv; charset=utf-8")
            let rows = String(decoding: table.body, as: UTF8.self).split(separator: "\r\n")
            #expect(rows.count == 1 + 602 && rows.dropFirst().allSatisfy { $0.contains(",'=cmd|") })

            let first = try #require(views.first)
            try await harness.analyse([(first, HoldBackSamples.analysis(of: first))])
            let feedback =
                #"{"fields":[{"field":"category","verdict":"accepted"},{"field":"effort","verdict":"corrected","value":3}]}"#
            #expect(try await harness.send("POST", "/v1/tasks/\(first.id)/feedback", feedback).status == 202)
            for (kind, count) in [("analyses", 2), ("feedback", 3)] {
                let csv = try await harness.send("GET", "/v1/exports/csv/\(kind)")
                #expect(String(decoding: csv.body, as: UTF8.self).split(separator: "\r\n").count == count, "\(kind)")
                let json = try await harness.send("GET", "/v1/exports/lines/\(kind)")
                #expect(json.body.split(separator: 0x0A).count == 1, "\(kind)")
            }
            #expect(try await harness.send("GET", "/v1/exports/lines/secrets").status == 400)
            let other = try await harness.send("GET", "/v1/exports/lines/tasks", nil, foreign)
            #expect(other.body.split(separator: 0x0A).count == 1)
        }
    }
}

extension LiveHarness {
    fileprivate func similarTasks(_ id: Identifier) async throws -> [SimilarView] {
        let answer = try await send("GET", "/v1/tasks/\(id)/similar")
        return try ContractJSON.decode(Page<SimilarView>.self, from: answer.body).items
    }

    fileprivate func insight<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value {
        let answer = try await send("GET", "/v1/insights/\(path)")
        guard answer.status == 200 else {
            throw TrainingTestFailure(description: String(decoding: answer.body, as: UTF8.self))
        }
        return try ContractJSON.decode(type, from: answer.body)
    }
}

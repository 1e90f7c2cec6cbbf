import Contracts
import CurlHTTP
import Postgres
import RabbitMQ
import TaskAPI
import TestSupport
import Testing

/// Erasing tasks in task-api alone: what goes at once, what follows, who may, and what is answered afterwards.
struct ErasureTests {
    @Test func `an erased task answers 410 wherever it is asked for, and the erasure says what was removed`()
        async throws
    {
        try await LiveHarness.run { harness in
            let task = try await harness.create("Zyxquark leaks")
            let path = "/v1/tasks/\(task.id)"
            let first = try await harness.send("DELETE", path)
            #expect(first.status == 202 && first.header("Location") == "/v1/erasures/\(task.id)")
            let view = try ContractJSON.decode(ErasureView.self, from: first.body)
            #expect(view.state == .underWay && view.parts.count == 3 && !view.remains.isEmpty)
            #expect(view.part(.taskAPI)?.count("tasks") == 1)
            #expect(view.part(.taskAPI)?.count("timeline entries") == 1)
            let feedback = #"{"fields":[{"field":"priority","verdict":"corrected","value":"high"}]}"#
            let rows: [(String, String, String?)] = [
                ("GET", path, nil), ("PATCH", path, #"{"title":"x"}"#), ("GET", path + "/timeline", nil),
                ("GET", path + "/events", nil), ("POST", path + "/feedback", feedback),
            ]
            for (method, path, body) in rows {
                let answer = try await harness.send(method, path, body)
                #expect(answer.status == 410 && answer.problemCode == .taskErased, "\(method) \(path)")
            }
            // Again: the erasure as it stands, and nothing is told twice.
            let second = try await harness.send("DELETE", path)
            #expect(second.status == 202)
            #expect(try await harness.count("task.erasures") == 1)
            #expect(try await harness.send("DELETE", "/v1/tasks/\(Identifier())").status == 404)
            #expect(try await harness.send("GET", "/v1/erasures/\(Identifier())").status == 404)
            // Its own part is done by its own event.
            try await eventually("task-api's part is done") {
                let view = try await harness.erasure(task.id)
                return view.part(.taskAPI)?.doneAt != nil && view.state == .underWay
            }
        }
    }

    @Test func `another tenant neither erases a task nor learns of the erasure`() async throws {
        try await LiveHarness.run { harness in
            let task = try await harness.create("Zyxquark leaks")
            let foreign = [HTTPHeader("X-Tenant-ID", "other")]
            #expect(try await harness.send("DELETE", "/v1/tasks/\(task.id)", nil, foreign).status == 404)
            #expect(try await harness.send("GET", "/v1/tasks/\(task.id)").status == 200)
            #expect(try await harness.send("DELETE", "/v1/tasks/\(task.id)").status == 202)
            #expect(try await harness.send("GET", "/v1/tasks/\(task.id)", nil, foreign).status == 404)
            #expect(try await harness.send("GET", "/v1/erasures/\(task.id)", nil, foreign).status == 404)
        }
    }

    @Test func `a request that is sent again under its key doesn't bring an erased task back`() async throws {
        try await LiveHarness.run { harness in
            let key = [HTTPHeader("Idempotency-Key", "once")]
            let draft = #"{"title":"Zyxquark leaks"}"#
            let made = try await harness.send("POST", "/v1/tasks", draft, key)
            let task = try ContractJSON.decode(TaskView.self, from: made.body)
            #expect(try await harness.send("DELETE", "/v1/tasks/\(task.id)").status == 202)
            let again = try await harness.send("POST", "/v1/tasks", draft, key)
            #expect(again.status == 410 && again.problemCode == .taskErased)
            #expect(try await harness.count("task.tasks") == 0)
            #expect(try await harness.places(of: "Zyxquark") == [])
        }
    }

    @Test func `other tasks, kept answers and unsent events no longer name it as similar`() async throws {
        try await LiveHarness.run { harness in
            let erased = try await harness.create("Zyxquark leaks")
            let other = try await harness.create("Something else leaks")
            try await harness.similar(erased, on: other)
            let feedback = #"{"fields":[{"field":"priority","verdict":"corrected","value":"high"}]}"#
            let key = [HTTPHeader("Idempotency-Key", "once")]
            let said = try await harness.send("POST", "/v1/tasks/\(other.id)/feedback", feedback, key)
            #expect(String(decoding: said.body, as: UTF8.self).contains("Zyxquark"))
            #expect(try await !harness.places(of: "Zyxquark").isEmpty)
            #expect(try await harness.send("DELETE", "/v1/tasks/\(erased.id)").status == 202)
            try await eventually("the other task names it no more") {
                try await harness.erasure(erased.id).part(.taskAPI)?.count("lists of similar tasks") == 1
            }
            #expect(try await harness.places(of: "Zyxquark") == [])
            let left = try ContractJSON.decode(
                TaskView.self, from: try await harness.send("GET", "/v1/tasks/\(other.id)").body)
            #expect(left.analysis?.similar.map(\.title) == ["One that stays"])
            let again = try await harness.send("POST", "/v1/tasks/\(other.id)/feedback", feedback, key)
            #expect(again.status == 202 && again.header("Idempotency-Replayed") == "true")
        }
    }

    @Test func `events that couldn't leave yet go with the task, and chunks of replays lose its text`() async throws {
        try await LiveHarness.run { harness in
            let erased = try await harness.create("Zyxquark leaks")
            let other = try await harness.create("Something else leaks")
            let events = [erased, other].map { task in
                CloudEvent(
                    source: .taskAPI, subject: task.id.description, story: Story(correlationID: "c"),
                    data: TaskEdited(task: task.snapshot))
            }
            let chunk = CloudEvent(
                source: .taskAPI, subject: Identifier().description, story: Story(correlationID: "c"),
                data: ReplayChunk(
                    replayID: Identifier(), number: 0, candidateVersion: "base-1",
                    tasks: [erased, other].map {
                        ReplayTask(taskID: $0.id, revision: 1, project: "default", title: $0.title, body: "")
                    }))
            // In the future, so that the sweeper leaves them here.
            for (type, id, body) in [
                (EventType.taskEdited, events[0].id, try EventCoder.encode(events[0])),
                (.taskEdited, events[1].id, try EventCoder.encode(events[1])),
                (.replayChunk, chunk.id, try EventCoder.encode(chunk)),
            ] {
                try await harness.pool.execute(
                    """
                    INSERT INTO task.outbox (event_id, type, correlation_id, body, created_at)
                    VALUES ($1, $2, 'c', $3, now() + interval '1 day')
                    """, [id.uuid, type.rawValue, body])
            }
            #expect(try await harness.send("DELETE", "/v1/tasks/\(erased.id)").status == 202)
            #expect(try await harness.places(of: "Zyxquark") == [])
            let left = try await harness.pool.query(
                "SELECT body FROM task.outbox WHERE created_at > now() ORDER BY type")
            #expect(left.count == 2)
            let kept = try EventCoder.decode(ReplayChunk.self, from: left.first.map { try $0.decode(at: 0) } ?? [])
            #expect(kept.data.tasks.map(\.title) == ["erased", other.title])
        }
    }

    @Test func `what names it after all is found by a second look`() async throws {
        try await LiveHarness.run { harness in
            let erased = try await harness.create("Zyxquark leaks")
            let other = try await harness.create("Something else leaks")
            #expect(try await harness.send("DELETE", "/v1/tasks/\(erased.id)").status == 202)
            try await eventually("the first look is over") {
                try await harness.erasure(erased.id).part(.taskAPI)?.doneAt != nil
            }
            // An analysis that was under way.
            try await harness.similar(erased, on: other)
            #expect(try await !harness.places(of: "Zyxquark").isEmpty)
            let store = ErasureSettling(pool: harness.pool, logger: testLogger)
            #expect(try await store.settle(age: .seconds(3_600)) == 0)
            #expect(try await store.settle(age: .zero) == 1)
            #expect(try await harness.places(of: "Zyxquark") == [])
            #expect(try await store.settle(age: .zero) == 0)
        }
    }
}

extension ErasureView {
    func part(_ service: ServiceName) -> ErasurePart? { parts.first { $0.service == service } }
}

extension ErasurePart {
    func count(_ what: String) -> Int? { removed.first { $0.what == what }?.count }
}

extension HTTPResponse {
    /// Of a refusal; anything else is none.
    var problemCode: ErrorCode? { (try? ContractJSON.decode(Problem.self, from: body))?.code }
}

extension TaskView {
    fileprivate var snapshot: TaskSnapshot {
        TaskSnapshot(
            taskID: id, tenant: tenant, project: project, author: author, title: title, body: body,
            revision: revision, createdAt: createdAt)
    }
}

extension LiveHarness {
    func erasure(_ id: Identifier) async throws -> ErasureView {
        try ContractJSON.decode(ErasureView.self, from: try await send("GET", "/v1/erasures/\(id)").body)
    }

    func places(of word: String) async throws -> [String] { try await EveryColumn(pool: pool).places(of: word) }

    /// Gives `task` an analysis that names `other`, and one that stays.
    func similar(_ other: TaskView, on task: TaskView) async throws {
        var (event, _) = try LiveHarness.final(of: task)
        event.data.analysis.similar = [
            SimilarTask(taskID: other.id, title: other.title, score: 0.9, sharedTerms: ["leaks"]),
            SimilarTask(taskID: Identifier(), title: "One that stays", score: 0.5, sharedTerms: []),
        ]
        try await publisher.publish(
            OutgoingMessage(
                exchange: Topology.events.name, routingKey: event.type.rawValue, body: try EventCoder.encode(event),
                properties: MessageProperties(
                    messageID: event.id.description, correlationID: event.correlationID, type: event.type.rawValue,
                    isPersistent: true)))
        try await eventually("the analysis is shown") {
            let answer = try await send("GET", "/v1/tasks/\(task.id)")
            return try ContractJSON.decode(TaskView.self, from: answer.body).analysis?.similar.count == 2
        }
    }
}

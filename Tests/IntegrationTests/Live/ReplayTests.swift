import Contracts
import CurlHTTP
import Foundation
import Messaging
import Postgres
import RabbitMQ
import TestSupport
import Testing

/// Replays in task-api, with the test in ai-analyzer's place.
@Suite struct ReplayTests {
    /// Chunks of a few tasks, two under way.
    private static let small = ["TRIAGELOOP_REPLAY_CHUNK_BYTES": "4096", "TRIAGELOOP_REPLAY_WINDOW": "2"]

    @Test func `answers that come three times and in any order count once`() async throws {
        try await LiveHarness.run(settings: Self.small) { harness in
            try await harness.withTap { tap in
                try await harness.prepare(tasks: 30)
                let started = try await harness.replay(ReplayDraft(candidate: "m-1", since: .distant))
                #expect(started.status == 202)
                let id = try ContractJSON.decode(ReplayView.self, from: started.body).id
                var answered: Set<Int> = []
                while answered.count < 15 {
                    // Two are under way, never more: 30 tasks of 1,500 bytes are 15 chunks of two.
                    try await eventually("the next chunks") {
                        try Set(tap.all(ReplayChunk.self).map(\.data.number)).subtracting(answered).count
                            == min(2, 15 - answered.count)
                    }
                    let chunks = try tap.all(ReplayChunk.self).filter { !answered.contains($0.data.number) }
                    // The later first, each three times under ids of their own.
                    for chunk in chunks.reversed() + chunks + chunks {
                        try await harness.answer(chunk, category: "feature")
                    }
                    answered.formUnion(chunks.map(\.data.number))
                }
                let view = try await harness.ended(id)
                #expect(view.state == .done && view.tasks == 30)
                let category = view.fields[0]
                #expect(category.shown == 30 && category.differ == 30)
                // A third was accepted, a third corrected to what the candidate says, a third not judged.
                #expect(category.lost == 10 && category.lostToAccepted == 10)
                #expect(category.won == 10 && category.noTruth == 10 && category.ties == 0)
                #expect(view.differences.count == 30 && view.omitted == 0)
                #expect(view.differences.map(\.taskID) == view.differences.map(\.taskID).sorted(by: >))
                let rest: Int = try await harness.pool.query("SELECT count(*) FROM task.replay_chunks").one()
                    .decode(at: 0)
                #expect(rest == 0)
            }
        }
    }

    @Test func `a fault ends a replay with its reason, and makes room for the next`() async throws {
        try await LiveHarness.run(settings: Self.small) { harness in
            try await harness.withTap { tap in
                try await harness.prepare(tasks: 9)
                let draft = ReplayDraft(id: Identifier(), candidate: "m-1", since: .distant)
                let first = try ContractJSON.decode(ReplayView.self, from: try await harness.replay(draft).body)
                // The same once more is the same replay; the id with other wishes is refused, as is a second replay.
                #expect(try await harness.replay(draft).status == 200)
                var other = draft
                other.limit = 3
                #expect(try await harness.replay(other).status == 409)
                other.id = nil
                let refused = try await harness.replay(other)
                let problem = try ContractJSON.decode(Problem.self, from: refused.body)
                #expect(problem.code == .replayUnderWay && problem.detail.contains(first.id.description))

                let chunk = try await tap.first(ReplayChunk.self) { _ in true }
                try await harness.answer(chunk, fault: "m-1 is not in the registry")
                let failed = try await harness.ended(first.id)
                #expect(failed.state == .failed && failed.reason == "m-1 is not in the registry")
                // An answer that comes later changes nothing.
                try await harness.answer(chunk, category: "feature")
                let next = try await harness.replay(other)
                #expect(next.status == 202)
                let id = try ContractJSON.decode(ReplayView.self, from: next.body).id
                for number in 0..<2 {
                    try await harness.answer(
                        try await tap.first(ReplayChunk.self) { $0.replayID == id && $0.number == number },
                        category: "bug")
                }
                let done = try await harness.ended(id)
                // Its limit is three tasks; all were shown as bugs.
                #expect(done.tasks == 3 && done.fields[0].shown == 3 && done.fields[0].differ == 0)
                #expect(try await harness.ended(first.id).tasks == 0)
            }
        }
    }

    @Test func `a replay that nobody answers makes room after a while`() async throws {
        try await LiveHarness.run(settings: Self.small) { harness in
            try await harness.prepare(tasks: 3)
            let draft = ReplayDraft(candidate: "m-1", since: .distant)
            let lost = try ContractJSON.decode(ReplayView.self, from: try await harness.replay(draft).body)
            #expect(try await harness.replay(draft).status == 409)
            _ = try await harness.pool.execute("UPDATE task.replays SET changed_at = now() - interval '11 minutes'")
            #expect(try await harness.replay(draft).status == 202)
            let view = try await harness.view(lost.id)
            #expect(view.state == .failed && view.reason == "no answer came; another replay was started")
        }
    }

    @Test func `bad requests say what is wrong and start nothing`() async throws {
        try await LiveHarness.run { harness in
            try await harness.prepare(tasks: 1)
            let future = EventTime(microseconds: EventTime.now.microseconds + 60_000_000)
            for (body, status) in [
                (#"{"candidate":"m-1"}"#, 422), (#"{"candidate":"m-1","since":"yesterday"}"#, 422),
                (#"{"candidate":"m-1","since":"\#(future)"}"#, 422),
                (#"{"candidate":"","since":"2026-01-01T00:00:00Z"}"#, 422),
                (#"{"candidate":"m-1","since":"2026-01-01T00:00:00Z","limit":0}"#, 422),
                (#"{"candidate":"m-1","since":"2026-01-01T00:00:00Z","limit":2.5}"#, 422),
                (#"{"candidate":"m-2","since":"2026-01-01T00:00:00Z"}"#, 404), ("{", 400),
            ] {
                let response = try await harness.post("/v1/replays", Array(body.utf8))
                #expect(response.status == status, "\(body): \(String(decoding: response.body, as: UTF8.self))")
                #expect(response.header("Content-Type") == "application/problem+json")
            }
            let none: Int = try await harness.pool.query("SELECT count(*) FROM task.replays").one().decode(at: 0)
            #expect(none == 0)
            #expect(try await harness.get("/v1/replays/\(Identifier())").status == 404)
            // Nothing recorded in this project: done at once.
            let empty = try await harness.replay(ReplayDraft(candidate: "m-1", since: .distant, project: "elsewhere"))
            let view = try ContractJSON.decode(ReplayView.self, from: empty.body)
            #expect(empty.status == 202 && view.state == .done && view.tasks == 0)
            // Another tenant's replay is none.
            #expect(try await harness.get("/v1/replays/\(view.id)", tenant: "other").status == 404)
        }
    }
}

extension EventTime {
    /// Before all tasks of a test.
    fileprivate static let distant = EventTime(microseconds: 1_700_000_000_000_000)
}

extension LiveHarness {
    fileprivate func withTap(_ body: (EventTap) async throws -> Void) async throws {
        let tap = EventTap()
        // Ends with the body.
        let task = Task { try await tap.run(broker) }
        defer { task.cancel() }
        try await tap.isListening()
        try await body(tap)
    }

    /// A registered version, and tasks that were shown as bugs: a third was accepted, a third corrected to `feature`.
    fileprivate func prepare(tasks: Int) async throws {
        _ = try await pool.execute(
            "INSERT INTO task.models (version, metrics, registered_at) VALUES ('m-1', '{}', now())", [])
        for number in 0..<tasks {
            let human = [
                #"{"category":{"value":"bug","source":"accepted","user":"mia","at":"2026-01-01T00:00:00Z"}}"#,
                #"{"category":{"value":"feature","source":"corrected","user":"mia","at":"2026-01-01T00:00:00Z"}}"#,
                "{}",
            ][number % 3]
            _ = try await pool.execute(
                """
                INSERT INTO task.tasks (id, tenant, project, author, title, body, status, fields, analysis,
                    correlation_id, created_at, updated_at)
                VALUES ($1, 'default', 'shop', 'ada', $2, $3, 'analysed', $4, $5, 'c', now(), now())
                """,
                [
                    Identifier().uuid, "Task \(number)", String(repeating: "word ", count: 300), JSONB(human),
                    JSONB(#"{"category":{"value":"bug"}}"#),
                ])
        }
    }

    fileprivate func post(_ path: String, _ body: [UInt8]) async throws -> HTTPResponse {
        try await http.execute(
            HTTPRequest(
                method: "POST", url: url + path, headers: [HTTPHeader("Content-Type", "application/json")],
                body: body), deadline: .seconds(10))
    }

    fileprivate func get(_ path: String, tenant: String = "default") async throws -> HTTPResponse {
        try await http.execute(
            HTTPRequest(method: "GET", url: url + path, headers: [HTTPHeader("X-Tenant-ID", tenant)], body: []),
            deadline: .seconds(10))
    }

    fileprivate func replay(_ draft: ReplayDraft) async throws -> HTTPResponse {
        try await post("/v1/replays", try ContractJSON.encode(draft))
    }

    fileprivate func view(_ id: Identifier) async throws -> ReplayView {
        try ContractJSON.decode(ReplayView.self, from: try await get("/v1/replays/\(id)").body)
    }

    fileprivate func ended(_ id: Identifier) async throws -> ReplayView {
        try await eventually("the replay ends") { try await view(id).state != .running }
        return try await view(id)
    }

    fileprivate func answer(
        _ chunk: CloudEvent<ReplayChunk>, category: String? = nil, fault: String? = nil
    ) async throws {
        let event = CloudEvent(
            source: .aiAnalyzer, subject: chunk.data.replayID.description, story: chunk.story,
            data: ReplayAnswered(
                replayID: chunk.data.replayID, number: chunk.data.number,
                candidateVersion: chunk.data.candidateVersion, fault: fault,
                answers: fault != nil
                    ? [] : chunk.data.tasks.map { ReplayAnswer(taskID: $0.taskID, category: category) }))
        try await publisher.publish(
            OutgoingMessage(
                exchange: Topology.events.name, routingKey: event.type.rawValue, body: try EventCoder.encode(event),
                properties: MessageProperties(
                    messageID: event.id.description, correlationID: event.correlationID, type: event.type.rawValue,
                    isPersistent: true)))
    }
}

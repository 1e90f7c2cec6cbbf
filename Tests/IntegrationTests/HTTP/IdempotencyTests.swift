import Contracts
import CurlHTTP
import Postgres
import TaskAPI
import TestSupport
import Testing

/// A request with a key takes effect once, and every other one as ever.
struct IdempotencyTests {
    private static let draft = #"{"title":"Checkout crashes on an empty cart"}"#

    @Test func `fifty at once with one key make one task, though there are two connections to the database`()
        async throws
    {
        try await LiveHarness.run(settings: ["TRIAGELOOP_DATABASE_POOL_SIZE": "2"]) { harness in
            let answers = try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                for _ in 0..<50 { group.addTask { try await harness.post("/v1/tasks", Self.draft, key: "one") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.map(\.whole)).count == 1)
            #expect(answers.allSatisfy { $0.status == 202 })
            #expect(answers.count { $0.header("Idempotency-Replayed") == "true" } == 49)
            #expect(try await harness.count("task.tasks") == 1)
            #expect(try await harness.count("task.timeline") == 1)
        }
    }

    @Test func `each operation that takes a key takes effect once and is answered alike`() async throws {
        try await LiveHarness.run { harness in
            let task = try await harness.create("Checkout crashes")
            let feedback = #"{"fields":[{"field":"priority","verdict":"corrected","value":"high"}]}"#
            let rows: [(path: String, body: String, table: String)] = [
                ("/v1/tasks", Self.draft, "task.tasks"),
                ("/v1/tasks/batch", #"[{"title":"a"},{"title":""},{"title":"b"}]"#, "task.tasks"),
                ("/v1/tasks/\(task.id)/feedback", feedback, "task.timeline"),
                ("/v1/trainings", #"{"reason":"x"}"#, "task.idempotency"),
            ]
            for row in rows {
                let first = try await harness.post(row.path, row.body, key: "k")
                #expect(first.status == 202, "\(row.path)")
                #expect(first.header("Idempotency-Replayed") == nil, "\(row.path)")
                let count = try await harness.count(row.table)
                // With quotation marks it is the same key.
                let second = try await harness.post(row.path, row.body, key: "\"k\"")
                #expect(second.whole == first.whole, "\(row.path)")
                #expect(second.header("Idempotency-Replayed") == "true", "\(row.path)")
                #expect(try await harness.count(row.table) == count, "\(row.path)")
            }
            // One key for all of them: operations have nothing to do with each other.
            #expect(try await harness.count("task.idempotency") == rows.count)
            // A batch's tasks, the first one and the one by key.
            #expect(try await harness.count("task.tasks") == 4)
        }
    }

    @Test func `the same key with another request is refused, and that of another person is another key`()
        async throws
    {
        try await LiveHarness.run { harness in
            let first = try await harness.post("/v1/tasks", Self.draft, key: "k")
            let other = try await harness.post("/v1/tasks", #"{"title":"Something else"}"#, key: "k")
            #expect(other.status == 422)
            #expect(try ContractJSON.decode(Problem.self, from: other.body).code == .idempotencyKeyReused)
            #expect(try await harness.count("task.tasks") == 1)
            let ben = try await harness.post("/v1/tasks", Self.draft, key: "k", user: "ben")
            #expect(ben.status == 202 && ben.whole != first.whole)
            let tenant = try await harness.post("/v1/tasks", Self.draft, key: "k", tenant: "other")
            #expect(tenant.status == 202 && tenant.whole != first.whole)
            #expect(try await harness.count("task.tasks") == 3)
            for key in ["", "\"open", "a b", String(repeating: "k", count: 256)] {
                let refused = try await harness.post("/v1/tasks", Self.draft, key: key)
                #expect(refused.status == 400, "\(key)")
            }
            let without = try await harness.post("/v1/tasks", Self.draft, key: nil)
            #expect(without.status == 202 && without.whole != first.whole)
        }
    }

    @Test func `a request that is refused leaves nothing, and may succeed under its key`() async throws {
        try await LiveHarness.run { harness in
            let task = try await harness.create("Checkout crashes")
            let accept = #"{"fields":[{"field":"category","verdict":"accepted"}]}"#
            let path = "/v1/tasks/\(task.id)/feedback"
            // Nothing is suggested yet: refused within the transaction that claimed the key.
            #expect(try await harness.post(path, accept, key: "k").status == 409)
            #expect(try await harness.post("/v1/tasks", "{}", key: "k").status == 422)
            #expect(try await harness.post("/v1/tasks/\(Identifier())/feedback", accept, key: "k").status == 404)
            #expect(try await harness.post("/v1/tasks/batch", "[{}]", key: "k").status == 202)
            #expect(try await harness.count("task.idempotency") == 0)
            try await harness.analyse([(task, HoldBackSamples.analysis(of: task))])
            let first = try await harness.post(path, accept, key: "k")
            #expect(first.status == 202)
            #expect(try await harness.post(path, accept, key: "k").whole == first.whole)
            // Counted once, and once in what leaves.
            let rows = try await harness.pool.query(
                "SELECT count(*) FROM task.timeline WHERE type = 'feedback.recorded.v1'")
            #expect(try rows.one().decode(at: 0, as: Int.self) == 1)
        }
    }

    @Test func `an expired key is a new one`() async throws {
        try await LiveHarness.run { harness in
            let first = try await harness.post("/v1/tasks", Self.draft, key: "k")
            let lifetime = try await harness.pool.query(
                "SELECT extract(epoch FROM expires_at - now())::float8 FROM task.idempotency")
            #expect((86_000...86_400).contains(try lifetime.one().decode(at: 0, as: Double.self)))
            try await harness.pool.execute("UPDATE task.idempotency SET expires_at = now()")
            let second = try await harness.post("/v1/tasks", #"{"title":"Something else"}"#, key: "k")
            #expect(second.status == 202 && second.whole != first.whole)
            #expect(second.header("Idempotency-Replayed") == nil)
            #expect(try await harness.post("/v1/tasks", #"{"title":"Something else"}"#, key: "k").whole == second.whole)
            #expect(try await harness.count("task.idempotency") == 1)
            #expect(try await harness.count("task.tasks") == 2)
        }
    }

    @Test func `what has expired is removed, in batches, and nothing else is`() async throws {
        try await LiveHarness.run { harness in
            let expired = ExpiredAnswers.batch * 2 + 1
            try await harness.pool.execute(
                """
                INSERT INTO task.idempotency (tenant, user_id, operation, key, fingerprint, expires_at)
                SELECT 't', 'u', 'o', n::text, '', now() - make_interval(secs => n) FROM generate_series(1, $1) AS n
                """, [expired])
            let kept = try await harness.post("/v1/tasks", Self.draft, key: "k")
            let remover = ExpiredAnswers(pool: harness.pool, logger: testLogger)
            #expect(try await remover.remove() == expired)
            #expect(try await harness.count("task.idempotency") == 1)
            #expect(try await remover.remove() == 0)
            #expect(try await harness.post("/v1/tasks", Self.draft, key: "k").whole == kept.whole)
        }
    }
}

extension HTTPResponse {
    /// All that must be the same in a repeated answer.
    fileprivate var whole: String {
        let headers = ["Location", "X-Correlation-ID", "Content-Type"].map { header($0) ?? "none" }
        return "\(status) \(headers) \(String(decoding: body, as: UTF8.self))"
    }
}

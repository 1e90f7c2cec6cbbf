import Contracts
import CurlHTTP
import Postgres
import TestSupport
import Testing

/// Lists of tasks: what they find, in which order, and that pages hold while tasks come and go.
struct SearchTests {
    @Test
    func `a search finds words in other forms, phrases, alternatives and what is left out, in its own tenant only`()
        async throws
    {
        try await LiveHarness.run { harness in
            let titles = ["Checkout crashes on an empty cart", "The cart is empty", "A crash at login", "Dark mode"]
            for title in titles { _ = try await harness.create(title) }
            let foreign = [HTTPHeader("X-Tenant-ID", "it's \\ odd")]
            _ = try await harness.send("POST", "/v1/tasks", #"{"title":"A foreign crash"}"#, foreign)
            let rows: [(String, [Int])] = [
                ("crash", [2, 0]), ("crashing", [2, 0]), ("cart%20empty", [1, 0]), ("%22empty+cart%22", [0]),
                ("login+or+dark", [3, 2]), ("crash+-login", [0]), ("-crash", [3, 1]), ("nothing", []), ("the", []),
                ("foreign", []), ("tenant", []), ("tenant+default", []), ("%27%3A*+%26+%21", []),
            ]
            for (query, expected) in rows {
                let page = try await harness.page("?q=\(query)")
                #expect(page.items.map(\.title) == expected.map { titles[$0] }, "\(query)")
            }
            let found = try await harness.send("GET", "/v1/tasks?q=crash", nil, foreign)
            let page = try ContractJSON.decode(Page<TaskView>.self, from: found.body)
            #expect(page.items.map(\.title) == ["A foreign crash"])
            #expect(try await harness.send("GET", "/v1/tasks?q=").status == 400)
        }
    }

    @Test func `a filter goes by what people said, else by what is suggested`() async throws {
        try await LiveHarness.run { harness in
            let suggested = try await harness.create("One")
            let corrected = try await harness.create("Two")
            let none = try await harness.create("Three")
            try await harness.analyse([suggested, corrected].map { ($0, HoldBackSamples.analysis(of: $0)) })
            let category = try #require(try await harness.page("").items.last?.analysis?.category?.value)
            let feedback = #"{"fields":[{"field":"category","verdict":"corrected","value":"billing"}]}"#
            _ = try await harness.send("POST", "/v1/tasks/\(corrected.id)/feedback", feedback)
            #expect(try await harness.page("?category=\(category)").items.map(\.id) == [suggested.id])
            #expect(try await harness.page("?category=billing").items.map(\.id) == [corrected.id])
            let all = try await harness.page("").items
            let middle = all[1].createdAt
            #expect(try await harness.page("?created_from=\(middle)").items.map(\.id) == [none.id, corrected.id])
            #expect(try await harness.page("?created_before=\(middle)&sort=oldest").items.map(\.id) == [suggested.id])
            _ = try await harness.send("POST", "/v1/tasks", #"{"title":"Four","labels":["red","blue"]}"#)
            #expect(try await harness.page("?label=blue").items.map(\.title) == ["Four"])
        }
    }

    @Test(arguments: ["sort=newest", "sort=oldest", "sort=relevance&q=crash", "q=crash", "project=default"])
    func `pages show each task once, also while others are created`(query: String) async throws {
        try await LiveHarness.run { harness in
            var expected: Set<Identifier> = []
            for number in 0..<23 {
                let title = number % 3 == 0 ? "crash crash of \(number)" : "A crash, the \(number)th one"
                expected.insert(try await harness.create(title).id)
            }
            var seen: [Identifier] = []
            var cursor: String?
            var pages = 0
            repeat {
                let page = try await harness.page("?limit=5&\(query)" + (cursor.map { "&cursor=\($0)" } ?? ""))
                seen += page.items.map(\.id)
                cursor = page.nextCursor
                pages += 1
                _ = try await harness.create("A new crash crash crash")
            } while cursor != nil && pages < 20
            #expect(Set(seen).count == seen.count)
            #expect(expected.isSubset(of: seen))
            // Those who came later are seen where they stand behind, and nowhere else.
            if !query.contains("oldest") { #expect(Set(seen) == expected) }
        }
    }

    @Test func `a cursor is good for its own query only`() async throws {
        try await LiveHarness.run { harness in
            for number in 0..<4 { _ = try await harness.create("crash \(number)") }
            let cursor = try #require(try await harness.page("?limit=2&q=crash").nextCursor)
            #expect(try await harness.send("GET", "/v1/tasks?limit=1&q=crash&cursor=\(cursor)").status == 200)
            for other in [
                "q=login", "q=crash&sort=oldest", "q=crash&project=default", "limit=2", "q=crash&sort=relevance",
            ] {
                let answer = try await harness.send("GET", "/v1/tasks?\(other)&cursor=\(cursor)")
                #expect(answer.status == 400 && answer.problemCode == .invalidCursor, "\(other)")
            }
            #expect(try await harness.send("GET", "/v1/tasks?sort=relevance").status == 400)
        }
    }

    @Test func `the best match comes first by relevance`() async throws {
        try await LiveHarness.run { harness in
            _ = try await harness.send("POST", "/v1/tasks", #"{"title":"Crash","body":"A crash and a crash."}"#)
            _ = try await harness.send(
                "POST", "/v1/tasks", #"{"title":"Login","body":"Once there was a crash, long ago."}"#)
            #expect(try await harness.page("?q=crash").items.map(\.title) == ["Login", "Crash"])
            #expect(try await harness.page("?q=crash&sort=relevance").items.map(\.title) == ["Crash", "Login"])
        }
    }

    @Test func `among a hundred thousand tasks a search goes by its index`() async throws {
        try await LiveHarness.run { harness in
            for part in 0..<20 {
                try await harness.pool.execute(
                    """
                    INSERT INTO task.tasks (id, tenant, project, author, title, body, correlation_id, created_at, updated_at)
                    SELECT gen_random_uuid(), 'tenant' || n % 4, 'p', 'a',
                        'Task ' || n || ' of ' || md5(n::text), repeat('some words of task ' || md5((n / 100)::text) || ' ', 8),
                        'c', now(), now()
                    FROM generate_series($1 * 5000 + 1, $1 * 5000 + 5000) AS n
                    """, [part])
            }
            try await harness.pool.execute("ANALYZE task.tasks")
            let plan = try await harness.pool.query(
                """
                EXPLAIN (ANALYZE, FORMAT TEXT) SELECT id FROM task.tasks
                WHERE tenant = 'tenant1' AND task.search_words(tenant, title, body)
                    @@ task.search_query('tenant1', '\(Self.rare)')
                ORDER BY id DESC LIMIT 51
                """
            ).map { try $0.decode(at: 0, as: String.self) }
            print(
                "search for a word of 25 in 100,000 tasks:", plan.suffix(1).joined(), "by:",
                plan.joined(separator: " | "))
            #expect(plan.contains { $0.contains("tasks_by_words") })
            let start = ContinuousClock.now
            let tenant = [HTTPHeader("X-Tenant-ID", "tenant1")]
            let answer = try await harness.send("GET", "/v1/tasks?q=\(Self.rare)", nil, tenant)
            print("the same over HTTP:", start.duration(to: .now))
            #expect(try ContractJSON.decode(Page<TaskView>.self, from: answer.body).items.count == 25)
        }
    }

    /// md5 of 400: in the body of tasks 40,000 to 40,099.
    private static let rare = "18d8042386b79e2c279fd162df0205c8"
}

extension LiveHarness {
    fileprivate func page(_ query: String) async throws -> Page<TaskView> {
        let answer = try await send("GET", "/v1/tasks" + query)
        guard answer.status == 200 else {
            throw TrainingTestFailure(description: "\(query): \(String(decoding: answer.body, as: UTF8.self))")
        }
        return try ContractJSON.decode(Page<TaskView>.self, from: answer.body)
    }
}

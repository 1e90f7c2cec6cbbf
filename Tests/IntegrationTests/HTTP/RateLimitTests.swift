import Contracts
import CurlHTTP
import TestSupport
import Testing

/// Quotas of requests, over all replicas.
struct RateLimitTests {
    /// Nothing is refilled while a test runs.
    private static let settings = ["TRIAGELOOP_RATE_LIMIT_WINDOW": "1d"]

    private func get(
        _ harness: LiveHarness, _ url: String, user: String, tenant: String = "default"
    ) async throws -> HTTPResponse {
        try await harness.http.execute(
            HTTPRequest(
                url: url + "/v1/tasks?limit=1",
                headers: [HTTPHeader("X-User-ID", user), HTTPHeader("X-Tenant-ID", tenant)]), deadline: .seconds(20))
    }

    @Test func `of a crowd at two replicas exactly as many pass as the quota has, and the others are told when`()
        async throws
    {
        let more = ["TRIAGELOOP_RATE_LIMIT_CALLER": "60", "TRIAGELOOP_RATE_LIMIT_TENANT": "0"]
        try await LiveHarness.run(settings: Self.settings.merging(more) { $1 }) { harness in
            let answers = try await harness.withReplica { other in
                try await crowd(of: 200, harness, at: [harness.url, other])
            }
            try check(answers, passing: 60)
            let ben = try await get(harness, harness.url, user: "ben")
            #expect(ben.status == 200)
        }
    }

    private func check(_ answers: [HTTPResponse], passing: Int) throws {
        #expect(answers.count { $0.status == 200 } == passing)
        let refused = answers.filter { $0.status == 429 }
        #expect(refused.count == answers.count - passing)
        for answer in answers {
            #expect(answer.header("RateLimit-Policy") == #""caller";q=60;w=86400"#)
            #expect(answer.header("RateLimit")?.hasPrefix(#""caller";r="#) == true)
        }
        for answer in refused {
            let problem = try ContractJSON.decode(Problem.self, from: answer.body)
            #expect(problem.code == .rateLimited && problem.retryable)
            let seconds = answer.header("Retry-After").flatMap { Int($0) } ?? 0
            // One request of sixty a day.
            #expect((1_300...1_440).contains(seconds))
        }
    }

    /// Requests of one caller, all at once and each at one of the addresses.
    private func crowd(of count: Int, _ harness: LiveHarness, at urls: [String]) async throws -> [HTTPResponse] {
        try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            for number in 0..<count {
                group.addTask { try await get(harness, urls[number % urls.count], user: "ana") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `a tenant's quota holds for all of its people, and not for another tenant's`() async throws {
        let more = ["TRIAGELOOP_RATE_LIMIT_CALLER": "20", "TRIAGELOOP_RATE_LIMIT_TENANT": "30"]
        try await LiveHarness.run(settings: Self.settings.merging(more) { $1 }) { harness in
            var passed: [String: Int] = [:]
            for user in ["ana", "ben", "cem"] {
                for _ in 0..<25 {
                    let answer = try await get(harness, harness.url, user: user)
                    if answer.status == 200 { passed[user, default: 0] += 1 }
                }
            }
            #expect(passed == ["ana": 20, "ben": 10])
            let other = try await get(harness, harness.url, user: "ana", tenant: "other")
            #expect(other.status == 200)
            #expect(other.header("RateLimit")?.contains(#""tenant";r=29;"#) == true)
            // Nobody is asked who they are.
            let documents = try await harness.http.execute(
                HTTPRequest(url: harness.url + "/openapi.json", headers: []), deadline: .seconds(20))
            #expect(documents.status == 200 && documents.header("RateLimit") == nil)
        }
    }

    @Test func `a used-up quota lets requests pass again as it is refilled`() async throws {
        let settings = ["TRIAGELOOP_RATE_LIMIT_CALLER": "4", "TRIAGELOOP_RATE_LIMIT_WINDOW": "1s"]
        try await LiveHarness.run(settings: settings) { harness in
            try await eventually("a request is refused") {
                try await get(harness, harness.url, user: "ana").status == 429
            }
            try await eventually("a request passes") {
                try await get(harness, harness.url, user: "ana").status == 200
            }
        }
    }

    @Test func `without a limit nothing is counted and nothing said`() async throws {
        let settings = ["TRIAGELOOP_RATE_LIMIT_CALLER": "0", "TRIAGELOOP_RATE_LIMIT_TENANT": "0"]
        try await LiveHarness.run(settings: settings) { harness in
            let answer = try await get(harness, harness.url, user: "ana")
            #expect(answer.status == 200 && answer.header("RateLimit-Policy") == nil)
            #expect(try await harness.count("task.rate_limits") == 0)
        }
    }
}

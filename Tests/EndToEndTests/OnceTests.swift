import Contracts
import CurlHTTP
import FaultServer
import Foundation
import Postgres
import TestSupport
import Testing

/// One key, many requests, several processes: one effect.
@Suite struct OnceTests {
    @Test func `fifty requests with one key at two replicas make one task and get one answer`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            let port = try LoopbackPort.free()
            let settings = ["TRIAGELOOP_HTTP_PORT": "\(port)", "TRIAGELOOP_DATABASE_POOL_SIZE": "2"]
            try await system.withTwin(of: .taskAPI, settings: settings) { _ in
                let addresses = [system.url, "http://127.0.0.1:\(port)"]
                for round in 0..<20 {
                    let answers = try await Self.post(50, key: "round-\(round)", at: addresses, system)
                    #expect(answers.count == 50)
                    let equal = Set(answers.map(Self.answer))
                    #expect(equal.count == 1, "\(equal.sorted().prefix(3))")
                    #expect(answers.count { $0.header("Idempotency-Replayed") == nil } == 1)
                    #expect(try await Self.tasks(system) == round + 1)
                }
            }
        }
    }

    @Test func `requests with one key make one task though a replica is killed between them`() async throws {
        try await RunningSystem.run(starting: [.taskAPI]) { system in
            let port = try LoopbackPort.free()
            try await system.withTwin(of: .taskAPI, settings: ["TRIAGELOOP_HTTP_PORT": "\(port)"]) { _ in
                let addresses = [system.url, "http://127.0.0.1:\(port)"]
                let process = try system.service(.taskAPI)
                var lost = 0
                for round in 0..<8 {
                    // Somewhere within the fifty, at another place each round.
                    let first = try await Self.post(50, key: "round-\(round)", at: addresses, system) { answered in
                        if answered == round * 5 { await process.end(SIGKILL) }
                    }
                    try process.start()
                    try await system.waitUntilReady(.taskAPI)
                    lost += 50 - first.count
                    let again = try await Self.post(50, key: "round-\(round)", at: addresses, system)
                    #expect(again.count == 50)
                    let equal = Set((first + again).map(Self.answer))
                    #expect(equal.count == 1, "\(equal.sorted().prefix(3))")
                    #expect(try await Self.tasks(system) == round + 1)
                }
                // Else nobody was hit, and nothing shown.
                #expect(lost > 0)
                print("once test: \(lost) of 400 requests lost their answers")
            }
        }
    }

    /// The answers that came, of so many requests at once.
    /// - Parameter answered: called with how many have come, from none on.
    private static func post(
        _ count: Int, key: String, at addresses: [String], _ system: RunningSystem,
        answered: @Sendable (Int) async -> Void = { _ in }
    ) async throws -> [HTTPResponse] {
        let headers = [
            HTTPHeader("X-User-ID", "ana"), HTTPHeader("Content-Type", "application/json"),
            HTTPHeader("Idempotency-Key", key), HTTPHeader("Connection", "close"),
        ]
        let body = Array(#"{"title":"Checkout crashes on an empty cart"}"#.utf8)
        return await withTaskGroup(of: HTTPResponse?.self) { group in
            for index in 0..<count {
                let url = addresses[index % addresses.count] + "/v1/tasks"
                let request = HTTPRequest(method: "POST", url: url, headers: headers, body: body)
                // A killed process answers nothing: that is counted by what doesn't come.
                group.addTask { try? await system.http.execute(request, deadline: .seconds(20)) }
            }
            var answers: [HTTPResponse] = []
            await answered(0)
            for await case let answer? in group {
                answers.append(answer)
                await answered(answers.count)
            }
            return answers
        }
    }

    /// All of an answer that must be the same.
    private static func answer(_ response: HTTPResponse) -> String {
        let headers = ["Location", "X-Correlation-ID", "Content-Type"].map { response.header($0) ?? "none" }
        return "\(response.status) \(headers) \(String(decoding: response.body, as: UTF8.self))"
    }

    private static func tasks(_ system: RunningSystem) async throws -> Int {
        try await system.database.withPool { pool in
            try await pool.query("SELECT count(*) FROM task.tasks").one().decode(at: 0)
        }
    }
}

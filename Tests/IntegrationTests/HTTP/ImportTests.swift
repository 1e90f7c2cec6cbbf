import Contracts
import CurlHTTP
import TestSupport
import Testing

/// Many tasks in one request, as an array and as a stream of lines.
struct ImportTests {
    @Test func `each line has its answer, in order, whatever the others are`() async throws {
        try await LiveHarness.run { harness in
            let long = #"{"title":"x","body":""# + String(repeating: "y", count: 600_000) + #""}"#
            let lines = [#"{"title":"One"}"#, "", "no JSON", #"{"title":""}"#, long, "  ", #"{"title":"Two"}"#]
            let results = try await harness.lines(lines.joined(separator: "\r\n"))
            #expect(results.map(\.status) == [202, 400, 422, 413, 202])
            #expect(results.map(\.index) == Array(0..<5))
            #expect(try await harness.count("task.tasks") == 2)
            let first = try #require(results.first?.id)
            #expect(try await harness.send("GET", "/v1/tasks/\(first)").status == 200)
            #expect(try await harness.lines("").isEmpty)
        }
    }

    @Test func `ten thousand lines are stored, and what follows them is refused`() async throws {
        try await LiveHarness.run { harness in
            let lines = (1...10_001).map { #"{"title":"Task \#($0)"}"# }
            let start = ContinuousClock.now
            let results = try await harness.lines(lines.joined(separator: "\n"))
            print("10,000 lines in", start.duration(to: .now))
            #expect(results.count == 10_001)
            #expect(results.dropLast().allSatisfy { $0.status == 202 })
            #expect(results.last?.problem?.code == .batchTooLarge)
            #expect(try await harness.count("task.tasks") == 10_000)
        }
    }

    @Test func `ten thousand items of an array are stored`() async throws {
        try await LiveHarness.run { harness in
            let items = (1...10_000).map { $0 == 77 ? #"{"title":""}"# : #"{"title":"Task \#($0)"}"# }
            let answer = try await harness.send("POST", "/v1/tasks/batch", "[" + items.joined(separator: ",") + "]")
            let result = try ContractJSON.decode(BatchResult.self, from: answer.body)
            #expect(result.accepted == 9_999 && result.rejected == 1 && result.items[76].status == 422)
            #expect(try await harness.count("task.tasks") == 9_999)
        }
    }

    @Test func `a stream that is sent again under its key stores nothing twice, and goes on where it ended`()
        async throws
    {
        try await LiveHarness.run { harness in
            let lines = (1...1_200).map { #"{"title":"Task \#($0)"}"# }
            let key = [HTTPHeader("Idempotency-Key", "import")]
            // As if the connection had broken after two parts of five hundred.
            let first = try await harness.lines(lines.prefix(1_000).joined(separator: "\n"), key)
            let whole = try await harness.lines(lines.joined(separator: "\n"), key)
            #expect(whole.count == 1_200 && whole.prefix(1_000).map(\.id) == first.map(\.id))
            #expect(try await harness.count("task.tasks") == 1_200)
            #expect(try await harness.lines(lines.joined(separator: "\n"), key) == whole)
            #expect(try await harness.count("task.tasks") == 1_200)
            let other = try await harness.send(
                "POST", "/v1/tasks/import", #"{"title":"Another"}"#,
                key + [HTTPHeader("Content-Type", "application/x-ndjson")])
            #expect(other.status == 422 && other.problemCode == .idempotencyKeyReused)
        }
    }

    @Test func `another media type than lines is refused`() async throws {
        try await LiveHarness.run { harness in
            let answer = try await harness.send("POST", "/v1/tasks/import", #"{"title":"x"}"#)
            #expect(answer.status == 415)
        }
    }
}

extension LiveHarness {
    fileprivate func lines(_ body: String, _ headers: [HTTPHeader] = []) async throws -> [BatchItem] {
        let answer = try await send(
            "POST", "/v1/tasks/import", body, headers + [HTTPHeader("Content-Type", "application/x-ndjson")])
        guard answer.status == 202, answer.header("Content-Type") == "application/x-ndjson" else {
            throw TrainingTestFailure(description: String(decoding: answer.body.prefix(500), as: UTF8.self))
        }
        return try answer.body.split(separator: UInt8(ascii: "\n")).map {
            try ContractJSON.decode(BatchItem.self, from: $0)
        }
    }
}

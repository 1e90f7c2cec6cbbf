import Contracts
import CurlHTTP
import NIOCore
import TestSupport
import Testing

/// Clients that hold connections without using them.
struct SlowClientTests {
    /// No request earns time by its bytes.
    private static let settings = [
        "TRIAGELOOP_HTTP_REQUEST_TIMEOUT": "300ms", "TRIAGELOOP_HTTP_REQUEST_RATE": "1000000",
        "TRIAGELOOP_HTTP_WRITE_TIMEOUT": "300ms",
    ]

    @Test(arguments: [
        "GET /v1/tasks HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        "POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{\"title\":\"",
    ])
    func `who sends a request drop by drop is answered 408 and cut off`(beginning: String) async throws {
        try await LiveHarness.run(settings: Self.settings) { harness in
            let answer = try await RawClient.run(harness.url) { client in
                try await client.write(beginning)
                // Bytes keep coming, faster than any idle time-out.
                let drops = Task {
                    while !Task.isCancelled {
                        try await client.write("a")
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                defer { drops.cancel() }
                return await client.readToEnd()
            }
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
            #expect(try await harness.create("The others are served").status == .analysing)
        }
    }

    @Test func `a connection between requests, and one whose request is answered slowly, is left alone`() async throws {
        try await LiveHarness.run(settings: Self.settings) { harness in
            let request = "GET /v1/tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try await RawClient.run(harness.url) { client in
                var iterator = client.inbound.makeAsyncIterator()
                try await client.write(request)
                #expect(try await iterator.next().map { String(buffer: $0) }?.hasPrefix("HTTP/1.1 200 ") == true)
                try await harness.reading("/v1/events") { _ in
                    // Longer than a request may take: a stream, which is one answer, and a client between two requests.
                    try await Task.sleep(for: .milliseconds(900))
                    _ = try await harness.create("Still told of")
                }
                try await client.write(request)
                #expect(try await iterator.next().map { String(buffer: $0) }?.hasPrefix("HTTP/1.1 200 ") == true)
            }
        }
    }

    @Test func `who doesn't read what it asked for is cut off`() async throws {
        try await LiveHarness.run(settings: Self.settings) { harness in
            let body = String(repeating: "long ", count: 12_000)
            for _ in 0..<40 {
                let draft = try ContractJSON.encode(TaskDraft(title: "long", body: body, project: "default"))
                let created = try await harness.post("/v1/tasks", String(decoding: draft, as: UTF8.self), key: nil)
                #expect(created.status == 202)
            }
            let client = try UnreadSocket(harness.url)
            // Pages of 2.4 MB each, more than the sockets hold.
            for _ in 0..<8 { try client.write("GET /v1/tasks?limit=40 HTTP/1.1\r\nHost: localhost\r\n\r\n") }
            #expect(try client.isOpenThere())
            try await eventually("the connection is ended by the service") { try !client.isOpenThere() }
            #expect(client.readToEnd() < 8 * 2_400_000)
        }
    }

    @Test func `headers of more bytes than may be are refused`() async throws {
        try await LiveHarness.run { harness in
            let answer = try await RawClient.run(harness.url) { client in
                let long = String(repeating: "a", count: 40_000)
                try await client.write("GET /v1/tasks HTTP/1.1\r\nHost: localhost\r\nX-Long: \(long)\r\n\r\n")
                return await client.readToEnd()
            }
            #expect(answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
        }
    }
}

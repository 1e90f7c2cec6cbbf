import Embeddings
import FaultServer
import Foundation
import Logging
import Resilience
import Synchronization
import Testing
import TriageModel

/// What a server is asked for.
private struct Asked: Decodable {
    let model: String
    let input: [String]
    let encoding_format: String
    let dimensions: Int?
}

private func asked(_ request: LocalServer.Request) -> Asked? {
    try? JSONDecoder().decode(Asked.self, from: Data(request.body))
}

/// A vector with the length of the text in it, for each text.
private func vectors(_ texts: [String], width: Int = 2) -> String {
    let items = texts.enumerated().reversed().map { index, text in
        let numbers = [text.utf8.count] + [Int](repeating: 1, count: width - 1)
        return #"{"index":\#(index),"embedding":\#(numbers)}"#
    }
    return #"{"data":[\#(items.joined(separator: ","))]}"#
}

/// Counts requests and the most at one time.
private final class Load: Sendable {
    private let state = Mutex((requests: 0, now: 0, most: 0))
    var requests: Int { state.withLock { $0.requests } }
    var most: Int { state.withLock { $0.most } }

    /// Answers the number of the request, from 1.
    @discardableResult
    func begin() -> Int {
        state.withLock { state in
            state.requests += 1
            state.now += 1
            state.most = max(state.most, state.now)
            return state.requests
        }
    }

    func end() { state.withLock { $0.now -= 1 } }
}

@Suite struct EmbeddingsClientTests {
    private func client(
        _ server: LocalServer, key: String? = nil,
        _ change: (inout EmbeddingsConfiguration) -> Void = { _ in }
    ) throws -> EmbeddingsClient {
        var configuration = EmbeddingsConfiguration(url: server.url(""), model: "m", apiKey: key)
        configuration.retry.backoff = Backoff(initial: .zero, maximum: .zero)
        change(&configuration)
        return try EmbeddingsClient(configuration, logger: Logger(label: "test"))
    }

    private func failure(_ client: EmbeddingsClient, _ texts: [String] = ["a"]) async -> EmbeddingsError? {
        do {
            _ = try await client.embed(texts)
            return nil
        } catch {
            return error as? EmbeddingsError
        }
    }

    @Test func `texts go out in batches, a few at once, and vectors come back in order`() async throws {
        let load = Load()
        let server = try LocalServer { request, connection in
            load.begin()
            let texts = asked(request)?.input ?? []
            load.end()
            connection.answer(body: vectors(texts))
        }
        let client = try client(server) {
            $0.batchSize = 3
            $0.maximumConcurrentRequests = 2
        }
        let texts = (1...20).map { String(repeating: "x", count: $0) }
        #expect(try await client.embed(texts) == (1...20).map { [Float($0), 1] })
        #expect(load.requests == 7)
        #expect(load.most <= 2)
        #expect(try await client.embed([]) == [])
        #expect(load.requests == 7)
    }

    @Test func `the request is OpenAI's, with the key and cut texts`() async throws {
        let seen = Signal<LocalServer.Request>()
        let server = try LocalServer { request, connection in
            seen.fire(request)
            connection.answer(body: vectors(asked(request)?.input ?? [], width: 5))
        }
        let client = try client(server, key: "secret") {
            $0.maximumTextBytes = 64
            $0.dimensions = 5
        }
        _ = try await client.embed([String(repeating: "ż", count: 33)])
        let request = try await seen.value()
        let body = try #require(asked(request))
        #expect(request.method == "POST" && request.target == "/v1/embeddings")
        #expect(request.headers["authorization"] == "Bearer secret")
        #expect(request.headers["content-type"] == "application/json")
        #expect(body.model == "m" && body.encoding_format == "base64" && body.dimensions == 5)
        #expect(body.input == [String(repeating: "ż", count: 32)])
    }

    @Test func `failures that may pass are repeated, and the third attempt's answer counts`() async throws {
        let load = Load()
        let server = try LocalServer { request, connection in
            switch load.begin() {
            case 1: connection.answer(status: 503, body: "busy")
            case 2: connection.drop()
            default: connection.answer(body: vectors(asked(request)?.input ?? []))
            }
        }
        #expect(try await client(server).embed(["abc"]) == [[3, 1]])
        #expect(load.requests == 3)
    }

    @Test func `after the last attempt the last failure is told`() async throws {
        let load = Load()
        let server = try LocalServer { _, connection in
            load.begin()
            connection.answer(status: 429, body: #"{"error":{"code":"rate_limit_exceeded"}}"#)
        }
        let error = try #require(await failure(client(server)))
        #expect(error.code == .unavailable && error.status == 429 && error.reason.contains("rate_limit_exceeded"))
        #expect(load.requests == 3)
    }

    @Test func `a refused key is not tried again and not told`() async throws {
        let load = Load()
        let server = try LocalServer { request, connection in
            load.begin()
            connection.answer(status: 401, body: request.headers["authorization"] ?? "")
        }
        let error = try #require(await failure(client(server, key: "sk-very-secret")))
        #expect(error.code == .refused && !error.isRetriable)
        #expect(!"\(error)".contains("secret"))
        #expect(load.requests == 1)
    }

    @Test func `a silent server ends with the deadline, attempts included`() async throws {
        let server = try LocalServer { _, connection in _ = connection.waitForEnd() }
        let client = try client(server) {
            $0.requestTimeout = .milliseconds(40)
            $0.deadline = .milliseconds(100)
            $0.retry.attempts = 10
        }
        let start = ContinuousClock.now
        let error = try #require(await failure(client))
        #expect(error.code == .transport || error.code == .deadline)
        // Ten attempts of 40 ms would take longer than a call may; generous for a busy machine.
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func `a server's wait beyond the deadline is not waited for`() async throws {
        let load = Load()
        let server = try LocalServer { _, connection in
            load.begin()
            connection.answer(status: 503, headers: ["Retry-After: 3600"])
        }
        let error = try #require(await failure(client(server)))
        #expect(error.retryAfter == .seconds(3_600))
        #expect(load.requests == 1)
    }

    @Test func `an answer that is too long, garbage or short of vectors is an error`() async throws {
        let long = try LocalServer { _, connection in
            connection.answer(body: String(repeating: " ", count: 5_000))
        }
        let error = try #require(await failure(client(long) { $0.maximumResponseBytes = 2_000 }))
        #expect(error.code == .transport && error.reason == "responseTooLarge")
        let garbage = try LocalServer { _, connection in connection.answer(body: "<html>") }
        #expect(await failure(try client(garbage))?.code == .malformed)
        let short = try LocalServer { _, connection in connection.answer(body: vectors(["a"])) }
        #expect(await failure(try client(short), ["a", "b"])?.code == .malformed)
    }

    @Test func `a model that changes its dimensions under the same name is noticed`() async throws {
        let load = Load()
        let server = try LocalServer { request, connection in
            connection.answer(body: vectors(asked(request)?.input ?? [], width: load.begin() == 1 ? 3 : 2))
        }
        let client = try client(server)
        #expect(try await client.embed(["a"]).first?.count == 3)
        #expect(await failure(client)?.code == .dimensions)
    }

    @Test func `a cancelled task ends the request`() async throws {
        let arrived = Signal<Bool>()
        let ended = Signal<Bool>()
        let server = try LocalServer { _, connection in
            arrived.fire(true)
            ended.fire(connection.waitForEnd())
        }
        let client = try client(server)
        let task = Task { await failure(client) }
        _ = try await arrived.value()
        task.cancel()
        let error = await task.value
        #expect(error == nil || error?.code == .cancelled)
        #expect(try await ended.value())
    }

    @Test func `a wrong configuration is told with all that is wrong`() {
        let error = #expect(throws: EmbeddingsError.self) {
            try EmbeddingsClient(EmbeddingsConfiguration(url: "x", model: ""), logger: Logger(label: "test"))
        }
        #expect(error?.code == .configuration)
        #expect(error?.reason.contains(";") == true)
    }

    @Test func `a failing server leaves tasks without vectors and tells why`() async throws {
        let server = try LocalServer { _, connection in connection.answer(status: 500) }
        let told = Mutex<[EmbeddingsError.Code]>([])
        let source = TaskEmbeddings(try client(server)) { error in
            if let error = error as? EmbeddingsError { told.withLock { $0.append(error.code) } }
        }
        let found = await source.embeddings(of: [TaskText(project: "p", title: "t", body: "b")])
        #expect(found == [nil])
        #expect(told.withLock { $0 } == [.unavailable])
    }
}

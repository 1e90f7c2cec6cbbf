import CurlHTTP
import Dispatch
import FaultServer
import Logging
import Testing

private func failure(_ body: () async throws -> Void) async -> HTTPClientError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? HTTPClientError
    }
}

/// Limits on the phases of a transfer, and what an error says of where it was.
@Suite struct HTTPLimitTests {
    @Test func `who waits for a connection still meets the deadline, and was not sent`() async throws {
        let arrived = Signal<Bool>()
        let server = try LocalServer { _, connection in
            arrived.fire(true)
            _ = connection.waitForEnd()
        }
        let client = makeClient { $0.maximumConnectionsPerHost = 1 }
        async let first = failure {
            _ = try await client.execute(HTTPRequest(url: server.url("/")), deadline: .seconds(60))
        }
        _ = try await arrived.value()
        let second = await failure {
            _ = try await client.execute(HTTPRequest(url: server.url("/")), deadline: .milliseconds(200))
        }
        #expect(second?.code == .timeout)
        #expect(second?.phase == .queue)
        #expect(second?.wasSent == false)
        client.close()
        #expect(await first?.wasSent == true)
        #expect(server.connectionCount == 1)
    }

    @Test func `a handshake that never ends meets its own limit`() async throws {
        let server = try LocalServer(raw: { connection, _ in _ = connection.read(exactly: 1 << 20) })
        let client = makeClient { $0.tlsTimeout = .milliseconds(200) }
        let error = await failure {
            let request = HTTPRequest(url: "https://127.0.0.1:\(server.port)/")
            _ = try await client.execute(request, deadline: .seconds(60))
        }
        #expect(error?.code == .timeout)
        #expect(error?.phase == .tls)
        #expect(error?.wasSent == false)
    }

    @Test func `a server that takes the request and says nothing meets the limit of the first byte`() async throws {
        let server = try LocalServer { _, connection in _ = connection.waitForEnd() }
        let client = makeClient { $0.firstByteTimeout = .milliseconds(200) }
        let error = await failure {
            let request = HTTPRequest(method: "POST", url: server.url("/"), body: Array("paid".utf8))
            _ = try await client.execute(request, deadline: .seconds(60))
        }
        #expect(error?.code == .timeout)
        #expect(error?.phase == .firstByte)
        #expect(error?.wasSent == true)
    }

    @Test(arguments: [true, false])
    func `an answer that stands still meets the idle limit`(isStream: Bool) async throws {
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            _ = connection.waitForEnd()
        }
        let client = makeClient {
            $0.idleTimeout = .milliseconds(200)
            $0.firstByteTimeout = .seconds(50)
        }
        let error = await failure {
            let request = HTTPRequest(url: server.url("/"))
            if isStream {
                for try await _ in try await client.stream(request, deadline: .seconds(60)).body {}
            } else {
                _ = try await client.execute(request, deadline: .seconds(60))
            }
        }
        #expect(error?.code == .timeout)
        #expect(error?.phase == .idle)
        #expect(error?.wasSent == true)
    }

    @Test func `a slow reader's time isn't the server's idle time`() async throws {
        let total = 16 << 20
        let stalled = Signal<Bool>()
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            var sent = 0
            while sent < total {
                // Longer than the client's idle limit.
                if !connection.isWritable(withinMilliseconds: 600) { stalled.fire(true) }
                if !connection.send([UInt8](repeating: 65, count: 65_536)) { return }
                sent += 65_536
            }
            stalled.fire(false)
        }
        let client = makeClient { $0.idleTimeout = .milliseconds(300) }
        let stream = try await client.stream(HTTPRequest(url: server.url("/")), deadline: .seconds(120))
        #expect(try await stalled.value(within: .seconds(60)))
        var count = 0
        for try await chunk in stream.body { count += chunk.count }
        #expect(count == total)
    }

    @Test(arguments: [true, false])
    func `a streamed body over its limit is refused, announced or not`(isAnnounced: Bool) async throws {
        let server = try LocalServer { _, connection in
            let length = isAnnounced ? "Content-Length: 1048576\r\n" : "Connection: close\r\n"
            connection.send("HTTP/1.1 200 OK\r\n\(length)\r\n")
            connection.send([UInt8](repeating: 65, count: 1_048_576))
            connection.drop()
        }
        let client = makeClient { $0.maximumStreamBytes = 100_000 }
        var read = 0
        let error = await failure {
            let stream = try await client.stream(HTTPRequest(url: server.url("/")), deadline: .seconds(20))
            for try await chunk in stream.body { read += chunk.count }
        }
        #expect(error?.code == .responseTooLarge)
        #expect(read <= 100_000)
    }

    @Test func `nothing is sent where nobody listens`() async throws {
        let port = try LoopbackPort.free()
        let error = await failure {
            let request = HTTPRequest(url: "http://127.0.0.1:\(port)/")
            _ = try await makeClient().execute(request, deadline: .seconds(10))
        }
        #expect(error?.wasSent == false)
    }

    @Test(arguments: [true, false])
    func `a request on a kept connection that breaks is sent again only when allowed`(isAllowed: Bool) async throws {
        let requests = Tally()
        let server = try LocalServer { request, connection in
            // The first request keeps the connection; the second is taken and never answered on it.
            if requests.add() == 2 { return connection.drop() }
            connection.answer(body: "\(request.connection)")
        }
        let client = makeClient { $0.resendsOnLostConnection = isAllowed }
        let request = HTTPRequest(method: "POST", url: server.url("/"), body: Array("paid".utf8))
        _ = try await client.execute(request, deadline: .seconds(20))
        let error = await failure { _ = try await client.execute(request, deadline: .seconds(20)) }
        #expect(requests.count == (isAllowed ? 3 : 2))
        #expect(error?.code == (isAllowed ? nil : .connectionLost))
        if !isAllowed { #expect(error?.wasSent == true) }
    }

    @Test func `a proxy gets the request with its whole URL`() async throws {
        let proxy = try LocalServer { request, connection in connection.answer(body: request.target) }
        let client = makeClient { $0.proxy = .url(proxy.url("")) }
        let response = try await client.execute(
            HTTPRequest(url: "http://models.invalid/v1?a=b"), deadline: .seconds(20))
        #expect(String(decoding: response.body, as: UTF8.self) == "http://models.invalid/v1?a=b")
    }
}

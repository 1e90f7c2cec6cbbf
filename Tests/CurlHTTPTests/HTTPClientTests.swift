import CurlHTTP
import Dispatch
import FaultServer
import Logging
import Testing

func makeClient(_ change: (inout HTTPClientConfiguration) -> Void = { _ in }) -> HTTPClient {
    var configuration = HTTPClientConfiguration()
    change(&configuration)
    return HTTPClient(configuration: configuration, logger: Logger(label: "test"))
}

func errorCode(_ body: () async throws -> Void) async -> HTTPClientError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? HTTPClientError)?.code
    }
}

@Suite struct HTTPClientTests {
    @Test func `status, header fields and body arrive`() async throws {
        let server = try LocalServer { request, connection in
            connection.answer(
                status: 418, headers: ["X-Method: \(request.method)", "x-target:  \(request.target) "], body: "short")
        }
        let response = try await makeClient().execute(HTTPRequest(url: server.url("/a?b=c")), deadline: .seconds(10))
        #expect(response.status == 418)
        #expect(response.header("x-METHOD") == "GET")
        #expect(response.header("X-Target") == "/a?b=c")
        #expect(String(decoding: response.body, as: UTF8.self) == "short")
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "GET"])
    func `a body is sent with any method and only our header fields`(method: String) async throws {
        let seen = Signal<LocalServer.Request>()
        let server = try LocalServer { request, connection in
            seen.fire(request)
            connection.answer()
        }
        let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        let request = HTTPRequest(
            method: method, url: server.url("/"), headers: [HTTPHeader("X-One", "1"), HTTPHeader("X-Empty", "")],
            body: body)
        _ = try await makeClient().execute(request, deadline: .seconds(10))
        let received = try await seen.value()
        #expect(received.method == method)
        #expect(received.body == body)
        #expect(received.headers["x-one"] == "1")
        #expect(received.headers["user-agent"] == "triageloop")
        #expect(received.headers["content-type"] == nil)
        #expect(received.headers["expect"] == nil)
    }

    @Test func `an empty POST says that its length is zero`() async throws {
        let seen = Signal<LocalServer.Request>()
        let server = try LocalServer { request, connection in
            seen.fire(request)
            connection.answer(status: 204)
        }
        let response = try await makeClient().execute(
            HTTPRequest(method: "POST", url: server.url("/")), deadline: .seconds(10))
        #expect(response.status == 204)
        #expect(try await seen.value().headers["content-length"] == "0")
    }

    @Test func `a connection is used again`() async throws {
        let server = try LocalServer { _, connection in connection.answer(body: "x") }
        let client = makeClient()
        for _ in 0..<20 { _ = try await client.execute(HTTPRequest(url: server.url("/")), deadline: .seconds(10)) }
        #expect(server.connectionCount == 1)
    }

    @Test func `requests at once don't wait for each other's answers`() async throws {
        let arrived = Tally()
        let bothAreThere = DispatchSemaphore(value: 0)
        let server = try LocalServer { _, connection in
            if arrived.add() == 2 { bothAreThere.signal() }
            // Neither is answered before both are there.
            guard bothAreThere.wait(timeout: .now() + 10) == .success else { return connection.drop() }
            bothAreThere.signal()
            connection.answer()
        }
        let client = makeClient()
        async let one = client.execute(HTTPRequest(url: server.url("/")), deadline: .seconds(20))
        async let two = client.execute(HTTPRequest(url: server.url("/")), deadline: .seconds(20))
        #expect(try await [one, two].map(\.status) == [200, 200])
    }

    @Test func `two hundred requests at once stay within the connection limit`() async throws {
        let server = try LocalServer { request, connection in connection.answer(body: request.target) }
        let client = makeClient { $0.maximumConnectionsPerHost = 8 }
        let right = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let request = HTTPRequest(url: server.url("/\(number)"))
                    let response = try await client.execute(request, deadline: .seconds(20))
                    return response.body == Array("/\(number)".utf8)
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 200)
        #expect(server.connectionCount <= 8)
    }

    @Test(arguments: [true, false])
    func `a body over the limit is refused, announced or not`(isAnnounced: Bool) async throws {
        let server = try LocalServer { _, connection in
            let length = isAnnounced ? "Content-Length: 1048576\r\n" : "Connection: close\r\n"
            connection.send("HTTP/1.1 200 OK\r\n\(length)\r\n")
            connection.send([UInt8](repeating: 65, count: 1_048_576))
            connection.drop()
        }
        let client = makeClient { $0.maximumResponseBytes = 1_000_000 }
        let code = await errorCode {
            _ = try await client.execute(HTTPRequest(url: server.url("/")), deadline: .seconds(10))
        }
        #expect(code == .responseTooLarge)
    }

    @Test func `endless header fields are refused`() async throws {
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\n")
            while connection.send("X-More: \(String(repeating: "y", count: 1_000))\r\n") {}
        }
        let code = await errorCode {
            _ = try await makeClient().execute(HTTPRequest(url: server.url("/")), deadline: .seconds(10))
        }
        #expect(code == .responseTooLarge)
    }

    @Test func `nobody listening is a retriable connectionFailed`() async throws {
        let port = try LoopbackPort.free()
        do {
            _ = try await makeClient().execute(HTTPRequest(url: "http://127.0.0.1:\(port)/"), deadline: .seconds(10))
            Issue.record("answered")
        } catch {
            #expect(error.code == .connectionFailed)
            #expect(error.isRetriable)
            #expect(error.reason.contains("\(port)"))
        }
    }

    @Test func `a name nobody has is resolveFailed`() async throws {
        let code = await errorCode {
            _ = try await makeClient().execute(HTTPRequest(url: "http://nobody.invalid/"), deadline: .seconds(10))
        }
        #expect(code == .resolveFailed)
    }

    @Test func `a silent server meets the deadline`() async throws {
        let server = try LocalServer { _, connection in _ = connection.waitForEnd() }
        let start = ContinuousClock.now
        let code = await errorCode {
            _ = try await makeClient().execute(HTTPRequest(url: server.url("/")), deadline: .milliseconds(300))
        }
        let duration = ContinuousClock.now - start
        #expect(code == .timeout)
        #expect(duration >= .milliseconds(295) && duration < .seconds(60), "\(duration)")
    }

    @Test func `a connection that breaks inside the body is connectionLost`() async throws {
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            connection.drop()
        }
        let code = await errorCode {
            _ = try await makeClient().execute(HTTPRequest(url: server.url("/")), deadline: .seconds(10))
        }
        #expect(code == .connectionLost)
    }

    @Test func `cancelling the task ends the transfer`() async throws {
        let arrived = Signal<Bool>()
        let ended = Signal<Bool>()
        let server = try LocalServer { _, connection in
            arrived.fire(true)
            ended.fire(connection.waitForEnd())
        }
        let client = makeClient()
        let task = Task {
            await errorCode {
                _ = try await client.execute(HTTPRequest(url: server.url("/")), deadline: .seconds(60))
            }
        }
        _ = try await arrived.value()
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(try await ended.value())
    }

    @Test func `a task cancelled before it asks sends nothing`() async throws {
        let server = try LocalServer { _, connection in connection.answer() }
        let client = makeClient()
        let go = Signal<Bool>()
        let task = Task {
            _ = try? await go.value()  // Cancelled or not, what follows is what counts.
            return await errorCode {
                _ = try await client.execute(HTTPRequest(url: server.url("/")), deadline: .seconds(10))
            }
        }
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(server.connectionCount == 0)
    }

    @Test func `close fails what is under way and what comes after`() async throws {
        let arrived = Signal<Bool>()
        let server = try LocalServer { _, connection in
            arrived.fire(true)
            _ = connection.waitForEnd()
        }
        let client = makeClient()
        async let first = errorCode {
            _ = try await client.execute(HTTPRequest(url: server.url("/")), deadline: .seconds(60))
        }
        _ = try await arrived.value()
        client.close()
        #expect(await first == .closed)
        let second = await errorCode {
            _ = try await client.execute(HTTPRequest(url: server.url("/")), deadline: .seconds(60))
        }
        #expect(second == .closed)
    }

    @Test(arguments: [
        HTTPRequest(url: "file:///etc/passwd"), HTTPRequest(url: "ftp://127.0.0.1/"), HTTPRequest(url: "not a url"),
        HTTPRequest(url: ""), HTTPRequest(url: "http://127.0.0.1/\r\nX-Evil: 1"),
        HTTPRequest(method: "GET / HTTP/1.1\r\nX:", url: "http://127.0.0.1/"),
        HTTPRequest(url: "http://127.0.0.1/", headers: [HTTPHeader("X", "1\r\nY: 2")]),
        HTTPRequest(url: "http://127.0.0.1/", headers: [HTTPHeader("X: 1\r\nY", "2")]),
    ])
    func `what isn't a clean HTTP request is malformed`(request: HTTPRequest) async throws {
        let code = await errorCode { _ = try await makeClient().execute(request, deadline: .seconds(10)) }
        #expect(code == .malformed)
    }

    @Test func `an answer that isn't HTTP is malformed`() async throws {
        let server = try LocalServer { _, connection in
            connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n")
            connection.drop()
        }
        let code = await errorCode {
            _ = try await makeClient().execute(HTTPRequest(url: server.url("/")), deadline: .seconds(10))
        }
        #expect(code == .malformed)
    }

    @Test(arguments: [true, false])
    func `redirects are followed only when asked, and never to a file`(isFollowing: Bool) async throws {
        let server = try LocalServer { request, connection in
            switch request.target {
            case "/start": connection.answer(status: 302, headers: ["Location: /end", "X-Hop: 1"], body: "moved")
            case "/evil": connection.answer(status: 302, headers: ["Location: file:///etc/passwd"])
            default: connection.answer(body: "end")
            }
        }
        let client = makeClient { $0.followRedirects = isFollowing }
        let response = try await client.execute(HTTPRequest(url: server.url("/start")), deadline: .seconds(10))
        #expect(response.status == (isFollowing ? 200 : 302))
        #expect(String(decoding: response.body, as: UTF8.self) == (isFollowing ? "end" : "moved"))
        #expect(response.header("X-Hop") == (isFollowing ? nil : "1"))
        let code = await errorCode {
            _ = try await client.execute(HTTPRequest(url: server.url("/evil")), deadline: .seconds(10))
        }
        #expect(code == (isFollowing ? .malformed : nil))
    }
}

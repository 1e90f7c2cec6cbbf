import CurlHTTP
import Dispatch
import FaultServer
import Logging
import Testing

@Suite struct HTTPStreamTests {
    private let client = HTTPClient(logger: Logger(label: "test"))

    @Test func `chunks arrive while the server still sends`() async throws {
        let firstRead = DispatchSemaphore(value: 0)
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n")
            connection.send("5\r\nfirst\r\n")
            // The second part is only sent once the test has read the first.
            guard firstRead.wait(timeout: .now() + 20) == .success else { return connection.drop() }
            connection.send("6\r\nsecond\r\n0\r\n\r\n")
        }
        let stream = try await client.stream(HTTPRequest(url: server.url("/")), deadline: .seconds(20))
        #expect(stream.status == 200)
        #expect(stream.header("x-a") == "b")
        var body = stream.body.makeAsyncIterator()
        #expect(try await body.next() == Array("first".utf8))
        firstRead.signal()
        #expect(try await body.next() == Array("second".utf8))
        #expect(try await body.next() == nil)
        #expect(try await body.next() == nil)
    }

    @Test func `a slow reader makes the server wait, and then gets every byte`() async throws {
        let total = 32 << 20
        let pattern = (0..<(300 << 10)).map { UInt8($0 % 251) }
        let stalledAfter = Signal<Int>()
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            var sent = 0
            while sent < total {
                if !connection.isWritable(withinMilliseconds: 500) { stalledAfter.fire(sent) }
                if !connection.send(Array(pattern[(sent % 251)...].prefix(65_536))) { return }
                sent += 65_536
            }
            stalledAfter.fire(sent)
        }
        let stream = try await client.stream(HTTPRequest(url: server.url("/")), deadline: .seconds(120))
        let held = try await stalledAfter.value(within: .seconds(60))
        // What the kernel's socket buffers and ours hold together.
        #expect(held < 12 << 20, "the server could send \(held) bytes to a reader that reads nothing")
        var count = 0
        var isRight = true
        var largestChunk = 0
        for try await chunk in stream.body {
            isRight = isRight && Array(pattern[(count % 251)...].prefix(chunk.count)) == chunk
            count += chunk.count
            largestChunk = max(largestChunk, chunk.count)
        }
        #expect(count == total)
        #expect(isRight)
        #expect(largestChunk <= 256 << 10)
    }

    @Test func `cancelling the reader ends the transfer`() async throws {
        let ended = Signal<Bool>()
        let reading = Signal<Bool>()
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            ended.fire(connection.waitForEnd())
        }
        let stream = try await client.stream(HTTPRequest(url: server.url("/")))
        let task = Task {
            do throws(HTTPClientError) {
                for try await _ in stream.body { reading.fire(true) }
                return HTTPClientError.Code?.none
            } catch {
                return error.code
            }
        }
        _ = try await reading.value()
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(try await ended.value())
    }

    @Test func `dropping the stream ends the transfer`() async throws {
        let ended = Signal<Bool>()
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            ended.fire(connection.waitForEnd())
        }
        do {
            let stream = try await client.stream(HTTPRequest(url: server.url("/")))
            #expect(stream.status == 200)
        }
        #expect(try await ended.value())
    }

    @Test func `a released stream leaves its connection for the next request`() async throws {
        let released = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlast\r\n")
            released.wait()
            connection.send("0\r\n\r\n")
            ended.signal()
            ended.signal()
        }
        // Answers once the body has ended. That answer and the body's end may reach the client in one look at its
        // connections, in any order; by a second answer it has seen the end.
        let clock = try LocalServer { _, connection in
            ended.wait()
            connection.send("HTTP/1.1 204 No Content\r\n\r\n")
        }
        for _ in 0..<5 {
            do {
                let stream = try await client.stream(HTTPRequest(url: server.url("/")), deadline: .seconds(20))
                var body = stream.body.makeAsyncIterator()
                #expect(try await body.next() == Array("last".utf8))
                stream.body.release(within: .seconds(10))
            }
            // Nobody holds the stream any more, and its body ends only now.
            released.signal()
            for _ in 0..<2 {
                _ = try await client.execute(HTTPRequest(url: clock.url("/")), deadline: .seconds(20))
            }
        }
        #expect(server.connectionCount == 1)
    }

    @Test func `a released stream that doesn't end is ended`() async throws {
        let ended = Signal<Bool>()
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlast\r\n")
            ended.fire(connection.waitForEnd())
        }
        let stream = try await client.stream(HTTPRequest(url: server.url("/")))
        stream.body.release(within: .milliseconds(100))
        #expect(try await ended.value())
    }

    @Test func `a stream that breaks off is an error after its last chunk`() async throws {
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")
            connection.drop()
        }
        let stream = try await client.stream(HTTPRequest(url: server.url("/")), deadline: .seconds(20))
        var read: [UInt8] = []
        do throws(HTTPClientError) {
            for try await chunk in stream.body { read += chunk }
            Issue.record("ended as if it were whole")
        } catch {
            #expect(error.code == .connectionLost)
        }
        #expect(read == Array("part".utf8))
    }

    @Test func `the deadline also ends a stream`() async throws {
        let server = try LocalServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            _ = connection.waitForEnd()
        }
        let stream = try await client.stream(HTTPRequest(url: server.url("/")), deadline: .milliseconds(300))
        await #expect(throws: HTTPClientError.self) { for try await _ in stream.body {} }
    }

    @Test func `an empty body is a stream that ends`() async throws {
        let server = try LocalServer { _, connection in connection.answer(status: 404) }
        let stream = try await client.stream(HTTPRequest(url: server.url("/")), deadline: .seconds(20))
        #expect(stream.status == 404)
        var body = stream.body.makeAsyncIterator()
        #expect(try await body.next() == nil)
    }

    @Test func `server-sent events arrive one by one`() async throws {
        let server = try LocalServer { request, connection in
            let last = request.headers["last-event-id"] ?? ""
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            connection.send(": hello\n\nid: \(last)1\nevent: task.created.v1\ndata: {\"a\":1}\n\n")
            connection.send("data: two\r\ndata: lines\r\n\r\ndata: cut off")
            connection.drop()
        }
        let stream = try await client.stream(
            HTTPRequest(url: server.url("/"), headers: [HTTPHeader("Last-Event-ID", "x")]), deadline: .seconds(20))
        var events: [ServerSentEvent] = []
        for try await event in ServerSentEvents(stream.body) { events.append(event) }
        #expect(
            events == [
                ServerSentEvent(id: "x1", event: "task.created.v1", data: "{\"a\":1}"),
                ServerSentEvent(id: "x1", data: "two\nlines"),
            ])
    }
}

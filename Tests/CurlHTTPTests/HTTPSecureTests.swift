import CurlHTTP
import FaultServer
import Testing

/// TLS with an authority of our own, and HTTP/2 on it.
@Suite struct HTTPSecureTests {
    @Test func `a server of our own authority is trusted, and of no other`() async throws {
        let server = try LocalServer { _, connection in connection.answer(body: "secret") }
        let front = try TLSFront(backend: server.port)
        let trusting = makeClient { $0.caFile = front.caFile }
        let response = try await trusting.execute(HTTPRequest(url: front.url("/")), deadline: .seconds(30))
        #expect(String(decoding: response.body, as: UTF8.self) == "secret")
        do {
            _ = try await makeClient().execute(HTTPRequest(url: front.url("/")), deadline: .seconds(30))
            Issue.record("trusted an authority that nobody knows")
        } catch {
            #expect(error.code == .tls)
            #expect(!error.isRetriable)
            #expect(!error.wasSent)
        }
        #expect(server.connectionCount <= 2)
    }

    @Test func `a certificate for another name is refused`() async throws {
        let server = try LocalServer { _, connection in connection.answer() }
        let front = try TLSFront(backend: server.port)
        let client = makeClient { $0.caFile = front.caFile }
        let code = await errorCode {
            let request = HTTPRequest(url: front.url("/", host: "127.0.0.2"))
            _ = try await client.execute(request, deadline: .seconds(30))
        }
        // 127.0.0.2 reaches the same machine, but the front listens on 127.0.0.1 alone where it can tell them apart.
        #expect(code == .tls || code == .connectionFailed)
        let named = try await client.execute(
            HTTPRequest(url: front.url("/", host: "localhost")), deadline: .seconds(30))
        #expect(named.status == 200)
    }

    @Test func `requests at once share the HTTP/2 connection that is there`() async throws {
        let backend = try LocalServer(raw: { connection, _ in HTTP2Peer(connection).serve() })
        let front = try TLSFront(backend: backend.port, protocols: ["h2"])
        let client = makeClient { $0.caFile = front.caFile }
        _ = try await client.execute(HTTPRequest(url: front.url("/")), deadline: .seconds(30))
        // The peer answers neither of the next two before it has both.
        async let one = client.execute(HTTPRequest(url: front.url("/")), deadline: .seconds(30))
        async let two = client.execute(HTTPRequest(url: front.url("/")), deadline: .seconds(30))
        let bodies = try await [one, two].map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies == ["done", "done"])
        #expect(backend.connectionCount == 1)
    }

    @Test func `HTTP 1 is spoken where nothing else is wanted`() async throws {
        let backend = try LocalServer { request, connection in connection.answer(body: "one") }
        let front = try TLSFront(backend: backend.port, protocols: ["h2", "http/1.1"])
        let client = makeClient {
            $0.caFile = front.caFile
            $0.versions = .http1
        }
        let response = try await client.execute(HTTPRequest(url: front.url("/")), deadline: .seconds(30))
        #expect(String(decoding: response.body, as: UTF8.self) == "one")
    }
}

/// Just enough of an HTTP/2 server (RFC 9113) for requests without a body: it answers the first alone, and then each two
/// together.
private struct HTTP2Peer {
    private static let data: UInt8 = 0
    private static let headers: UInt8 = 1
    private static let settings: UInt8 = 4
    private let connection: LocalServer.Connection

    init(_ connection: LocalServer.Connection) { self.connection = connection }

    func serve() {
        guard connection.read(exactly: 24).starts(with: Array("PRI * HTTP/2.0".utf8)) else { return connection.drop() }
        send(type: Self.settings, flags: 0, stream: [0, 0, 0, 0], [])
        var waiting: [[UInt8]] = []
        var group = 1
        while true {
            let head = connection.read(exactly: 9)
            guard head.count == 9 else { return }
            _ = connection.read(exactly: Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2]))
            if head[3] == Self.settings, head[4] & 1 == 0 {
                send(type: Self.settings, flags: 1, stream: [0, 0, 0, 0], [])
            }
            if head[3] == Self.headers { waiting.append(Array(head[5..<9])) }
            guard waiting.count == group else { continue }
            for stream in waiting {
                // HPACK's static entry 8 is ":status 200".
                send(type: Self.headers, flags: 4, stream: stream, [0x88])
                send(type: Self.data, flags: 1, stream: stream, Array("done".utf8))
            }
            waiting = []
            group = 2
        }
    }

    private func send(type: UInt8, flags: UInt8, stream: [UInt8], _ payload: [UInt8]) {
        connection.send([0, 0, UInt8(payload.count), type, flags] + stream + payload)
    }
}

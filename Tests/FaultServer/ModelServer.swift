import Glibc
import Synchronization

/// A chat-completions server that answers well or in a given wrong way, and counts.
package final class ModelServer: Sendable {
    /// What it does with the next calls.
    package enum Behaviour: Sendable {
        /// An answer with this text, streamed in small pieces if the call asks for a stream.
        case answer(String)
        /// The same, but a stream comes two characters at a time with so long a pause between.
        case typed(String, pauseMilliseconds: UInt32)
        /// A status with a body and header fields.
        case status(Int, body: String = "", headers: [String] = [])
        /// A stream of exactly these bytes, after which the connection ends.
        case rawStream(String)
        /// A whole answer of exactly these bytes, as JSON.
        case rawAnswer(String)
        /// Takes the call and says nothing.
        case hangBeforeHeaders
        /// Says 200, and nothing more.
        case hangAfterHeaders
        /// A comment line every few milliseconds, without an end.
        case drip
        /// A body of so many bytes of JSON text.
        case flood(bytes: Int)
        /// Ends the connection with a reset once the call is there.
        case reset
        /// Ends the connection cleanly, unanswered.
        case close
        /// Not even HTTP.
        case garbage
    }

    /// One for all calls, or one after the other, over and over.
    private let behaviours: Mutex<[Behaviour]>
    private let seen = Mutex<[LocalServer.Request]>([])
    private let server: Mutex<LocalServer?>
    private let tally = Tally()
    private let answered = Tally()
    private let lastAnswer = Mutex<ContinuousClock.Instant?>(nil)
    private let first = Signal<Bool>()

    package convenience init(_ behaviour: Behaviour) throws { try self.init(inTurn: [behaviour]) }

    /// - Parameter behaviours: one a call, in turn; not empty.
    package init(inTurn behaviours: [Behaviour]) throws {
        self.behaviours = Mutex(behaviours)
        server = Mutex(nil)
        let local = try LocalServer { [weak self] request, connection in
            guard let self else { return connection.drop() }
            self.serve(request, connection)
        }
        server.withLock { $0 = local }
    }

    package var port: Int { server.withLock { $0?.port ?? 0 } }

    /// What a provider is given as `base_url`.
    package var baseURL: String { "http://127.0.0.1:\(port)/v1" }

    /// Calls so far.
    package var callCount: Int { tally.count }

    /// Calls that got a good answer so far.
    package var answeredCount: Int { answered.count }

    /// When the last byte of the latest good answer went out; nil before the first.
    package var lastAnswered: ContinuousClock.Instant? { lastAnswer.withLock { $0 } }

    /// Connections so far.
    package var connectionCount: Int { server.withLock { $0?.connectionCount ?? 0 } }

    /// The last hundred calls.
    package var requests: [LocalServer.Request] { seen.withLock { $0 } }

    package func set(_ new: Behaviour) { behaviours.withLock { $0 = [new] } }

    /// Waits for the first call.
    package func firstCall() async throws { _ = try await first.value() }

    private func serve(_ request: LocalServer.Request, _ connection: LocalServer.Connection) {
        let number = tally.add()
        if number == 1 { first.fire(true) }
        seen.withLock { seen in
            if seen.count == 100 { seen.removeFirst() }
            seen.append(request)
        }
        let isStream = String(decoding: request.body, as: UTF8.self).contains("\"stream\":true")
        switch behaviours.withLock({ $0[(number - 1) % $0.count] }) {
        case .answer(let text): answer(text, isStream: isStream, on: connection)
        case .typed(let text, let pause):
            answer(text, isStream: isStream, on: connection, pieceCharacters: 2, pauseMilliseconds: pause)
        case .status(let status, let body, let headers):
            connection.answer(status: status, headers: headers + ["Content-Type: application/json"], body: body)
        case .rawStream(let text):
            connection.send(Self.streamHead + "Connection: close\r\n\r\n" + text)
            connection.drop()
        case .rawAnswer(let text): connection.answer(headers: ["Content-Type: application/json"], body: text)
        case .hangBeforeHeaders: _ = connection.waitForEnd()
        case .hangAfterHeaders:
            connection.send(Self.streamHead + "Transfer-Encoding: chunked\r\n\r\n")
            _ = connection.waitForEnd()
        case .drip:
            connection.send(Self.streamHead + "Connection: close\r\n\r\n")
            while connection.send(": still here\n\n") { usleep(5_000) }
        case .flood(let bytes): flood(bytes, on: connection)
        case .reset: connection.reset()
        case .close: connection.drop()
        case .garbage:
            connection.send("\u{0}\u{1}\u{2} nothing of this is HTTP\r\n\r\n")
            connection.drop()
        }
    }

    private static let streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

    private func answer(
        _ text: String, isStream: Bool, on connection: LocalServer.Connection, pieceCharacters: Int = 20,
        pauseMilliseconds: UInt32 = 0
    ) {
        // Counted before it is sent: whoever has the answer finds it counted.
        answered.add()
        if isStream {
            stream(text, on: connection, pieceCharacters: pieceCharacters, pauseMilliseconds: pauseMilliseconds)
        } else {
            whole(text, on: connection)
        }
        lastAnswer.withLock { $0 = .now }
    }

    private func whole(_ text: String, on connection: LocalServer.Connection) {
        connection.answer(
            headers: ["Content-Type: application/json"],
            body: """
                {"id":"x","object":"chat.completion","model":"served-1","system_fingerprint":"fp_1","choices":[{"index":0,\
                "message":{"role":"assistant","content":\(Self.quoted(text))},"finish_reason":"stop"}],\
                "usage":{"prompt_tokens":120,"completion_tokens":30,"total_tokens":150}}
                """)
    }

    private func stream(
        _ text: String, on connection: LocalServer.Connection, pieceCharacters: Int, pauseMilliseconds: UInt32
    ) {
        connection.send(Self.streamHead + "Transfer-Encoding: chunked\r\n\r\n")
        connection.sendChunk(Self.event(delta: "{\"role\":\"assistant\"}"))
        var rest = text[...]
        while !rest.isEmpty {
            let piece = Self.quoted(String(rest.prefix(pieceCharacters)))
            connection.sendChunk(Self.event(delta: "{\"content\":\(piece)}"))
            rest = rest.dropFirst(pieceCharacters)
            if pauseMilliseconds > 0 { usleep(pauseMilliseconds * 1_000) }
        }
        connection.sendChunk(Self.event(delta: "{}", finish: "\"stop\""))
        connection.sendChunk(
            "data: {\"model\":\"served-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":120,\"completion_tokens\":30}}\n\n"
        )
        connection.sendChunk("data: [DONE]\n\n")
        connection.send("0\r\n\r\n")
    }

    private func flood(_ bytes: Int, on connection: LocalServer.Connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"choices\":\"")
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 65_536)
        var sent = 0
        while sent < bytes, connection.send(piece) { sent += piece.count }
        connection.drop()
    }

    /// One event of a stream.
    package static func event(delta: String, finish: String = "null") -> String {
        "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"model\":\"served-1\",\"system_fingerprint\":\"fp_1\","
            + "\"choices\":[{\"index\":0,\"delta\":\(delta),\"finish_reason\":\(finish)}]}\n\n"
    }

    /// The text as a JSON string.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension LocalServer.Connection {
    /// One chunk of a body with `Transfer-Encoding: chunked`.
    @discardableResult
    package func sendChunk(_ text: String) -> Bool {
        send(String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n")
    }
}

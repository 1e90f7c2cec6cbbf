import CurlHTTP
package import FaultServer
import Foundation
import Logging
import Synchronization

/// Passes requests on to a server, but for those that it is told to spoil.
package final class FaultyProxy: Sendable {
    package enum Fate: Sendable {
        case pass
        /// The work is done, and nobody hears of it.
        case loseAnswer
        /// The same, but the client waits in vain; this is called when the work is done.
        case loseAnswerAfter(@Sendable () -> Void)
        /// 503, without asking the server.
        case refuse
        /// No answer as long as the client waits.
        case hang
    }

    private let server: LocalServer
    package var url: String { server.url("") }

    /// - Parameter fate: of each request, by its number, counted from 1.
    package init(upstream: String, fate: @escaping @Sendable (Int, LocalServer.Request) -> Fate) throws {
        let http = HTTPClient(logger: Logger(label: "test"))
        let numbers = Numbers()
        server = try LocalServer { request, connection in
            let number = numbers.next()
            switch fate(number, request) {
            case .hang: return
            case .refuse:
                connection.send("HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n")
            case .loseAnswer:
                _ = Self.pass(request, to: upstream, http)
                connection.reset()
            case .loseAnswerAfter(let tell):
                _ = Self.pass(request, to: upstream, http)
                tell()
                // The client is about to die; until then it waits.
                _ = connection.waitForEnd()
            case .pass:
                guard let response = Self.pass(request, to: upstream, http) else { return connection.reset() }
                connection.send(
                    "HTTP/1.1 \(response.status) Answer\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(response.body.count)\r\n\r\n")
                connection.send(response.body)
            }
        }
    }

    private final class Numbers: Sendable {
        private let last = Atomic<Int>(0)
        func next() -> Int { last.add(1, ordering: .relaxed).newValue }
    }

    /// Blocks the server's own thread for this connection.
    private static func pass(_ request: LocalServer.Request, to upstream: String, _ http: HTTPClient) -> HTTPResponse? {
        let passed = HTTPRequest(
            method: request.method, url: upstream + request.target,
            headers: request.headers["content-type"].map { [HTTPHeader("Content-Type", $0)] } ?? [],
            body: request.body)
        let done = DispatchSemaphore(value: 0)
        let answer = Mutex<HTTPResponse?>(nil)
        Task {
            let response = try? await http.execute(passed, deadline: .seconds(60))  // nil: the client is told so
            answer.withLock { $0 = response }
            done.signal()
        }
        done.wait()
        return answer.withLock { $0 }
    }
}

import Foundation
import Glibc
import Synchronization

/// A blocking HTTP server on a loopback port, one thread a connection, for as long as the test holds it.
package final class LocalServer: Sendable {
    /// What a client asked for.
    package struct Request: Sendable {
        package var method = ""
        package var target = ""
        package var headers: [String: String] = [:]
        package var body: [UInt8] = []
        /// Which connection it came on, counted from one.
        package var connection = 0
    }

    package let port: Int
    private let listener: Int32
    private let connections = Atomic<Int>(0)
    private let serve: @Sendable (Connection, Int) -> Void

    /// - Parameter handler: called for each request; the connection stays open until the client leaves or it closes.
    package convenience init(_ handler: @escaping @Sendable (Request, Connection) -> Void) throws {
        try self.init(raw: { connection, number in
            while var request = connection.readRequest() {
                request.connection = number
                handler(request, connection)
            }
        })
    }

    /// - Parameter serve: called once a connection, with its number counted from one, to speak whatever it likes.
    package init(raw serve: @escaping @Sendable (Connection, Int) -> Void) throws {
        (listener, port) = try LocalServer.listen()
        self.serve = serve
        let listener = listener
        Thread.detachNewThread { [weak self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0, let self else { return }
                // What is sent last would else wait for the client's late acknowledgement of what was sent before.
                var isOn: Int32 = 1
                setsockopt(
                    descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout.size(ofValue: isOn)))
                let number = self.connections.add(1, ordering: .relaxed).newValue
                let serve = self.serve
                Thread.detachNewThread { serve(Connection(descriptor), number) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Connections accepted so far.
    package var connectionCount: Int { connections.load(ordering: .relaxed) }

    package func url(_ target: String) -> String { "http://127.0.0.1:\(port)\(target)" }

    private static func listen() throws -> (Int32, Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            guard bind(listener, pointer, length) == 0, Glibc.listen(listener, 64) == 0 else { return -1 }
            return getsockname(listener, pointer, &length)
        }
        guard status == 0 else { throw POSIXError(.EADDRINUSE) }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// The server's side of one connection; closed when the last reference goes.
    package final class Connection: Sendable {
        private let descriptor: Int32

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        deinit { close(descriptor) }

        /// Ends the connection with a reset, so that the client's next read fails.
        package func reset() {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
            // Connecting to "nothing" ends the connection at once, with the reset; the descriptor stays ours.
            var nothing = sockaddr()
            nothing.sa_family = sa_family_t(AF_UNSPEC)
            connect(descriptor, &nothing, socklen_t(MemoryLayout<sockaddr>.size))
        }

        /// Ends the connection in both directions.
        package func drop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

        @discardableResult
        package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

        /// False once the client is gone.
        @discardableResult
        package func send(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { return false }
                sent += count
            }
            return true
        }

        /// Whether the client takes more bytes within that time.
        package func isWritable(withinMilliseconds milliseconds: Int32) -> Bool {
            var descriptors = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
            return poll(&descriptors, 1, milliseconds) > 0
        }

        /// Sends a whole answer.
        package func answer(status: Int = 200, headers: [String] = [], body: String = "") {
            let lines = ["HTTP/1.1 \(status) Words"] + headers + ["Content-Length: \(body.utf8.count)", "", ""]
            send(lines.joined(separator: "\r\n") + body)
        }

        /// Waits until the client closes; true when it did.
        package func waitForEnd() -> Bool { read(1).isEmpty }

        /// That many bytes; fewer only when the client is gone.
        package func read(exactly count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count {
                let more = read(count - bytes.count)
                if more.isEmpty { break }
                bytes += more
            }
            return bytes
        }

        fileprivate func readRequest() -> Request? {
            var head: [UInt8] = []
            while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
                let byte = read(1)
                if byte.isEmpty { return nil }
                head += byte
            }
            var request = Request()
            for (index, line) in String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n").enumerated() {
                let fields = line.split(separator: index == 0 ? " " : ":", maxSplits: index == 0 ? 2 : 1)
                guard fields.count > 1 else { continue }
                if index == 0 {
                    (request.method, request.target) = (String(fields[0]), String(fields[1]))
                } else {
                    request.headers[fields[0].lowercased()] = fields[1].trimmingCharacters(in: .whitespaces)
                }
            }
            let length = Int(request.headers["content-length"] ?? "") ?? 0
            while request.body.count < length {
                let bytes = read(length - request.body.count)
                if bytes.isEmpty { return nil }
                request.body += bytes
            }
            return request
        }

        private func read(_ count: Int) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
                used = max(0, recv(descriptor, buffer.baseAddress, count, 0))
            }
        }
    }
}

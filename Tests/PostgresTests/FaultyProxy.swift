import Glibc
import Polling

/// A TCP proxy in front of PostgreSQL that can be down, freeze, or swallow an answer.
actor FaultyProxy {
    private struct Pair {
        let client: Int32
        let server: Int32
        /// The client has sent the marker: the answer never arrives.
        var swallowsAnswer = false
    }

    private nonisolated let thread = PollThread(name: "faulty-proxy")
    private let target: String
    private var listener: Int32 = -1
    private var pairs: [Pair] = []
    private var polled: [Int32] = []
    private var marker: [UInt8]?
    private var isFrozen = false
    private var holdsNew = false
    /// How many connections were cut after their marker: proof that the fault hit.
    private(set) var swallowed = 0
    /// Where clients connect to; kept while the proxy is down.
    private(set) var port: UInt16 = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    struct SocketError: Error { let step: String }

    /// - Parameter target: the server, as `127.0.0.1:5432`.
    init(target: String) { self.target = target }

    deinit {
        for pair in pairs {
            close(pair.client)
            close(pair.server)
        }
        close(listener)
    }

    /// The address for clients.
    var address: String { "127.0.0.1:\(port)" }

    /// Reserves a port on which nothing listens yet.
    func reserve() throws {
        try start()
        stop()
    }

    func start() throws {
        let socket = try bound()
        guard listen(socket, 64) == 0 else { throw SocketError(step: "listen") }
        listener = socket
        thread.setSource(
            prepare: { [weak self] descriptors in
                guard let self else { return -1 }
                self.assumeIsolated { $0.prepare(&descriptors) }
                return -1
            },
            ready: { [weak self] descriptors in self?.assumeIsolated { $0.service(descriptors) } })
    }

    /// Closes everything: new clients are refused.
    func stop() {
        close(listener)
        listener = -1
        for pair in pairs { cut(pair) }
        pairs.removeAll()
    }

    /// Takes connections and bytes no more, but keeps the connections: half-open.
    func freeze() { isFrozen = true }

    /// Leaves new clients waiting, but serves those that are there.
    func holdNewConnections() { holdsNew = true }

    /// Cuts a connection after the server has worked on a request that holds `marker`, before its answer.
    func swallowAnswer(to marker: String) { self.marker = Array(marker.utf8) }

    func forwardAll() {
        marker = nil
        isFrozen = false
        holdsNew = false
        thread.wake()
    }

    private func bound() throws -> Int32 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
            }
        }
        guard status else { throw SocketError(step: "bind") }
        port = UInt16(bigEndian: address.sin_port)
        return socket
    }

    private func prepare(_ descriptors: inout [pollfd]) {
        polled.removeAll()
        guard !isFrozen else { return }
        if listener >= 0, !holdsNew { polled.append(listener) }
        for pair in pairs { polled += [pair.client, pair.server] }
        for socket in polled { descriptors.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0)) }
    }

    private func service(_ descriptors: ArraySlice<pollfd>) {
        for (socket, descriptor) in zip(polled, descriptors) where descriptor.revents != 0 {
            if socket == listener { accept() } else { forward(from: socket) }
        }
    }

    private func accept() {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        let parts = target.split(separator: ":")
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_family = AF_INET
        var found: UnsafeMutablePointer<addrinfo>?
        guard parts.count == 2, getaddrinfo(String(parts[0]), String(parts[1]), &hints, &found) == 0, let found else {
            close(client)
            return
        }
        defer { freeaddrinfo(found) }
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard connect(server, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
            close(client)
            close(server)
            return
        }
        pairs.append(Pair(client: client, server: server))
    }

    private func forward(from socket: Int32) {
        guard let index = pairs.firstIndex(where: { $0.client == socket || $0.server == socket }) else { return }
        let isRequest = pairs[index].client == socket
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(socket, &buffer, buffer.count)
        if !isRequest, pairs[index].swallowsAnswer { swallowed += 1 }
        guard count > 0, isRequest || !pairs[index].swallowsAnswer else {
            cut(pairs.remove(at: index))
            return
        }
        let bytes = buffer[..<count]
        if isRequest, let marker, bytes.firstRange(of: marker) != nil { pairs[index].swallowsAnswer = true }
        let destination = isRequest ? pairs[index].server : pairs[index].client
        var sent = 0
        while sent < count {
            let written = buffer.withUnsafeBytes {
                send(destination, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
            }
            guard written > 0 else { return cut(pairs.remove(at: index)) }
            sent += written
        }
    }

    private func cut(_ pair: Pair) {
        close(pair.client)
        close(pair.server)
    }
}

import Glibc
import Polling
package import RabbitMQ

/// A TCP proxy in front of a server that stalls, cuts and refuses on command.
package actor TestBrokerProxy {
    /// Where clients connect to.
    package nonisolated let endpoint: BrokerEndpoint
    private nonisolated let thread: PollThread
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let upstreamPort: Int
    private let listener: Int32
    private var pairs: [Pair] = []
    private var isStalled = false
    private var isRefusing = false
    private var dropsAnswers = false
    private var acceptedCount = 0
    /// How many connections were reset because it refuses them.
    package private(set) var refusedCount = 0

    /// Listens on a free port of 127.0.0.1.
    package init(upstream: BrokerEndpoint) async throws {
        upstreamPort = upstream.port
        thread = PollThread(name: "test-proxy")
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = localAddress(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard status else { throw TestBroker.Failure(description: "the proxy cannot listen: errno \(errno)") }
        setNonBlocking(listener)
        endpoint = BrokerEndpoint(host: "127.0.0.1", port: Int(UInt16(bigEndian: address.sin_port)))
        start()
    }

    deinit { Glibc.close(listener) }

    /// How many connections came through so far.
    package var connectionCount: Int { acceptedCount }

    /// Passes nothing on, in either direction, and keeps the sockets open: a peer that froze.
    package func stall() { isStalled = true }

    /// Swallows what the server answers; the server still gets everything.
    package func swallowAnswers() { dropsAnswers = true }

    /// Passes answers on again; what was swallowed stays lost. Only whole frames may have been in between.
    package func passAnswers() { dropsAnswers = false }

    /// Sends bytes to all clients as if the server had; between two frames of its own, if it is quiet.
    package func inject(_ bytes: [UInt8]) {
        for pair in pairs { pair.client.pending.append(contentsOf: bytes) }
        thread.wake()
    }

    /// Ends all connections with a reset.
    package func cut() {
        for pair in pairs { pair.reset() }
        pairs = []
    }

    /// Resets new connections until `heal()`.
    package func refuse() { isRefusing = true }

    /// Passes everything on again; connections whose answers were swallowed are ended, they are out of step.
    package func heal() {
        if dropsAnswers { cut() }
        (isStalled, isRefusing, dropsAnswers) = (false, false, false)
        thread.wake()
    }

    private func start() {
        thread.setSource(
            prepare: { [weak self] descriptors in
                guard let wanted = self?.assumeIsolated({ $0.wantedDescriptors() }) else { return -1 }
                descriptors.append(contentsOf: wanted)
                return -1
            },
            ready: { [weak self] descriptors in
                let descriptors = Array(descriptors)
                self?.assumeIsolated { $0.serve(descriptors) }
            })
    }

    private func wantedDescriptors() -> [pollfd] {
        var wanted = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        for pair in pairs where !isStalled {
            wanted.append(pair.client.interest(reads: pair.upstream.pending.count < 262_144))
            wanted.append(pair.upstream.interest(reads: pair.client.pending.count < 262_144))
        }
        return wanted
    }

    private func serve(_ descriptors: [pollfd]) {
        if descriptors.first?.revents ?? 0 != 0 { acceptAll() }
        if isStalled { return }
        for pair in pairs {
            let isAlive =
                pair.client.transfer(to: pair.upstream, drops: false)
                && pair.upstream.transfer(to: pair.client, drops: dropsAnswers)
            if !isAlive { pair.close() }
        }
        pairs.removeAll { $0.isClosed }
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            if client < 0 { return }
            let upstream = isRefusing ? -1 : connectLocally(port: upstreamPort)
            guard upstream >= 0 else {
                refusedCount += 1
                Pair(client: client, upstream: -1).reset()
                continue
            }
            acceptedCount += 1
            pairs.append(Pair(client: client, upstream: upstream))
        }
    }
}

/// One end of a proxied connection, with what is still to be written to it.
private final class Side {
    let descriptor: Int32
    var pending: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func interest(reads: Bool) -> pollfd {
        pollfd(
            fd: descriptor, events: Int16((reads ? POLLIN : 0) | (pending.isEmpty ? 0 : POLLOUT)), revents: 0)
    }

    /// Moves what has arrived here to the other side; false when the connection is over.
    func transfer(to other: Side, drops: Bool) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        if other.pending.count < 262_144 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 || (count < 0 && errno != EAGAIN) { return false }
            if count > 0, !drops { other.pending.append(contentsOf: buffer[0..<count]) }
        }
        guard !other.pending.isEmpty else { return true }
        let sent = send(other.descriptor, other.pending, other.pending.count, Int32(MSG_NOSIGNAL))
        if sent < 0 { return errno == EAGAIN }
        other.pending.removeFirst(sent)
        return true
    }
}

private final class Pair {
    let client: Side
    let upstream: Side
    private(set) var isClosed = false

    init(client: Int32, upstream: Int32) {
        self.client = Side(client)
        self.upstream = Side(upstream)
        setNonBlocking(client)
        setNonBlocking(upstream)
    }

    deinit { close() }

    func close() {
        if isClosed { return }
        isClosed = true
        Glibc.close(client.descriptor)
        if upstream.descriptor >= 0 { Glibc.close(upstream.descriptor) }
    }

    func reset() {
        for descriptor in [client.descriptor, upstream.descriptor] where descriptor >= 0 {
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        close()
    }
}

private func setNonBlocking(_ descriptor: Int32) {
    if descriptor >= 0 { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
}

private func localAddress(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

private func connectLocally(port: Int) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = localAddress(port: port)
    let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    if status == 0 { return descriptor }
    Glibc.close(descriptor)
    return -1
}
